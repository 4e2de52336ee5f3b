//! What statements may do beyond answering. The command line says so; no text can.

use super::error::Error;
use crate::base::error::Code;

/// What the statements of a session may do beyond answering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permissions {
    /// SQL may write files and change tables: `--allow-write`.
    pub write: bool,
    /// What aiq did not write may be replaced: `--force`.
    pub force: bool,
    /// Statements may read files by their path; `--no-files` forbids it.
    pub files: bool,
}

impl Default for Permissions {
    fn default() -> Self {
        Self { write: false, force: false, files: true }
    }
}

/// That a statement names a file, or a folder, where none may be read.
pub(crate) fn no_files(path: &str) -> Error {
    Error::question(Code::FilesRefused, format!("statements may not read `{path}`"))
        .help("`--no-files` was given: they read measurements and models that are known by name")
}
