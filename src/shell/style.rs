//! How much room and which ornaments a terminal, a file or a pipe gets.

use std::env;
use std::io::{self, IsTerminal};
use std::sync::OnceLock;

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

/// When output is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Color {
    /// On a terminal that has colours, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Also in a pipe or a file.
    Always,
    /// Nowhere.
    Never,
}

static COLOR: OnceLock<Color> = OnceLock::new();

/// Says once for the process when output is coloured.
pub fn set_color(color: Color) {
    let _ = COLOR.set(color);
}

fn color() -> Color {
    COLOR.get().copied().unwrap_or_default()
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
    /// Whether the footer says where the time went.
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

    /// What standard output is.
    pub fn of_stdout() -> Self {
        if !io::stdout().is_terminal() {
            let chrome = if color() == Color::Always { Chrome::Color } else { Chrome::Unicode };
            return Self { chrome, ..Self::PLAIN };
        }
        Self {
            width: Some(terminal_width()),
            max_rows: Some(1000),
            chrome: chrome(),
            terminal: true,
            timing: true,
        }
    }

    /// Whether messages on standard error are coloured.
    pub fn colored_stderr() -> bool {
        color() == Color::Always || (io::stderr().is_terminal() && chrome() == Chrome::Color)
    }

    pub(crate) fn dim(&self, text: &str) -> String {
        self.paint("2", text)
    }

    pub(crate) fn bold(&self, text: &str) -> String {
        self.paint("1", text)
    }

    fn paint(&self, code: &str, text: &str) -> String {
        match self.chrome {
            Chrome::Color if !text.is_empty() => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            _ => text.to_owned(),
        }
    }

    pub(crate) fn ascii(&self) -> bool {
        self.chrome == Chrome::Ascii
    }
}

/// `$COLUMNS` first, so that a user can force a width.
fn terminal_width() -> usize {
    let named = env::var("COLUMNS").ok().and_then(|c| c.parse().ok()).filter(|c| *c > 0);
    named.or_else(|| comfy_table::Table::new().width().map(usize::from)).unwrap_or(80).max(20)
}

/// Follows `--color`, `NO_COLOR` (no-color.org), `TERM=dumb` and an explicit C locale.
pub(super) fn chrome() -> Chrome {
    let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG"));
    if color() == Color::Always {
        Chrome::Color
    } else if matches!(locale.as_deref(), Some("C" | "POSIX")) {
        Chrome::Ascii
    } else if color() == Color::Never
        || set("NO_COLOR").is_some()
        || set("TERM").as_deref() == Some("dumb")
    {
        Chrome::Unicode
    } else {
        Chrome::Color
    }
}
