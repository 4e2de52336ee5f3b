//! Reading YAML as a tree, and writing the few flat shapes the data directories hold.

use std::path::Path;

use serde_json::Value;

use super::damaged;
use super::lists::List;
use crate::error::Result;
use crate::files::{self, From};

/// Parses `text`; `path` is for the message only.
pub(super) fn parse(text: &str, path: &Path) -> Result<Value> {
    serde_saphyr::from_str(text)
        .map_err(|e| damaged(path, format!("it is not valid YAML: {}", first_line(&e.to_string()))))
}

/// Parses the file at `path`.
pub(super) fn load(path: &Path) -> Result<Value> {
    let text = files::text(path, From::File).map_err(|e| damaged(path, e.to_string()))?;
    parse(&text, path)
}

/// Parses a list of a data directory and looks whether it says what it can.
pub(super) fn list(path: &Path, check: fn(&List, &Value) -> Result<()>) -> Result<Value> {
    let text = files::text(path, From::File).map_err(|e| damaged(path, e.to_string()))?;
    let value = parse(&text, path)?;
    if !value.is_null() {
        check(&List::new(path, text), &value)?;
    }
    Ok(value)
}

/// The text of a scalar; numbers as they are written.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(s) => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        _ => None,
    }
}

/// A scalar in single quotes, on one line.
pub(super) fn quoted(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("'{}'", line.replace('\'', "''"))
}

/// The first line of a message that shows a snippet after it.
fn first_line(message: &str) -> &str {
    message.lines().find(|l| !l.trim().is_empty()).unwrap_or("unreadable").trim()
}
