//! Where the lines typed before are kept.

use std::fs;
use std::io;
use std::path::PathBuf;

use crate::ui::folders;

/// The file `history` in the folder of states; none without a home. The folder is made if need be.
pub(super) fn file() -> io::Result<PathBuf> {
    let folder = folders::state()
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no home folder"))?;
    fs::create_dir_all(&folder)?;
    Ok(folder.join("history"))
}
