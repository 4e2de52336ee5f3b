//! Reading a file of a directory.

use std::path::Path;

use serde_json::Value as Json;

use crate::base::error::{Code, Error, Result};
use crate::base::files::{self, From};

/// The text of a file.
///
/// # Errors
/// `AIQ0604`.
pub(super) fn text(directory: &Path, name: &str) -> Result<String> {
    let path = directory.join(name);
    files::text(&path, From::File).map_err(|e| {
        Error::unreadable(Code::UnreadableFile, format!("`{}` cannot be read: {e}", path.display()))
    })
}

/// A text as a tree; `name` is that of its file.
///
/// # Errors
/// `AIQ0604`.
pub(super) fn parse(text: &str, name: &str) -> Result<Json> {
    serde_saphyr::from_str(text)
        .map_err(|e| Error::unreadable(Code::UnreadableFile, format!("`{name}`: {e}")))
}

/// The tree of a file.
///
/// # Errors
/// `AIQ0604`.
pub(super) fn yaml(directory: &Path, name: &str) -> Result<Json> {
    parse(&text(directory, name)?, name)
}
