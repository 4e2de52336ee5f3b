#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use super::*;

fn put(path: &Path, over: Over, files: &[(&str, &str)]) -> crate::Result<()> {
    let mut folder = Folder::replacing(path, over)?;
    for (name, text) in files {
        let parts: Vec<&str> = name.split('/').collect();
        folder.put(&parts, text.as_bytes(), Mode::Plain)?;
    }
    folder.publish()
}

fn read(path: &Path, name: &str) -> String {
    fs::read_to_string(path.join(name)).unwrap_or_default()
}

/// Everything in a folder but what tells it from others.
fn names(path: &Path) -> Vec<String> {
    let entries = fs::read_dir(path).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.retain(|n| !n.starts_with(".aiq-manifest"));
    names.sort();
    names
}

#[test]
fn what_others_put_there_stays() {
    let root = tempfile::tempdir().expect("a folder");
    let to = root.path().join("out");
    put(&to, Over::Own, &[("a.sh", "1"), ("old/b", "2")]).expect("new");
    fs::write(to.join("notes.md"), "mine").expect("a note");
    fs::create_dir(to.join("results")).expect("a folder");
    fs::write(to.join("results/x"), "mine too").expect("a result");
    put(&to, Over::Own, &[("a.sh", "3")]).expect("again");
    assert_eq!(names(&to), ["a.sh", "notes.md", "results"]);
    assert_eq!((read(&to, "a.sh"), read(&to, "notes.md")), ("3".into(), "mine".into()));
    assert_eq!(read(&to, "results/x"), "mine too");
    assert_eq!(names(root.path()), ["out"], "nothing is left beside it");
}

#[test]
fn what_a_user_changed_needs_leave() {
    let root = tempfile::tempdir().expect("a folder");
    let to = root.path().join("out");
    put(&to, Over::Own, &[("a.sh", "1"), ("b.sh", "1")]).expect("new");
    fs::write(to.join("a.sh"), "edited").expect("an edit");
    let error = put(&to, Over::Own, &[("a.sh", "2")]).expect_err("an edited file");
    assert_eq!(error.code, "AIQ0256");
    assert!(error.message.contains("`a.sh`"), "{}", error.message);
    assert_eq!((read(&to, "a.sh"), read(&to, "b.sh")), ("edited".into(), "1".into()));
    // An edited file that is not written again stays.
    put(&to, Over::Own, &[("b.sh", "2")]).expect("another file");
    assert_eq!(names(&to), ["a.sh", "b.sh"]);
    put(&to, Over::Anything, &[("a.sh", "2")]).expect("forced");
    assert_eq!((read(&to, "a.sh"), names(&to)), ("2".into(), vec!["a.sh".to_owned()]));
}

#[test]
fn a_foreign_folder_needs_leave_and_loses_nothing() {
    let root = tempfile::tempdir().expect("a folder");
    let to = root.path().join("victim");
    fs::create_dir(&to).expect("a folder");
    fs::write(to.join("thesis.tex"), "years").expect("a file");
    for path in [to.clone(), root.path().join("victim/../victim")] {
        assert_eq!(put(&path, Over::Own, &[("a", "1")]).expect_err("foreign").code, "AIQ0256");
    }
    let behind = root.path().join("nope/../victim");
    assert_eq!(put(&behind, Over::Own, &[("a", "1")]).expect_err("no folder").code, "AIQ0661");
    assert_eq!(names(&to), ["thesis.tex"]);
    put(&to, Over::Anything, &[("a", "1")]).expect("forced");
    assert_eq!(names(&to), ["a", "thesis.tex"]);
    assert_eq!(names(root.path()), ["victim"]);
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link() {
    use std::os::unix::fs::symlink;
    let root = tempfile::tempdir().expect("a folder");
    let (real, link) = (root.path().join("real"), root.path().join("link"));
    fs::create_dir(&real).expect("a folder");
    symlink(&real, &link).expect("a link");
    put(&link, Over::Own, &[("a", "1")]).expect("through the link");
    put(&link, Over::Own, &[("a", "2")]).expect("again");
    assert!(link.is_symlink());
    assert_eq!(read(&real, "a"), "2");
    // Nothing is written through links inside of it, however much a user insists.
    let elsewhere = root.path().join("elsewhere");
    fs::create_dir(&elsewhere).expect("a folder");
    symlink(&elsewhere, real.join("agg")).expect("a link");
    let error = put(&real, Over::Anything, &[("agg/a", "3")]).expect_err("a link");
    assert_eq!(error.code, "AIQ0256");
    assert!(names(&elsewhere).is_empty() && real.join("agg").is_symlink());
    symlink(root.path().join("nothing"), root.path().join("dangling")).expect("a link");
    let dangling = root.path().join("dangling");
    assert_eq!(put(&dangling, Over::Own, &[("a", "1")]).expect_err("a link").code, "AIQ0661");
}

#[test]
fn names_are_one_component() {
    for name in ["", ".", "..", "a/b", "/a", "../a", "a\\b", "a\nb", "a/", &"x".repeat(256)] {
        assert_eq!(component(name).expect_err(name).code, "AIQ0669");
    }
    for name in ["a", "a b", "..a", ".a", "\u{e4}"] {
        assert_eq!(component(name).expect("a name"), name);
    }
}

#[test]
fn files_are_added_and_stay() {
    let root = tempfile::tempdir().expect("a folder");
    let to = root.path().join("data");
    let add = |name: &str, text: &str| {
        let mut folder = Folder::adding(&to, Over::Own)?;
        folder.put(&["h200", name], text.as_bytes(), Mode::Plain)?;
        folder.publish()
    };
    add("a", "1").expect("new");
    add("b", "1").expect("another");
    add("a", "2").expect("its own");
    assert_eq!((read(&to, "h200/a"), read(&to, "h200/b")), ("2".into(), "1".into()));
    fs::write(to.join("h200/b"), "edited").expect("an edit");
    assert_eq!(add("b", "2").expect_err("edited").code, "AIQ0256");
    let manifest = Manifest::of(&to).expect("a manifest");
    assert!(manifest.lists("h200/a") && !manifest.is_unchanged("h200/b", b"edited"));
}

#[test]
fn what_a_dead_run_left_goes_and_what_it_took_comes_back() {
    let root = tempfile::tempdir().expect("a folder");
    let to = root.path().join("out");
    let dead = root.path().join(".aiq-stage-dead");
    fs::create_dir_all(dead.join("old")).expect("a folder");
    fs::write(dead.join("lock"), "").expect("a lock that nobody holds");
    fs::write(dead.join("old/kept"), "1").expect("a file");
    fs::write(dead.join("place"), to.as_os_str().as_encoded_bytes()).expect("a place");
    put(&root.path().join("other"), Over::Own, &[("a", "1")]).expect("another folder");
    assert_eq!(names(root.path()), ["other", "out"]);
    assert_eq!(read(&to, "kept"), "1");
}

#[test]
fn pictures_know_their_own() {
    let root = tempfile::tempdir().expect("a folder");
    let svg = root.path().join("a.svg");
    let write = |text: &str, over| file(&svg, Picture::Markup, text.as_bytes().to_vec(), over);
    write("<svg/>", Over::Own).expect("new");
    write("<svg></svg>", Over::Own).expect("its own");
    let own = fs::read_to_string(&svg).expect("a picture");
    assert!(own.starts_with("<svg></svg><!-- aiq "), "{own}");
    fs::write(&svg, own.replace("</svg>", "mine</svg>")).expect("an edit");
    assert_eq!(write("<svg/>", Over::Own).expect_err("edited").code, "AIQ0256");
    write("<svg/>", Over::Anything).expect("forced");

    let png = root.path().join("a.png");
    let points = vec![(1.0, 2.0), (2.0, 1.0)];
    let series = vec![crate::chart::Series { name: "a".to_owned(), points }];
    let [title, x, y] = ["t", "x", "y"].map(str::to_owned);
    let chart = crate::chart::Chart { title, x, y, series, ..Default::default() };
    let picture = crate::chart::png(&chart).expect("a PNG");
    for _ in 0..2 {
        file(&png, Picture::Png, picture.clone(), Over::Own).expect("its own");
    }
    let stamped = fs::read(&png).expect("a picture");
    assert!(stamped.ends_with(&picture[picture.len() - 12..]), "the last chunk stays the last");
    fs::write(&png, &picture).expect("somebody else's picture");
    let error = file(&png, Picture::Png, picture, Over::Own).expect_err("not its own");
    assert_eq!(error.code, "AIQ0256");
}
