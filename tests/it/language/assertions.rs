//! Assertions hold or say what is wrong, and `aiq test` reports them.

use aiq::ui::diagnostics::render;

use crate::support::binary::{aiq, stdout};
use crate::support::read;
use crate::support::session::{results, session};

/// What the assertions of a text say.
fn said(text: &str) -> String {
    let mut out = String::new();
    for result in results(&mut session(), "claims.aiq", text) {
        match result {
            Ok(answer) => {
                let holds = answer.notes.iter().filter(|n| n.starts_with("holds: "));
                holds.for_each(|n| out.push_str(&format!("{n}\n")));
            }
            Err(error) => out.push_str(&format!("{}\n", render(&error, false))),
        }
    }
    out
}

#[test]
fn claims_about_answers() {
    insta::assert_snapshot!(said(&read("tests/data/claims.aiq")));
}

#[test]
fn shipped_queries_pass_their_tests() {
    let output = aiq(&["test", "queries"]);
    let text = stdout(&output);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("13 files, 0 failed"), "{text}");
}

/// A report without its times.
fn report(arguments: &[&str]) -> String {
    let output = aiq(arguments);
    let mut out = format!("status {}\n", output.status.code().expect("a status"));
    for line in stdout(&output).lines() {
        // ` 0.12 s` and ` time="0.123"`.
        let words = line.split(' ').filter(|w| !w.starts_with("time=\""));
        let line = words.collect::<Vec<_>>().join(" ");
        let line = line.strip_suffix(" s").map_or(line.as_str(), |l| {
            l.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').trim_end()
        });
        out.push_str(line);
        out.push('\n');
    }
    out
}

#[test]
fn reports() {
    let reports = ["text", "tap", "junit"].map(|form| {
        let arguments = ["test", "tests/data/assertions", "--format", form, "--jobs", "2"];
        format!("> {}\n{}", arguments.join(" "), report(&arguments))
    });
    insta::assert_snapshot!(reports.join("\n"));
}

#[test]
fn files_without_assertions() {
    let file = "tests/data/assertions/empty.aiq";
    assert!(report(&["test", file]).starts_with("status 1\n"));
    assert!(report(&["test", file, "--allow-empty"]).starts_with("status 0\n"));
    assert!(report(&["test", "tests/data/assertions/wrong.aiq"]).starts_with("status 3\n"));
    assert!(report(&["test", "docs"]).starts_with("status 2\n"));
    assert!(report(&["test", "no/such.aiq"]).starts_with("status 4\n"));
}
