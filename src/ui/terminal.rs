//! The terminal of this process, as the command line and the environment describe it: made once and
//! handed to whatever prints.

use std::env;
use std::io::{self, IsTerminal};

use super::diagnostics::{self, ErrorFormat};
use super::progress::Progress;
use super::style::{Chrome, Style};
use crate::base::error::Error;

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

/// How answers and errors are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ui {
    /// The look of standard output.
    pub stdout: Style,
    /// Whether standard error is coloured.
    pub colored_stderr: bool,
    /// Whether errors are text or JSON.
    pub errors: ErrorFormat,
}

impl Default for Ui {
    fn default() -> Self {
        Self::PLAIN
    }
}

impl Ui {
    /// Everything goes to pipes or files.
    pub const PLAIN: Self =
        Self { stdout: Style::PLAIN, colored_stderr: false, errors: ErrorFormat::Text };

    /// What the standard streams of this process are.
    pub fn of_process(color: Color, errors: ErrorFormat) -> Self {
        let chrome = chrome(color);
        let always = color == Color::Always;
        let stdout = if io::stdout().is_terminal() {
            Style {
                width: Some(terminal_width()),
                max_rows: Some(1000),
                chrome,
                terminal: true,
                timing: true,
            }
        } else {
            let chrome = if always { Chrome::Color } else { Chrome::Unicode };
            Style { chrome, width: columns(), ..Style::PLAIN }
        };
        let colored_stderr = always || (io::stderr().is_terminal() && chrome == Chrome::Color);
        Self { stdout, colored_stderr, errors }
    }

    /// An error as it is written to standard error. Ends with a newline.
    pub fn error(&self, error: &Error) -> String {
        diagnostics::write(error, self.errors, self.colored_stderr)
    }

    /// An error as it stands in a report on standard output.
    pub fn error_on_stdout(&self, error: &Error) -> String {
        diagnostics::write(error, self.errors, self.stdout.is_colored())
    }

    /// An error inside of another format, which takes no colours.
    pub fn error_in_text(&self, error: &Error) -> String {
        diagnostics::write(error, self.errors, false)
    }

    /// A sign of life until it is dropped; `message` stands beside it.
    pub fn progress(&self, message: &'static str) -> Progress {
        Progress::start(message, self.colored_stderr)
    }
}

/// `$COLUMNS` first, so that a user can force a width.
fn terminal_width() -> usize {
    let own = || comfy_table::Table::new().width().map(usize::from);
    columns().or_else(own).unwrap_or(80).max(20)
}

/// The width that the user asks for, in pipes too.
fn columns() -> Option<usize> {
    let named = env::var("COLUMNS").ok()?.parse().ok()?;
    (named > 0).then_some(named)
}

/// Follows `--color`, `NO_COLOR` (no-color.org), `TERM=dumb` and an explicit C locale.
fn chrome(color: Color) -> Chrome {
    let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG"));
    if color == Color::Always {
        Chrome::Color
    } else if matches!(locale.as_deref(), Some("C" | "POSIX")) {
        Chrome::Ascii
    } else if color == Color::Never
        || set("NO_COLOR").is_some()
        || set("TERM").as_deref() == Some("dumb")
    {
        Chrome::Unicode
    } else {
        Chrome::Color
    }
}
