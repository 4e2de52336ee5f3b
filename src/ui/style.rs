//! How much room and which ornaments a terminal, a file or a pipe gets.

use anstyle::{AnsiColor, Style as Ansi};

/// Which ornaments the output may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chrome {
    /// Colours and box-drawing characters.
    Color,
    /// Box-drawing characters.
    Unicode,
    /// ASCII only.
    Ascii,
}

/// The look of one output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Columns to fit into; `None`: no limit, as in a pipe.
    pub width: Option<usize>,
    /// Rows a table shows at most; `None`: all.
    pub max_rows: Option<usize>,
    /// Ornaments.
    pub chrome: Chrome,
    /// Whether the output is a terminal, which binary formats refuse.
    pub terminal: bool,
    /// Whether the footer shows where the time went.
    pub timing: bool,
}

impl Style {
    /// A pipe or a file: everything, without colour.
    pub const PLAIN: Self = Self {
        width: None,
        max_rows: None,
        chrome: Chrome::Unicode,
        terminal: false,
        timing: true,
    };

    pub(crate) fn dim(&self, text: &str) -> String {
        self.paint(Ansi::new().dimmed(), text)
    }

    pub(crate) fn bold(&self, text: &str) -> String {
        self.paint(Ansi::new().bold(), text)
    }

    pub(crate) fn colored(&self, color: AnsiColor, text: &str) -> String {
        self.paint(color.on_default(), text)
    }

    fn paint(&self, ansi: Ansi, text: &str) -> String {
        match self.is_colored() && !text.is_empty() {
            true => format!("{ansi}{text}{ansi:#}"),
            false => text.to_owned(),
        }
    }

    pub(crate) fn is_ascii(&self) -> bool {
        self.chrome == Chrome::Ascii
    }

    pub(crate) fn is_colored(&self) -> bool {
        self.chrome == Chrome::Color
    }
}
