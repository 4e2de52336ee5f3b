//! What an import did.

use std::fmt;

use crate::base::error::Error;

/// Rows of one file that were refused for one reason.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// File in the source.
    pub file: String,
    /// Why; the rows differ at most in the value they show.
    pub reason: String,
    /// Lines of a text file, rows of a Parquet file, counted from one.
    pub lines: Vec<u32>,
}

/// Rows of one file that were kept but look odd.
#[derive(Debug, Clone)]
pub struct Oddity {
    /// File in the source.
    pub file: String,
    /// Rows more than five times slower or faster than both neighbours on the innermost axis.
    pub isolated: usize,
    /// Steps along the innermost axis on which the latency falls by more than 5 %.
    pub falling: usize,
}

/// Counts and findings of an import.
#[derive(Debug, Default)]
pub struct ImportReport {
    /// Tables written.
    pub tables: usize,
    /// Measurements in the files. A row that times two phases counts twice.
    pub read: usize,
    /// Measurements written.
    pub kept: usize,
    /// Repetitions of an earlier row with the same coordinates and kernel.
    pub duplicates: usize,
    /// Rows in formats that no lookup reads.
    pub skipped: usize,
    /// Rows refused as wrong.
    pub refused: Vec<Refusal>,
    /// Rows kept but odd.
    pub odd: Vec<Oddity>,
    /// Files that look like tables but hold none that is known.
    pub ignored: Vec<String>,
    /// Files that could not be imported at all.
    pub failed: Vec<Error>,
    /// Tables whose repairs belonged to the rows before.
    pub unrepaired: usize,
    /// Size of the table files read, in bytes.
    pub bytes_before: u64,
    /// Size of the table files written, in bytes.
    pub bytes_after: u64,
}

impl ImportReport {
    /// Number of refused rows.
    pub fn refused_rows(&self) -> usize {
        self.refused.iter().map(|r| r.lines.len()).sum()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 5;
        let shown: Vec<String> = self.lines.iter().take(SHOWN).map(u32::to_string).collect();
        let more = match self.lines.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        write!(f, "{}:{}{more}: {}", self.file, shown.join(","), self.reason)
    }
}

impl fmt::Display for ImportReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MB: f64 = 1e6;
        writeln!(
            f,
            "{} tables, {} rows read, {} kept, {} duplicates dropped, {} of unsupported formats skipped, {} refused",
            self.tables,
            self.read,
            self.kept,
            self.duplicates,
            self.skipped,
            self.refused_rows(),
        )?;
        writeln!(
            f,
            "{:.1} MB read, {:.1} MB written",
            self.bytes_before as f64 / MB,
            self.bytes_after as f64 / MB
        )?;
        if self.unrepaired > 0 {
            let tables = self.unrepaired;
            writeln!(
                f,
                "repairs of {tables} tables belonged to other rows; `aiq systems repair` works them out"
            )?;
        }
        for refusal in &self.refused {
            writeln!(f, "refused[AIQ0602] {refusal}")?;
        }
        for error in &self.failed {
            writeln!(f, "failed[{}] {error}", error.code)?;
        }
        for file in &self.ignored {
            writeln!(f, "ignored {file}: no known table")?;
        }
        let isolated: usize = self.odd.iter().map(|o| o.isolated).sum();
        let falling: usize = self.odd.iter().map(|o| o.falling).sum();
        writeln!(
            f,
            "suspicious but kept: {isolated} rows over 5x off both neighbours, {falling} steps falling over 5 %"
        )?;
        for odd in self.odd.iter().filter(|o| o.isolated > 0) {
            writeln!(
                f,
                "suspicious {}: {} isolated, {} falling",
                odd.file, odd.isolated, odd.falling
            )?;
        }
        Ok(())
    }
}
