//! What may be written over, and the errors of what is not.

use std::fmt;
use std::path::Path;

use crate::base::error::{Code, Error};

/// What may be written over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Over {
    /// What aiq wrote and nobody changed.
    #[default]
    Own,
    /// Anything: the user said so.
    Anything,
}

impl Over {
    pub(crate) fn of(force: bool) -> Self {
        if force { Self::Anything } else { Self::Own }
    }
}

/// Something stands there that aiq did not write, or that somebody changed since.
pub(super) fn refused(path: &Path, why: impl fmt::Display) -> Error {
    Error::question(Code::NotOurs, format!("`{}` is not written: {why}", path.display()))
}

/// The place cannot be written to.
pub(super) fn unwritable(path: &Path, why: impl fmt::Display) -> Error {
    Error::internal(
        Code::ResultsNotWritten,
        format!("`{}` cannot be written: {why}", path.display()),
    )
}
