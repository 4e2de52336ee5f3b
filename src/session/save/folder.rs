//! A folder that appears whole: filled beside its place, then renamed.

use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::answer::Answer;
use crate::error::{Error, Result};
use crate::lang::ast::Name;

/// The file that tells a folder of results from any other.
const MARK: &str = "answer.aiq";

/// A folder being filled.
pub(super) struct Folder<'a> {
    to: &'a Name,
    stage: TempDir,
    parent: PathBuf,
}

impl<'a> Folder<'a> {
    /// Prepares a folder beside the place where it will appear.
    pub(super) fn stage(to: &'a Name) -> Result<Self> {
        let path = Path::new(&to.text);
        let fail = |e: io::Error| unwritable(to, &e);
        if path.exists() && !path.join(MARK).is_file() && !is_empty(path) {
            return Err(Error::question("AIQ0256", format!("`{}` exists already", to.text))
                .at(to.loc.span(), "not a folder of results")
                .help("name a new folder, or one saved before"));
        }
        let parent = path.parent().filter(|d| !d.as_os_str().is_empty());
        let parent = parent.unwrap_or_else(|| Path::new(".")).to_owned();
        std::fs::create_dir_all(&parent).map_err(fail)?;
        let stage =
            tempfile::Builder::new().prefix(".saving-").tempdir_in(&parent).map_err(fail)?;
        Ok(Self { to, stage, parent })
    }

    /// Writes a file of rows.
    pub(super) fn rows(&mut self, path: &[&str], answer: &Answer) -> Result<()> {
        let mut bytes = Vec::new();
        crate::shell::render::csv(answer, &mut bytes).map_err(|e| unwritable(self.to, &e))?;
        self.write(path, &bytes)
    }

    /// Writes a file of text.
    pub(super) fn text(&mut self, path: &[&str], text: &str) -> Result<()> {
        self.write(path, text.as_bytes())
    }

    /// Writes a file of bytes.
    pub(super) fn bytes(&mut self, path: &[&str], bytes: &[u8]) -> Result<()> {
        self.write(path, bytes)
    }

    fn write(&self, path: &[&str], bytes: &[u8]) -> Result<()> {
        let file = path.iter().fold(self.stage.path().join("new"), |at, part| at.join(part));
        let directory = file.parent().unwrap_or_else(|| self.stage.path());
        std::fs::create_dir_all(directory)
            .and_then(|()| std::fs::write(&file, bytes))
            .map_err(|e| unwritable(self.to, &e))
    }

    /// Puts the folder in its place; an earlier one of results goes.
    pub(super) fn publish(self) -> Result<()> {
        let place = self.parent.join(Path::new(&self.to.text).file_name().unwrap_or_default());
        let fail = |e: io::Error| unwritable(self.to, &e);
        let old = self.stage.path().join("old");
        let replaces = place.exists();
        if replaces {
            std::fs::rename(&place, &old).map_err(fail)?;
        }
        std::fs::rename(self.stage.path().join("new"), &place).map_err(|e| {
            if replaces {
                let _ = std::fs::rename(&old, &place);
            }
            fail(e)
        })
    }
}

fn is_empty(path: &Path) -> bool {
    std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

fn unwritable(to: &Name, error: &io::Error) -> Error {
    Error::internal("AIQ0661", format!("`{}` cannot be written: {error}", to.text))
        .at(to.loc.span(), "not writable")
}
