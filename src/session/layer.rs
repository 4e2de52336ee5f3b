//! Where values come from. Later texts win over earlier ones, whatever their layer.

use std::path::Path;

use super::Session;
use crate::lang::ast::Loc;

/// What a value is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// The model that ships.
    Shipped,
    /// A serving mode that ships.
    Mode,
    /// `--profile`.
    Profile,
    /// What an interactive session does at its start.
    Rc,
    /// A file that is run or included.
    File,
    /// What is typed.
    Session,
}

impl Layer {
    /// Its name in `show settings`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Shipped => "shipped",
            Self::Mode => "mode",
            Self::Profile => "profile",
            Self::Rc => "rc",
            Self::File => "file",
            Self::Session => "session",
        }
    }
}

impl Session {
    /// Says what the texts that follow are part of; `None`: what is typed, or files.
    pub fn set_layer(&mut self, layer: Option<Layer>) {
        self.layer = layer;
    }

    /// Remembers what a text is part of.
    pub(super) fn note_layer(&mut self, source: &str) {
        let own = || if Path::new(source).is_file() { Layer::File } else { Layer::Session };
        let layer = self.layer.unwrap_or_else(own);
        self.layers.insert(source.to_owned(), layer);
    }

    /// What a place is part of, if its text is the user's.
    pub(super) fn layer_of(&self, loc: &Loc) -> Option<Layer> {
        self.layers.get(&loc.source.name).copied()
    }
}

/// `file:line` of a place.
pub(super) fn file_line(loc: &Loc) -> String {
    let before = loc.source.text.get(..loc.range.start).unwrap_or_default();
    format!("{}:{}", loc.source.name, before.matches('\n').count() + 1)
}
