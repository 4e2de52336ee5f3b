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
    assert_eq!(&picture[12..24], b"IHDR\0\0\x05\xf0\0\0\x03\xba", "1520 by 954");
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
    let legend = "● tp = 2   ○ tp = 4   ★ winner: tp = 2 (maximize tokens_per_gpu)\n";
    assert!(printed(&output).contains(legend), "{}", printed(&output));
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

const QUESTION: &str =
    "search for 'Qwen/Qwen3-32B-FP8' on h200_sxm * 32 using trtllm where ttft < 300ms";

/// The points of each curve of a picture.
fn curves(picture: &str) -> Vec<Vec<(f64, f64)>> {
    let point = |pair: &str| {
        let (x, y) = pair.split_once(',').expect("a point");
        (x.parse().expect("x"), y.parse().expect("y"))
    };
    let lines = picture.split("<polyline points=\"").skip(1);
    lines.map(|line| line.split('"').next().unwrap_or("").split(' ').map(point).collect()).collect()
}

#[test]
fn each_mode_has_a_frontier_of_its_own_drawn_as_steps() {
    let drawn = ask(&format!("plot {QUESTION}"));
    let points = |mode: &str| -> Vec<(f64, f64)> {
        let own = drawn.iter().filter(|row| row["mode"] == mode);
        let number = |row: &serde_json::Value, name: &str| row[name].as_f64().expect("a number");
        own.map(|row| (number(row, "tokens_per_user"), number(row, "tokens_per_gpu"))).collect()
    };
    let beats = |a: &(f64, f64), b: &(f64, f64)| a.0 > b.0 && a.1 > b.1;
    let (agg, disagg) = (points("agg"), points("disagg"));
    for own in [&agg, &disagg] {
        assert!(!own.iter().any(|a| own.iter().any(|b| beats(a, b))), "a frontier: {own:?}");
    }
    // What the other mode beats is there too: it is what this mode can do.
    let beaten =
        |a: &[(f64, f64)], b: &[(f64, f64)]| b.iter().any(|b| a.iter().any(|a| beats(a, b)));
    assert!(beaten(&agg, &disagg) || beaten(&disagg, &agg), "{agg:?} {disagg:?}");

    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.svg");
    printed(&aiq(&["-c", &format!("plot {QUESTION} to '{}'", file.display())]));
    let picture = text_of(&file);
    let curves = curves(&picture);
    assert_eq!(curves.len(), 2, "{picture}");
    for curve in &curves {
        for pair in curve.windows(2) {
            assert!(pair[0].0 == pair[1].0 || pair[0].1 == pair[1].1, "a step: {pair:?}");
            // From left to right and downwards, over the worse corner.
            assert!(pair[0].0 <= pair[1].0 && pair[0].1 <= pair[1].1, "{pair:?}");
        }
        assert!(curve[0].0 == curve[1].0, "down first: {curve:?}");
    }
}

#[test]
fn a_plot_says_what_it_is_about_and_marks_the_winner() {
    let folder = tempfile::tempdir().expect("a folder");
    let plot = |end: &str| {
        let file = folder.path().join("a.svg");
        let asked = format!("plot {QUESTION} {end} to '{}' force", file.display());
        let output = aiq(&["-c", &asked]);
        (printed(&output), text_of(&file))
    };
    let about = "Qwen/Qwen3-32B-FP8 on h200_sxm * 32, trtllm 1.3.0rc20, isl = 4000, osl = 1000, \
                 ttft &lt; 300ms";
    let (shown, picture) = plot("");
    assert!(picture.contains(&format!(">{about}<")), "{picture}");
    assert!(shown.contains("isl = 4000, osl = 1000,\nttft < 300ms\n"), "{shown}");
    let star = ">winner: disagg (maximize tokens_per_gpu)<";
    assert!(picture.contains(star) && picture.contains("<polygon"), "{picture}");
    // What is best is for the question to say, be it no compromise of the two axes.
    let (_, picture) = plot("minimize gpus_used");
    assert!(picture.contains("(minimize gpus_used)<"), "{picture}");
    // An estimate ranks nothing, and its rows are no frontier.
    let file = folder.path().join("b.svg");
    let asked = format!(
        "let e = estimate from (select * from (values (1), (2), (4)) as t(batch)) as agg; \
         plot e to '{}'",
        file.display()
    );
    printed(&aiq(&["-c", &asked]));
    let picture = text_of(&file);
    assert!(picture.matches("<circle").count() == 4, "three rows and the legend: {picture}");
    assert!(!picture.contains("<polyline") && !picture.contains("<polygon"), "{picture}");
}

#[cfg(unix)]
#[test]
fn who_may_read_other_files_may_read_a_plot() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let mode = |name: &str| {
        let file = folder.path().join(name);
        file.metadata().expect("a file").permissions().mode() & 0o777
    };
    std::fs::write(folder.path().join("usual"), "").expect("a file");
    for name in ["a.svg", "a.png", "a.html"] {
        let file = folder.path().join(name);
        printed(&aiq(&["-c", &format!("plot search as agg top 3 to '{}'", file.display())]));
        assert_eq!(mode(name), mode("usual"), "{name}");
    }
}
