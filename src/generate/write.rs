//! Files written whole or not at all.

use std::path::Path;

use super::File;
use crate::error::{Error, Result};

/// The file that marks a directory as generated.
pub(super) const MARK: &str = "generator.yaml";

/// Writes all files into a temporary directory beside the target, then renames it.
pub(super) fn whole(files: &[File], directory: &Path) -> Result<()> {
    let fail = |e: &dyn std::fmt::Display| {
        Error::internal("AIQ0709", format!("`{}` cannot be written: {e}", directory.display()))
    };
    let parent = directory.parent().filter(|p| !p.as_os_str().is_empty());
    let parent = parent.unwrap_or_else(|| Path::new("."));
    let mut old = None;
    if directory.exists() {
        let mut entries = std::fs::read_dir(directory).map_err(|e| fail(&e))?;
        if entries.next().is_some() && !directory.join(MARK).is_file() {
            return Err(fail(&"it holds other files"));
        }
        old = Some(tempfile::Builder::new().prefix(".aiq-old").tempdir_in(parent));
    } else {
        std::fs::create_dir_all(parent).map_err(|e| fail(&e))?;
    }
    let new = tempfile::Builder::new().prefix(".aiq-new").tempdir_in(parent);
    let new = new.map_err(|e| fail(&e))?;
    for file in files {
        let path = new.path().join(&file.name);
        std::fs::write(&path, &file.text).map_err(|e| fail(&e))?;
        executable(&path, &file.name).map_err(|e| fail(&e))?;
    }
    open_to_all(new.path()).map_err(|e| fail(&e))?;
    match old.transpose().map_err(|e| fail(&e))? {
        None => std::fs::rename(new.path(), directory).map_err(|e| fail(&e))?,
        Some(old) => {
            let aside = old.path().join("old");
            std::fs::rename(directory, &aside).map_err(|e| fail(&e))?;
            if let Err(e) = std::fs::rename(new.path(), directory) {
                // Back to what was there.
                let _ = std::fs::rename(&aside, directory);
                return Err(fail(&e));
            }
        }
    }
    // Nothing is left to clean up at its old place.
    let _ = new.keep();
    Ok(())
}

#[cfg(unix)]
fn executable(path: &Path, name: &str) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = if name.rsplit('.').next() == Some("sh") { 0o755 } else { 0o644 };
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn executable(_: &Path, _: &str) -> std::io::Result<()> {
    Ok(())
}

/// Temporary directories are private, what stays is not.
#[cfg(unix)]
fn open_to_all(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn open_to_all(_: &Path) -> std::io::Result<()> {
    Ok(())
}
