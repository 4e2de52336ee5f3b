//! Charts: the form that a name asks for, and a colour for each value of a column.

use crate::support::binary::{aiq, ask, printed, stderr};
use crate::support::text_of;

#[test]
fn a_plot_is_written_in_the_form_of_its_name() {
    let directory = tempfile::tempdir().expect("a directory");
    let plot = |name: &str| {
        let file = directory.path().join(name);
        let question = "search for 'Qwen/Qwen3-8B' on h200_sxm * 8 as agg";
        let output = aiq(&["-c", &format!("plot {question} to '{}'", file.display())]);
        (output, std::fs::read(file).unwrap_or_default())
    };
    let (_, page) = plot("a.html");
    let page = String::from_utf8(page).expect("text");
    assert!(page.starts_with("<!doctype html>") && page.contains("<svg"), "{page}");
    assert!(page.contains("<title>agg\ntokens_per_user (tokens/s): "), "{page}");
    assert!(!page.contains("http") || page.matches("http").count() == 1, "only a namespace");
    let (_, picture) = plot("a.PNG");
    assert_eq!(&picture[12..24], b"IHDR\0\0\x05\xf0\0\0\x03\x98", "1520 by 920");
    let (refused, none) = plot("a.gif");
    assert_eq!((refused.status.code(), none.len()), (Some(2), 0));
    assert!(stderr(&refused).contains("AIQ0224"), "{}", stderr(&refused));
}

#[test]
fn a_plot_of_each_value_of_a_column() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.svg");
    let plot = format!(
        "let a = search tp in [2, 4] as agg where ttft < 1s; \
         plot a tokens_per_user, tokens_per_gpu color by tp to '{}'",
        file.display()
    );
    let output = aiq(&["-c", &plot]);
    assert!(printed(&output).contains("● tp = 2   ○ tp = 4\n"), "{}", printed(&output));
    let picture = text_of(&file);
    assert!(picture.contains(">tp = 2<") && picture.contains(">tp = 4<"));
    // Each value has its own frontier: what the other beats is there.
    let each = "plot search on h200_sxm, h100_sxm as agg where ttft < 1s color by system";
    let drawn = ask(each);
    for system in ["h200_sxm", "h100_sxm"] {
        assert!(drawn.iter().any(|row| row["system"] == system), "{system}");
    }
    let wrong = ["color by ttft", "color by tpp", "color tp", "ttft", "ttft, tpott"];
    let told = wrong.map(|end| printed(&aiq(&["-c", &format!("plot search as agg top 3 {end}")])));
    insta::assert_snapshot!(told.concat());
}
