//! Writing files whole or not at all.

use std::io::Write;
use std::path::Path;

use crate::error::{Error, Result};

/// A target that cannot be written.
pub(super) fn cannot_write(path: &Path, why: impl std::fmt::Display) -> Error {
    Error::internal("AIQ0603", format!("cannot write `{}`: {why}", path.display()))
        .help("choose another data directory, or make room in this one")
}

/// Puts `contents` at `path`: written beside it, then renamed, so that a reader or an
/// interruption never meets half a file.
pub(super) fn replace(path: &Path, contents: &[u8]) -> Result<()> {
    let fail = |e: std::io::Error| cannot_write(path, e);
    let directory = path.parent().unwrap_or_else(|| Path::new("."));
    std::fs::create_dir_all(directory).map_err(fail)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".import-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Data is for everyone to read; the default of a temporary file is not.
        builder.permissions(std::fs::Permissions::from_mode(0o644));
    }
    let mut file = builder.tempfile_in(directory).map_err(fail)?;
    file.write_all(contents).map_err(fail)?;
    file.persist(path).map_err(|e| fail(e.error))?;
    Ok(())
}
