//! Running the binary as a user would.

use std::process::{Command, Output};

/// Runs it in the root of the project.
pub(crate) fn aiq(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_aiq"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("the binary runs")
}

/// The rows of every answer it printed as JSON.
pub(crate) fn answers(output: &Output) -> Vec<Vec<serde_json::Value>> {
    let text = String::from_utf8(output.stdout.clone()).expect("text");
    let lines = text.lines().filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_str(line).expect("one JSON array a line")).collect()
}

/// The rows of the first answer; none if there was no answer.
pub(crate) fn rows(output: &Output) -> Vec<serde_json::Value> {
    answers(output).into_iter().next().unwrap_or_default()
}

/// A number of a row.
pub(crate) fn number(row: &serde_json::Value, name: &str) -> f64 {
    row[name].as_f64().unwrap_or_else(|| panic!("`{name}` is no number in {row}"))
}
