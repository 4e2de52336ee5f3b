//! Where a path really leads, known before anything there is judged or removed.

use std::io;
use std::path::{Component, Path, PathBuf};

use super::over::unwritable;
use crate::base::error::{Code, Error, Result};

/// The place that a path leads to, free of links and `..`; its end need not be there yet.
///
/// # Errors
/// `AIQ0661` for a link to nothing, and for `..` behind a folder that is not there: what that means
/// would depend on what is made first.
pub(super) fn resolved(path: &Path) -> Result<PathBuf> {
    let fail = |e: io::Error| unwritable(path, e);
    let mut real = match path.is_absolute() {
        true => PathBuf::new(),
        false => std::env::current_dir().map_err(fail)?,
    };
    for part in path.components() {
        match part {
            Component::Prefix(_) | Component::RootDir => real.push(part),
            Component::CurDir => {}
            Component::ParentDir if real.exists() => drop(real.pop()),
            Component::ParentDir => {
                return Err(unwritable(path, format!("there is no `{}`", real.display())));
            }
            Component::Normal(name) => {
                real.push(name);
                // Links are followed as they are met, so that `..` goes where a shell goes.
                match real.symlink_metadata() {
                    Ok(there) if there.is_symlink() => {
                        real = real.canonicalize().map_err(|e| {
                            let link = format!("`{}` links to nothing: {e}", real.display());
                            unwritable(path, link)
                        })?;
                    }
                    Ok(_) => {}
                    Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                    Err(e) => return Err(fail(e)),
                }
            }
        }
    }
    Ok(real)
}

/// A name that comes from a file or a question, as the name of one file or folder.
///
/// # Errors
/// `AIQ0669` for a name that would lead elsewhere.
pub(crate) fn component(name: &str) -> Result<&str> {
    let mut parts = Path::new(name).components();
    let one = matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == name);
    if one && name.len() <= 255 && !name.contains('\\') && !name.contains(char::is_control) {
        return Ok(name);
    }
    Err(Error::question(
        Code::NameLeadsElsewhere,
        format!("`{}` is no name of a file", name.escape_debug()),
    )
    .help("a name has no `/` and no `\\`, is not `.` or `..`, and is at most 255 bytes long"))
}
