//! The error of a file that cannot be used.

use std::fmt;
use std::path::Path;

use crate::base::error::{Code, Error};

/// A file that is there but cannot be used.
pub(in crate::catalog) fn damaged(path: &Path, why: impl fmt::Display) -> Error {
    let by_hand = path.extension().is_some_and(|kind| kind == "yaml");
    Error::unreadable(Code::UnreadableData, format!("cannot read `{}`: {why}", path.display()))
        .help(match by_hand {
            true => "mend it: `help own gpu` says what a `system.yaml` needs",
            false => "import it again with `aiq systems import`, or remove it",
        })
}
