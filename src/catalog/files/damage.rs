//! The error of a file that cannot be used.

use std::fmt;
use std::path::Path;

use crate::error::Error;

/// A file that is there but cannot be used.
pub(in crate::catalog) fn damaged(path: &Path, why: impl fmt::Display) -> Error {
    Error::unreadable("AIQ0404", format!("cannot read `{}`: {why}", path.display()))
        .help("import it again with `aiq systems import`, or remove it")
}
