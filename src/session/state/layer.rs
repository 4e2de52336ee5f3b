//! Where values come from. Later texts win over earlier ones, whatever their layer.

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

/// `file:line` of a place.
pub(in crate::session) fn file_line(loc: &Loc) -> String {
    let before = loc.source.text.get(..loc.range.start).unwrap_or_default();
    format!("{}:{}", loc.source.name, before.matches('\n').count() + 1)
}
