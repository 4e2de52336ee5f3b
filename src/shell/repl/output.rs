//! Where answers go: to the screen, or to a file after `\o`.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::base::error::{Code, Error, Result};
use crate::ui::Format;

/// The place answers go to.
#[derive(Debug, Default)]
pub(super) enum Output {
    /// The screen.
    #[default]
    Screen,
    /// A file that text answers are added to.
    File(PathBuf, File),
}

impl Output {
    /// Makes the file, so that a wrong path is known at once; one that holds something is emptied
    /// by `force` only.
    pub(super) fn open(path: PathBuf, force: bool) -> Result<Self> {
        if !force && path.metadata().is_ok_and(|m| m.is_file() && m.len() > 0) {
            let message = format!("`{}` is not written: it holds something", path.display());
            return Err(Error::question(Code::NotOurs, message)
                .help("`\\o FILE force` writes over it; a new name leaves it as it is"));
        }
        match File::create(&path) {
            Ok(file) => Ok(Self::File(path, file)),
            Err(error) => {
                let message = format!("cannot write `{}`: {error}", path.display());
                Err(Error::internal(Code::OutputNotOpened, message))
            }
        }
    }

    /// The file, if it is one.
    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Self::Screen => None,
            Self::File(path, _) => Some(path),
        }
    }

    /// Runs `work` with the place to write to. A binary answer takes the place of the file as a
    /// whole, so that what lies there can always be read.
    pub(super) fn with<T>(
        &mut self,
        format: Format,
        screen: &mut dyn Write,
        work: impl FnOnce(&mut dyn Write) -> T,
    ) -> io::Result<T> {
        match self {
            Self::Screen => Ok(work(screen)),
            Self::File(path, file) if format.is_binary() => {
                let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
                let mut whole = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
                let result = work(&mut whole);
                if whole.as_file().metadata()?.len() > 0 {
                    // Keeps the rights a plain file has; temporary ones are for the owner only.
                    whole.as_file().set_permissions(file.metadata()?.permissions())?;
                    *file = whole.persist(&*path)?;
                }
                Ok(result)
            }
            Self::File(_, file) => Ok(work(file)),
        }
    }
}
