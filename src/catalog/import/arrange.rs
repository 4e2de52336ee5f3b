//! Order, duplicates and oddities of a table's rows.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::normalise::Rows;
use super::published::is_corrected;
use crate::perf::{Column, RawTable, TableSpec};

/// A falling step smaller than this is noise.
const NOISE: f64 = 0.05;
/// A row this many times slower (or faster) than both neighbours is suspicious.
const ISOLATED: f64 = 5.0;

/// A table in stored order, and what was found on the way.
#[derive(Debug)]
pub(super) struct Arranged {
    pub(super) raw: RawTable,
    pub(super) duplicates: usize,
    /// Rows far from both neighbours along the innermost axis.
    pub(super) isolated: usize,
    /// Steps along the innermost axis on which the latency falls beyond noise.
    pub(super) falling: usize,
}

/// Sorts by keys, then axes, keeping the order of the file among equals, and drops rows that
/// repeat another of the same kernel.
pub(super) fn arrange(table: &'static TableSpec, rows: &Rows) -> Arranged {
    let column = |name: &str| rows.columns.get(name);
    let coordinates: Vec<&Column> =
        table.keys.iter().chain(table.axes).filter_map(|c| column(c.name)).collect();
    let compare = |a: usize, b: usize| {
        let each = coordinates.iter().map(|c| compare_cells(c, a, b));
        each.fold(Ordering::Equal, Ordering::then)
    };
    let mut order: Vec<usize> = (0..rows.latency.len()).collect();
    order.sort_by(|a, b| {
        for column in &coordinates {
            match compare_cells(column, *a, *b) {
                Ordering::Equal => {}
                decided => return decided,
            }
        }
        Ordering::Equal
    });
    let kernel = column("kernel");
    let is_same_kernel =
        |a: usize, b: usize| kernel.is_none_or(|k| compare_cells(k, a, b) == Ordering::Equal);
    let mut kept: Vec<usize> = Vec::with_capacity(order.len());
    for group in order.chunk_by(|a, b| compare(*a, *b) == Ordering::Equal) {
        let start = kept.len();
        // Where a collection appends corrections the last counts; elsewhere a repetition is a second
        // measurement of the same thing.
        let corrected: Vec<usize>;
        let group = if is_corrected(table) {
            corrected = group.iter().rev().copied().collect();
            &corrected
        } else {
            group
        };
        for row in group {
            let seen = kept.get(start..).unwrap_or_default();
            if !seen.iter().any(|earlier| is_same_kernel(*earlier, *row)) {
                kept.push(*row);
            }
        }
    }
    let duplicates = order.len() - kept.len();
    let latency: Vec<f64> = kept.iter().filter_map(|r| rows.latency.get(*r).copied()).collect();
    let columns: BTreeMap<String, Column> =
        rows.columns.iter().map(|(name, c)| ((*name).to_owned(), pick(c, &kept))).collect();
    let raw = RawTable {
        rows: kept.len(),
        columns,
        latency: latency.iter().map(|v| *v as f32).collect(),
        ..RawTable::default()
    };
    let (isolated, falling) = oddities(table, &raw, &latency);
    Arranged { raw, duplicates, isolated, falling }
}

fn compare_cells(column: &Column, a: usize, b: usize) -> Ordering {
    match column {
        Column::Int(values) => values.get(a).cmp(&values.get(b)),
        Column::Text { codes, .. } => codes.get(a).cmp(&codes.get(b)),
    }
}

/// The rows `kept` of a column, with only the names that occur in them.
fn pick(column: &Column, kept: &[usize]) -> Column {
    match column {
        Column::Int(values) => {
            Column::Int(kept.iter().filter_map(|r| values.get(*r).copied()).collect())
        }
        Column::Text { codes, values } => {
            let codes: Vec<u32> = kept.iter().filter_map(|r| codes.get(*r).copied()).collect();
            let mut is_used = vec![false; values.len()];
            for code in &codes {
                if let Some(used) = is_used.get_mut(*code as usize) {
                    *used = true;
                }
            }
            let mut next = 0;
            let renumbered: Vec<u32> = is_used
                .iter()
                .map(|used| {
                    let code = next;
                    next += u32::from(*used);
                    code
                })
                .collect();
            let used = values.iter().zip(&is_used).filter(|(_, u)| **u);
            let codes = codes.iter().filter_map(|c| renumbered.get(*c as usize).copied()).collect();
            Column::Text { codes, values: used.map(|(v, _)| v.clone()).collect() }
        }
    }
}

fn oddities(table: &TableSpec, raw: &RawTable, latency: &[f64]) -> (usize, usize) {
    let Some((inner, outer)) = table.axes.split_last() else {
        return (0, 0);
    };
    let fixed: Vec<&Column> =
        table.keys.iter().chain(outer).filter_map(|c| raw.columns.get(c.name)).collect();
    let Some(axis) = raw.columns.get(inner.name) else {
        return (0, 0);
    };
    let is_neighbour = |a: usize, b: usize| {
        fixed.iter().all(|c| compare_cells(c, a, b) == Ordering::Equal)
            && compare_cells(axis, a, b) == Ordering::Less
    };
    let (mut isolated, mut falling) = (0, 0);
    let mut before: Option<f64> = None;
    for row in 0..raw.rows {
        let Some(here) = latency.get(row).copied() else {
            break;
        };
        let after = latency.get(row + 1).copied().filter(|_| is_neighbour(row, row + 1));
        if after.is_some_and(|after| after < here * (1.0 - NOISE)) {
            falling += 1;
        }
        if let Some((before, after)) = before.zip(after) {
            let (low, high) = (before.min(after), before.max(after));
            if here > ISOLATED * high || here * ISOLATED < low {
                isolated += 1;
            }
        }
        before = after.map(|_| here);
    }
    (isolated, falling)
}
