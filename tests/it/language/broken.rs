//! What people type by mistake, a kind to a file and an input to a line, and what they are told.

use aiq::ui::diagnostics::render;

use crate::support::session::{results, session};
use crate::support::{files_of, text_of};

/// Inputs whose message is not good enough yet.
const KNOWN_POOR: &[&str] = &[];

fn told(text: &str) -> String {
    let told = |result| match result {
        Ok(aiq::Answer { feasible: false, .. }) => "nothing feasible\n".to_owned(),
        Ok(_) => String::new(),
        Err(error) => render(&error, false),
    };
    results(&mut session(), "input", text).into_iter().map(told).collect()
}

#[test]
fn slips_are_named() {
    let mut inputs = 0;
    let mut poor = Vec::new();
    for file in files_of("tests/broken", "txt") {
        let mut all = String::new();
        for line in text_of(&file).lines() {
            let said = told(line);
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
