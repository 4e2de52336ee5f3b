//! The forms of answers that a user chooses from.

use std::fmt;
use std::str::FromStr;

use super::style::Style;
use crate::base::error::{Code, Error, nearest};
use crate::output::Encoding;

/// How the rows of an answer are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// A table for people, fitted to the terminal.
    #[default]
    Table,
    /// A table where one fits the terminal with every column, else records.
    Auto,
    /// One `column = value` block per row.
    Record,
    /// One array of objects.
    Json,
    /// One object per line.
    Ndjson,
    /// Comma-separated values with a header.
    Csv,
    /// A Markdown table.
    Markdown,
    /// A Parquet file.
    Parquet,
    /// An Arrow IPC stream.
    Arrow,
}

impl Format {
    /// Every format, in the order help texts list them.
    pub const ALL: [Self; 9] = [
        Self::Table,
        Self::Auto,
        Self::Record,
        Self::Json,
        Self::Ndjson,
        Self::Csv,
        Self::Markdown,
        Self::Parquet,
        Self::Arrow,
    ];

    /// The name a user types.
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Auto => "auto",
            Self::Record => "record",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
            Self::Markdown => "markdown",
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
        }
    }

    /// What programs read; `None`: people read it.
    pub(crate) fn encoding(self) -> Option<Encoding> {
        match self {
            Self::Table | Self::Auto | Self::Record | Self::Markdown => None,
            Self::Json => Some(Encoding::Json),
            Self::Ndjson => Some(Encoding::Ndjson),
            Self::Csv => Some(Encoding::Csv),
            Self::Parquet => Some(Encoding::Parquet),
            Self::Arrow => Some(Encoding::Arrow),
        }
    }

    /// Read by programs: the output holds rows only, and everything else of an answer goes to
    /// standard error.
    pub fn is_machine(self) -> bool {
        self.encoding().is_some()
    }

    /// Bytes rather than text: not for a terminal, and one relation per output.
    pub fn is_binary(self) -> bool {
        self.encoding().is_some_and(Encoding::is_binary)
    }

    /// Whether an answer can be written in parts as they come.
    pub(crate) fn takes_parts(self) -> bool {
        self.is_machine() && !self.is_binary()
    }

    /// Refuses bytes on a terminal before anything is computed.
    ///
    /// # Errors
    /// `AIQ0651` if the format is binary and the output a terminal.
    pub fn check(self, style: &Style) -> Result<(), Error> {
        if self.is_binary() && style.terminal {
            let message = format!("format `{self}` is binary and the output is a terminal");
            return Err(Error::question(Code::BinaryToTerminal, message)
                .help("redirect it, as in `aiq --format parquet ... > rows.parquet`")
                .help("in the shell, `\\o FILE` sends answers to a file"));
        }
        Ok(())
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wanted = text.trim().to_ascii_lowercase();
        if let Some(format) = Self::ALL.into_iter().find(|format| format.name() == wanted) {
            return Ok(format);
        }
        let names = Self::ALL.map(Self::name);
        let mut error =
            Error::question(Code::NoSuchFormat, format!("no format is called `{text}`"));
        if let Some(name) = nearest(&wanted, names) {
            error = error.help(format!("the nearest name is `{name}`"));
        }
        Err(error.help(format!("formats: {}", names.join(", "))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::diagnostics::render;

    #[test]
    fn names_are_read_back() {
        for format in Format::ALL {
            assert_eq!(format.name().parse::<Format>().unwrap(), format);
        }
        let error = "jsno".parse::<Format>().unwrap_err();
        insta::assert_snapshot!(render(&error, false), @r"
        error[AIQ0652]: no format is called `jsno`
          = help: the nearest name is `json`
          = help: formats: table, auto, record, json, ndjson, csv, markdown, parquet, arrow
        ");
    }
}
