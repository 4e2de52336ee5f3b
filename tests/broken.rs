//! What people type by mistake, a kind to a file and an input to a line, and what they are told.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use aiq::Session;
use aiq::lang::diagnostics::render;

/// Inputs whose message is not good enough yet.
const KNOWN_POOR: &[&str] = &[];

fn files() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let entries = std::fs::read_dir(directory).expect("the inputs");
    let mut files: Vec<PathBuf> = entries.map(|e| e.expect("a file").path()).collect();
    files.sort();
    files
}

fn told(session: &mut Session, text: &str) -> String {
    let mut out = String::new();
    session.run("input", text, &mut |answer| {
        match answer {
            Ok(answer) if !answer.feasible => out.push_str("nothing feasible\n"),
            Ok(_) => {}
            Err(error) => out.push_str(&render(&error, false)),
        }
        ControlFlow::Continue(())
    });
    out
}

#[test]
fn slips_are_named() {
    let mut inputs = 0;
    let mut poor = Vec::new();
    for file in files() {
        let text = std::fs::read_to_string(&file).expect("readable");
        let mut all = String::new();
        for line in text.lines() {
            let mut session = Session::open(&[]).expect("a session");
            let said = told(&mut session, line);
            inputs += 1;
            if !said.contains("error[") && !KNOWN_POOR.contains(&line) {
                poor.push(line.to_owned());
            }
            all.push_str(&format!("> {line}\n{said}\n"));
        }
        let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
        insta::assert_snapshot!(name, all);
    }
    assert!(inputs >= 100, "{inputs} inputs");
    assert!(poor.is_empty(), "no error for {poor:#?}");
    assert!(KNOWN_POOR.is_empty());
}
