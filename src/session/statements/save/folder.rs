//! A folder of results, as its files come.

use std::path::Path;

use crate::answer::Answer;
use crate::base::error::bug;
use crate::base::error::{Error, Result};
use crate::lang::ast::Destination;
use crate::output::{self, Encoding};
use crate::publish::{self, Mode, Over};

/// A folder being filled; what is wrong with it is said at its place in the statement.
pub(super) struct Folder<'a> {
    to: &'a Destination,
    folder: publish::Folder,
}

impl<'a> Folder<'a> {
    /// Prepares the folder.
    pub(super) fn stage(to: &'a Destination, over: Over) -> Result<Self> {
        let path = Path::new(&to.path.text);
        let folder = publish::Folder::replacing(path, over);
        Ok(Self { to, folder: folder.map_err(|e| placed(to, e))? })
    }

    /// Writes a file of rows.
    pub(super) fn rows(&mut self, path: &[&str], answer: &Answer) -> Result<()> {
        let mut bytes = Vec::new();
        output::write(answer, Encoding::Csv, &mut bytes).map_err(bug)?;
        self.bytes(path, &bytes)
    }

    /// Writes a file of text.
    pub(super) fn text(&mut self, path: &[&str], text: &str) -> Result<()> {
        self.bytes(path, text.as_bytes())
    }

    /// Writes a file of bytes.
    pub(super) fn bytes(&mut self, path: &[&str], bytes: &[u8]) -> Result<()> {
        self.put(path, bytes, Mode::Plain)
    }

    /// Writes a file that not everybody may use as every other.
    pub(super) fn put(&mut self, path: &[&str], bytes: &[u8], mode: Mode) -> Result<()> {
        self.folder.put(path, bytes, mode).map_err(|e| placed(self.to, e))
    }

    /// Puts the folder in its place; an earlier one of results goes.
    pub(super) fn publish(self) -> Result<()> {
        let to = self.to;
        self.folder.publish().map_err(|e| placed(to, e))
    }
}

fn placed(to: &Destination, error: Error) -> Error {
    error.at(to.path.loc.span(), "not written")
}
