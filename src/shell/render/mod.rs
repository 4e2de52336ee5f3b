//! Answers as text or bytes: one file per format.

mod arrow;
mod cell;
mod columns;
mod csv;
mod fit;
mod footer;
mod json;
mod markdown;
mod parquet;
mod record;
mod records;
mod table;
mod wrap;

#[cfg(test)]
mod tests;

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;
use std::time::Instant;

use crate::error::nearest;
use crate::shell::Style;
use crate::shell::chart;
use crate::{Answer, Error};

pub(crate) use cell::printable;
pub use footer::line as footer_line;
pub(crate) use wrap::paragraph;

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

    /// Read by programs: the output holds rows only, and everything said beside them goes to
    /// standard error.
    pub fn is_machine(self) -> bool {
        !matches!(self, Self::Table | Self::Auto | Self::Record | Self::Markdown)
    }

    /// Bytes rather than text: not for a terminal, and one relation per output.
    pub fn is_binary(self) -> bool {
        matches!(self, Self::Parquet | Self::Arrow)
    }

    /// Whether an answer can be written in parts as they come.
    pub(crate) fn takes_parts(self) -> bool {
        matches!(self, Self::Json | Self::Ndjson | Self::Csv)
    }

    /// Refuses bytes on a terminal before anything is computed.
    pub fn check(self, style: &Style) -> crate::Result<()> {
        if self.is_binary() && style.terminal {
            let message = format!("format `{self}` is binary and the output is a terminal");
            return Err(Error::question("AIQ0651", message)
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
        let mut error = Error::question("AIQ0652", format!("no format is called `{text}`"));
        if let Some(name) = nearest(&wanted, names) {
            error = error.help(format!("the nearest name is `{name}`"));
        }
        Err(error.help(format!("formats: {}", names.join(", "))))
    }
}

/// The rows of an answer as comma-separated values.
///
/// # Errors
/// Only if `out` cannot be written.
pub fn csv(answer: &Answer, out: &mut dyn Write) -> io::Result<()> {
    csv::write(answer, out)
}

/// Writes an answer. The machine formats write its rows only; see [`write_remarks`].
pub fn write(
    answer: &Answer,
    format: Format,
    out: &mut dyn Write,
    style: &Style,
) -> io::Result<()> {
    format.check(style).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    let rows = !answer.schema.fields().is_empty();
    if format.is_machine() {
        return match format {
            // A statement such as `set` gives no relation, so a program sees nothing of it.
            _ if !rows => Ok(()),
            Format::Json => json::write_array(answer, out),
            Format::Ndjson => json::write_lines(answer, out),
            Format::Csv => csv::write(answer, out),
            Format::Parquet => parquet::write(answer, out),
            _ => arrow::write(answer, out),
        };
    }
    // Where nothing is feasible, the reasons say more than a table without rows.
    let rows = rows && (answer.feasible || answer.row_count() > 0);
    let start = Instant::now();
    let format = match format {
        Format::Auto if answer.chart.is_some() || table::fits(answer, style)? => Format::Table,
        Format::Auto => Format::Record,
        format => format,
    };
    // Rendered before anything is written, so that the footer knows the time.
    let mut body = Vec::new();
    match (&answer.chart, format) {
        (Some(picture), Format::Table) => {
            body.write_all(chart::text(picture, style).as_bytes())?;
        }
        _ if !rows => {}
        (_, Format::Table) => {
            table::write(answer, &mut body, style)?;
            if style.terminal {
                body.write_all(chart::bars(&answer.bars, style).as_bytes())?;
            }
        }
        (_, Format::Record) => record::write(answer, &mut body, style)?,
        _ => markdown::write(answer, &mut body)?,
    }
    let render = start.elapsed();
    let gap = |out: &mut dyn Write| {
        if format == Format::Markdown { writeln!(out) } else { Ok(()) }
    };
    if !answer.assumptions.is_empty() {
        let text = wrap::list("assumed: ", &answer.assumptions, style.width);
        writeln!(out, "{}", style.dim(&text))?;
        gap(out)?;
    }
    out.write_all(&body)?;
    for note in &answer.notes {
        gap(out)?;
        writeln!(out, "{}", wrap::paragraph(note, style.width))?;
    }
    if let Some(footer) = &answer.footer {
        gap(out)?;
        let line = footer::line(footer, style.timing.then_some(render));
        writeln!(out, "{}", style.dim(&wrap::paragraph(&line, style.width)))?;
    }
    Ok(())
}

/// Writes what belongs beside the rows of a machine format: assumptions, notes, the footer. For
/// the other formats [`write()`] has done so.
pub fn write_remarks(
    answer: &Answer,
    format: Format,
    err: &mut dyn Write,
    style: &Style,
) -> io::Result<()> {
    if !format.is_machine() {
        return Ok(());
    }
    let text = remarks(answer, style);
    if text.is_empty() { Ok(()) } else { writeln!(err, "{text}") }
}

/// Assumptions, notes and the footer of an answer as lines, without times.
pub(crate) fn remarks(answer: &Answer, style: &Style) -> String {
    let mut lines = Vec::new();
    if !answer.assumptions.is_empty() {
        lines.push(wrap::list("assumed: ", &answer.assumptions, style.width));
    }
    let footer = answer.footer.as_ref().map(|f| footer::line(f, None));
    let notes = answer.notes.iter().cloned().chain(footer);
    lines.extend(notes.map(|note| wrap::paragraph(&note, style.width)));
    lines.join("\n")
}
