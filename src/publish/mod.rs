//! Files and folders that aiq writes: whole or not at all, and never over what it did not write.
//!
//! What is written appears by one rename. A folder carries a [`manifest`] of what aiq put there and
//! a picture a [`stamp`], so that the next run knows its own work from a user's: its own may be
//! replaced, files that a user put beside it stay, what a user changed needs leave ([`Over`]).

mod file;
mod folder;
mod manifest;
mod path;
mod stage;
mod stamp;
#[cfg(test)]
mod tests;

pub(crate) use file::file;
pub(crate) use folder::{Folder, Mode};
pub(crate) use manifest::Manifest;

pub(crate) use path::component;
pub(crate) use stamp::Kind as Picture;

use crate::error::Error;

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
fn refused(path: &std::path::Path, why: impl std::fmt::Display) -> Error {
    Error::question("AIQ0256", format!("`{}` is not written: {why}", path.display()))
}

/// The place cannot be written to.
fn unwritable(path: &std::path::Path, why: impl std::fmt::Display) -> Error {
    Error::internal("AIQ0661", format!("`{}` cannot be written: {why}", path.display()))
}
