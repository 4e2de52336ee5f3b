//! YAML as a tree, read and written.

use std::path::Path;

use serde_json::Value;

use super::damage::damaged;
use crate::base::error::{Code, Error, Result};
use crate::base::files::{self, From};

/// Parses `text`; `path` is for the message only.
pub(in crate::catalog) fn parse(text: &str, path: &Path) -> Result<Value> {
    serde_saphyr::from_str(text)
        .map_err(|e| damaged(path, format!("it is not valid YAML: {}", first_line(&e.to_string()))))
}

/// Parses the file at `path`.
pub(in crate::catalog) fn load(path: &Path) -> Result<Value> {
    let text = files::text(path, From::File).map_err(|e| damaged(path, e.to_string()))?;
    parse(&text, path)
}

/// The text of a scalar; numbers as they are written.
pub(in crate::catalog) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(s) => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        _ => None,
    }
}

/// A tree as text.
pub(in crate::catalog) fn written(value: &Value) -> Result<String> {
    let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
    serde_saphyr::to_string_with_options(value, options).map_err(|e| {
        Error::internal(Code::ImportNotWritten, format!("it cannot be written as YAML: {e}"))
    })
}

/// The first line of a message that shows a snippet after it.
fn first_line(message: &str) -> &str {
    message.lines().find(|l| !l.trim().is_empty()).unwrap_or("unreadable").trim()
}
