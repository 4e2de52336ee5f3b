//! How published collections hold the tables, read from `models/measurements`: names of files, columns
//! that follow from others, times, and words.

use std::borrow::Cow;

use crate::base::tsv::{self, Row};
use crate::perf::{ColumnSpec, TableSpec, table};

const PUBLISHED_TSV: &str = include_str!("../../../models/measurements/published.tsv");
const TIMINGS_TSV: &str = include_str!("../../../models/measurements/timings.tsv");
const SPELLINGS_TSV: &str = include_str!("../../../models/measurements/spellings.tsv");

/// The table whose published files are called so.
pub(super) fn table_of(stem: &str) -> Option<&'static TableSpec> {
    let goes_by = |row: &Row| row.get("files").split_whitespace().any(|name| name == stem);
    table(tsv::rows(PUBLISHED_TSV).find(goes_by)?.get("table"))
}

/// Whether a directory groups tables.
pub(super) fn is_family(directory: &str) -> bool {
    tsv::rows(PUBLISHED_TSV).any(|row| row.get("family") == directory)
}

/// Whether of rows that repeat another the last counts.
pub(super) fn is_corrected(table: &TableSpec) -> bool {
    published(table).is_some_and(|row| row.get("repeated") == "last")
}

/// Values of columns that no lookup reads.
pub(super) fn skipped(table: &TableSpec) -> Vec<(&'static str, &'static str)> {
    let words = published(table).map_or("", |row| row.get("skipped"));
    words.split_whitespace().filter_map(|word| word.split_once('=')).collect()
}

fn published(table: &TableSpec) -> Option<Row> {
    tsv::rows(PUBLISHED_TSV).find(|row| row.get("table") == table.name)
}

/// One measurement of a published row: most have one, the two phases of an exchange share a row.
pub(super) struct Timing {
    /// The phase, where the row itself does not say.
    pub(super) phase: Option<&'static str>,
    /// Columns to add up.
    pub(super) latency: Vec<&'static str>,
    /// Milliseconds per unit.
    pub(super) unit: f64,
    /// The column that holds the number of multiprocessors.
    pub(super) sms: &'static str,
}

impl Timing {
    /// Milliseconds in a column of their own.
    pub(super) fn plain() -> Self {
        Self { phase: None, latency: vec!["latency"], unit: 1.0, sms: "sms" }
    }

    fn of(row: Row) -> Self {
        Self {
            phase: Some(row.get("phase")).filter(|phase| !phase.is_empty()),
            latency: row.get("latency").split_whitespace().collect(),
            unit: if row.get("unit") == "us" { 1e-3 } else { 1.0 },
            sms: row.get("sms"),
        }
    }
}

/// The measurements of each published row of a table.
pub(super) fn timings(table: &TableSpec) -> Vec<Timing> {
    let own = tsv::rows(TIMINGS_TSV).filter(|row| row.get("table") == table.name);
    let own: Vec<Timing> = own.map(Timing::of).collect();
    if own.is_empty() { vec![Timing::plain()] } else { own }
}

/// How the values of a column follow from published ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Follows {
    /// They are those of a column.
    Same,
    /// The product with another.
    Product(&'static str),
    /// The sum with another, where there is one.
    Sum(&'static str),
    /// Where there is no such column: the share of a whole by another.
    Share(i32, &'static str),
}

/// The published column behind one of ours, and how ours follows from it.
pub(super) fn source(column: &ColumnSpec) -> (&'static str, Follows) {
    let published = column.published;
    if let Some((name, other)) = published.split_once('*') {
        return (name, Follows::Product(other));
    }
    if let Some((name, other)) = published.split_once('+') {
        return (name, Follows::Sum(other));
    }
    let share = published.split_once('|').and_then(|(name, share)| {
        let (whole, by) = share.split_once('/')?;
        Some((name, Follows::Share(whole.parse().ok()?, by)))
    });
    share.unwrap_or((published, Follows::Same))
}

/// A word as it is stored.
pub(super) fn stored<'w>(column: &str, word: &'w str) -> Cow<'w, str> {
    for row in tsv::rows(SPELLINGS_TSV).filter(|row| row.get("column") == column) {
        match row.get("published").strip_suffix('*') {
            None if row.get("published") == word => return row.get("stored").into(),
            None => {}
            Some(start) => {
                if let Some(rest) = word.strip_prefix(start) {
                    return row.get("stored").replace('*', rest).into();
                }
            }
        }
    }
    word.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::perf::TABLES;

    #[test]
    fn every_table_is_published_and_every_line_is_about_a_table() {
        for table in TABLES.iter() {
            assert!(published(table).is_some(), "{}", table.name);
        }
        for lines in [PUBLISHED_TSV, TIMINGS_TSV] {
            for row in tsv::rows(lines) {
                assert!(table(row.get("table")).is_some(), "{}", row.get("table"));
            }
        }
    }

    #[test]
    fn words_and_columns_are_read_as_they_are_written() {
        assert_eq!(stored("kv", "fp8_e4m3"), "fp8");
        assert_eq!(stored("kernel", "float16"), "float16");
        assert_eq!(stored("phase", "alltoall_combine_low_precision"), "combine_low_precision");
        let of = |name: &str, wanted: &str| {
            let table = table(name).unwrap();
            source(table.columns().find(|column| column.name == wanted).unwrap())
        };
        assert_eq!(of("context_mla", "heads"), ("num_heads", Follows::Share(128, "tp_size")));
        assert_eq!(of("generation_mla", "seq"), ("isl", Follows::Sum("step")));
        assert_eq!(
            of("dsv4_hca_context_module", "native_heads"),
            ("num_heads", Follows::Product("tp_size"))
        );
        assert_eq!(of("gemm", "quant"), ("gemm_dtype", Follows::Same));
    }
}
