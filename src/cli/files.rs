//! Which files are meant.

use std::path::{Path, PathBuf};

use crate::base::error::{Code, Error, Result};

/// Files as given, and those in directories, sorted. Names are as a user would type them.
///
/// # Errors
/// A path that is not there, or a directory without files to test.
pub(super) fn found(paths: &[PathBuf]) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.to_string_lossy().into_owned());
            continue;
        }
        let before = files.len();
        walk(path, &mut files)?;
        if files.len() == before {
            let message = format!("`{}` has no .aiq files", path.display());
            return Err(Error::question(Code::NoStatementFiles, message));
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    files.retain(|f| seen.insert(f.clone()));
    Ok(files)
}

fn walk(directory: &Path, files: &mut Vec<String>) -> Result<()> {
    let failed = |e: std::io::Error| {
        Error::internal(
            Code::UnreadableStatements,
            format!("cannot read `{}`: {e}", directory.display()),
        )
    };
    let mut entries = std::fs::read_dir(directory)
        .and_then(|entries| entries.map(|e| e.map(|e| e.path())).collect::<Result<Vec<_>, _>>())
        .map_err(failed)?;
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            walk(&entry, files)?;
        } else if entry.extension().is_some_and(|e| e == "aiq") {
            files.push(entry.to_string_lossy().into_owned());
        }
    }
    Ok(())
}
