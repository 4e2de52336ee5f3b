//! Robustness: limits and permissions hold, files are whole, damaged inputs are refused.

mod configurations;
mod fuzz;
mod guards;
mod limits;
mod written;

use std::path::Path;
use std::process::Output;

use crate::support::binary::{aiq, stderr};

/// The exit status and the code of the error printed as JSON.
fn refused(output: &Output) -> (Option<i32>, String) {
    let text = stderr(output);
    let code = |line: &str| {
        let error: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(error["code"].as_str()?.to_owned())
    };
    (output.status.code(), text.lines().find_map(code).unwrap_or(text))
}

/// Runs statements with some options.
fn run(options: &[&str], text: &str) -> (Option<i32>, String) {
    let arguments = [options, &["--error-format", "json", "-c", text]].concat();
    refused(&aiq(&arguments))
}

/// What a wrong question gives.
fn wrong(code: &str) -> (Option<i32>, String) {
    (Some(2), code.to_owned())
}

/// Writes a file; its path.
fn written(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("written");
    path.display().to_string()
}
