//! A picture that appears whole.

use std::io;
use std::path::Path;

use super::over::{Over, refused, unwritable};
use super::path::resolved;
use super::stage::Stage;
use super::stamp::Kind;

use crate::base::error::Result;

/// Writes a picture, over an earlier one of aiq.
///
/// # Errors
/// `AIQ0256` for a file that aiq did not write or somebody changed, `AIQ0661`.
pub(crate) fn file(path: &Path, kind: Kind, contents: Vec<u8>, over: Over) -> Result<()> {
    let fail = |e: io::Error| unwritable(path, e);
    let place = resolved(path)?;
    if place.is_dir() {
        return Err(refused(path, "it is a folder").help("name a file"));
    }
    match std::fs::read(&place) {
        Ok(there) if over == Over::Own && !there.is_empty() && !kind.is_own(&there) => {
            return Err(refused(path, "it is there, and not as aiq wrote it")
                .help("`force` writes over it; a new name leaves it as it is"));
        }
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(fail(e)),
        _ => {}
    }
    let parent = place.parent().ok_or_else(|| unwritable(path, "it has no parent"))?;
    let stage = Stage::within(parent).map_err(fail)?;
    let new = stage.path("new");
    std::fs::write(&new, kind.stamped(contents)).map_err(fail)?;
    std::fs::rename(new, place).map_err(fail)
}
