//! From published columns to those of an op table: names, values and units.

use std::collections::BTreeMap;

use super::cells::{Builder, Cells, cells_of};
use super::frame::Frame;
use super::layout::Spelling;
use super::published::{Follows, Timing, skipped, source, timings};
use crate::perf::{Column, ColumnSpec, TableSpec};

/// The published column of cached tokens before those that were timed.
const PREFIX: &str = "step";

/// The rows that survive, and what happened to the others.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// In the order of the file.
    pub(super) columns: BTreeMap<&'static str, Column>,
    /// Milliseconds.
    pub(super) latency: Vec<f64>,
    /// Measurements in the file; one line may hold two.
    pub(super) read: usize,
    /// Rows left out because no lookup knows their format.
    pub(super) skipped: usize,
    /// Lines that were refused, and why.
    pub(super) refused: Vec<(u32, String)>,
}

/// Converts a file.
///
/// # Errors
/// What is missing, if a column that decides where a row belongs is not there.
pub(super) fn normalise(
    table: &'static TableSpec,
    frame: &Frame,
    spelling: Spelling,
) -> Result<Rows, String> {
    let mut rows = Rows { refused: frame.broken.clone(), ..Rows::default() };
    rows.read = frame.broken.len();
    let mut builders: BTreeMap<&'static str, Builder> = BTreeMap::new();
    let timings = match spelling {
        Spelling::Own => vec![Timing::plain()],
        Spelling::Published => timings(table),
    };
    for timing in &timings {
        let mut bad: BTreeMap<usize, String> = BTreeMap::new();
        let latency = latency(frame, timing, &mut bad)?;
        let mut cells: Vec<(&ColumnSpec, Cells)> = Vec::new();
        for column in table.columns() {
            let is_note = table.notes.iter().any(|n| n.name == column.name);
            match cells_of(column, frame, timing, spelling) {
                Some(found) => {
                    if !is_note {
                        found.check(column, &mut bad);
                    }
                    cells.push((column, found));
                }
                None if is_note => {}
                None => return Err(format!("it has no column `{}`", source(column).0)),
            }
        }
        if spelling == Spelling::Published {
            check_prefix(table, frame, &mut bad);
        }
        let unsupported = unsupported(table, &cells);
        let keep: Vec<usize> = (0..frame.rows())
            .filter(|row| !bad.contains_key(row) && !unsupported.get(*row).is_some_and(|u| *u))
            .collect();
        rows.read += frame.rows();
        rows.skipped +=
            unsupported.iter().enumerate().filter(|(row, u)| **u && !bad.contains_key(row)).count();
        for (column, found) in &cells {
            let builder = builders.entry(column.name).or_insert_with(|| Builder::new(column.ty));
            builder.push(found, &keep);
        }
        rows.latency.extend(keep.iter().filter_map(|row| latency.get(*row)));
        let lines = bad.into_iter().filter_map(|(row, why)| Some((*frame.lines.get(row)?, why)));
        rows.refused.extend(lines);
    }
    rows.columns = builders.into_iter().map(|(name, b)| (name, b.finish())).collect();
    Ok(rows)
}

fn latency(
    frame: &Frame,
    timing: &Timing,
    bad: &mut BTreeMap<usize, String>,
) -> Result<Vec<f64>, String> {
    let mut total = vec![0.0; frame.rows()];
    for name in &timing.latency {
        let column =
            frame.columns.get(*name).ok_or_else(|| format!("it has no column `{name}`"))?;
        for (sum, value) in total.iter_mut().zip(column.numbers()) {
            *sum += value * timing.unit;
        }
    }
    for (row, value) in total.iter().enumerate() {
        // What is stored has single precision, and must be positive there too.
        let stored = *value as f32;
        if !(stored.is_finite() && stored > 0.0) {
            bad.insert(row, format!("the latency is {value}"));
        }
    }
    Ok(total)
}

/// A table that knows nothing of a prefix cannot hold a row that was measured behind one.
fn check_prefix(table: &TableSpec, frame: &Frame, bad: &mut BTreeMap<usize, String>) {
    let reads_prefix = |column: &ColumnSpec| match source(column) {
        (name, Follows::Same) => name == PREFIX,
        (_, Follows::Sum(other)) => other == PREFIX,
        _ => false,
    };
    if table.columns().any(reads_prefix) {
        return;
    }
    let Some(steps) = frame.columns.get(PREFIX) else {
        return;
    };
    for (row, step) in steps.counts().into_iter().enumerate() {
        if step != Some(0) {
            bad.entry(row).or_insert_with(|| format!("`{PREFIX}` is not 0"));
        }
    }
}

/// The rows in formats that the collections contain and no lookup reads.
fn unsupported(table: &TableSpec, cells: &[(&ColumnSpec, Cells)]) -> Vec<bool> {
    let mut rows = Vec::new();
    for (name, value) in skipped(table) {
        let column = cells.iter().find(|(column, _)| column.name == name);
        let Some((_, Cells::Text { codes, values })) = column else { continue };
        let is_one: Vec<bool> = values.iter().map(|v| v == value).collect();
        rows.resize(codes.len(), false);
        for (row, code) in rows.iter_mut().zip(codes) {
            *row |= is_one.get(*code as usize).copied().unwrap_or(false);
        }
    }
    rows
}
