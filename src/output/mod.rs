//! The rows of an answer as programs read them.

mod arrow;
mod csv;
mod json;
mod parquet;
#[cfg(test)]
mod tests;

use std::io::{self, Write};

use crate::answer::Answer;

/// Forms of rows that programs read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// One array of objects.
    Json,
    /// One object per line.
    Ndjson,
    /// Comma-separated values with a header.
    Csv,
    /// A Parquet file.
    Parquet,
    /// An Arrow IPC stream.
    Arrow,
}

impl Encoding {
    /// Bytes rather than text: not for a terminal, and one relation per output.
    pub fn is_binary(self) -> bool {
        matches!(self, Self::Parquet | Self::Arrow)
    }
}

/// Writes the rows of an answer, or of a part of one: Parquet and Arrow take whole answers only.
///
/// # Errors
/// If `out` cannot be written, or the encoding does not have a type of the rows.
pub fn write(answer: &Answer, encoding: Encoding, out: &mut dyn Write) -> io::Result<()> {
    match encoding {
        Encoding::Json => json::write_array(answer, out),
        Encoding::Ndjson => json::write_lines(answer, out),
        Encoding::Csv => csv::write(answer, out),
        Encoding::Parquet => parquet::write(answer, out),
        Encoding::Arrow => arrow::write(answer, out),
    }
}
