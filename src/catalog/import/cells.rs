//! The cells of one column: from published values, and as they are stored.

use std::collections::BTreeMap;

use super::frame::{Frame, Interner, NO_TEXT, Values};
use super::layout::Spelling;
use super::published::{Follows, Timing, source, stored};
use crate::catalog::store;
use crate::perf::{Column, ColumnSpec, ColumnType, absent};

/// The rows of one column, not yet filtered.
pub(super) enum Cells {
    Int(Vec<Option<i32>>),
    Text { codes: Vec<u32>, values: Vec<String> },
}

impl Cells {
    /// Notes rows that have no value.
    pub(super) fn check(&self, column: &ColumnSpec, bad: &mut BTreeMap<usize, String>) {
        let name = source(column).0;
        match self {
            Self::Int(values) => {
                for (row, _) in values.iter().enumerate().filter(|(_, v)| v.is_none()) {
                    let why = || format!("`{name}` is not a count");
                    bad.entry(row).or_insert_with(why);
                }
            }
            Self::Text { codes, .. } => {
                for (row, _) in codes.iter().enumerate().filter(|(_, c)| **c == NO_TEXT) {
                    bad.entry(row).or_insert_with(|| format!("`{name}` is empty"));
                }
            }
        }
    }
}

/// The cells of a column; `None` if the file has none that they follow from.
pub(super) fn cells_of(
    column: &ColumnSpec,
    frame: &Frame,
    timing: &Timing,
    spelling: Spelling,
) -> Option<Cells> {
    let rows = frame.rows();
    let raw = |name: &str| frame.columns.get(name);
    if spelling == Spelling::Own {
        return raw(column.name).map(|found| plain(column, found));
    }
    let counts = |name: &str| raw(name).map(Values::counts);
    let both = |a: &str, b: &str, f: &dyn Fn(i32, i32) -> Option<i32>| {
        let pairs = counts(a)?.into_iter().zip(counts(b)?);
        Some(Cells::Int(pairs.map(|(a, b)| f(a?, b?)).collect()))
    };
    let (name, follows) = source(column);
    match (column.name, follows) {
        ("kv_heads", _) => {
            both(name, "num_heads", &|kv, heads| Some(if kv == heads { 0 } else { kv }))
        }
        ("sms", _) => counts(timing.sms).map(Cells::Int),
        ("phase", _) if timing.phase.is_some() => timing.phase.map(|phase| same(phase, rows)),
        (_, Follows::Product(other)) => both(name, other, &i32::checked_mul),
        (_, Follows::Sum(other)) if raw(other).is_some() => both(name, other, &i32::checked_add),
        (_, Follows::Share(whole, by)) if raw(name).is_none() => {
            let share = |by: Option<i32>| by.filter(|by| *by > 0).map(|by| whole / by);
            Some(Cells::Int(counts(by)?.into_iter().map(share).collect()))
        }
        _ => match raw(name) {
            Some(found) => Some(plain(column, found)),
            None => absent(column).map(|value| match column.ty {
                ColumnType::Int => Cells::Int(vec![value.parse().ok(); rows]),
                ColumnType::Text => same(value, rows),
            }),
        },
    }
}

/// Published values as they are, words as they are stored.
fn plain(column: &ColumnSpec, found: &Values) -> Cells {
    match column.ty {
        ColumnType::Int => Cells::Int(found.counts()),
        ColumnType::Text => {
            let (codes, values) = found.names();
            let values = values.iter().map(|v| stored(column.name, v).into_owned()).collect();
            Cells::Text { codes: codes.to_vec(), values }
        }
    }
}

fn same(value: &str, rows: usize) -> Cells {
    Cells::Text { codes: vec![0; rows], values: vec![value.to_owned()] }
}

/// A column of the rows that are kept.
pub(super) enum Builder {
    Int(Vec<i32>),
    Text(Vec<u32>, Interner),
}

impl Builder {
    pub(super) fn new(ty: ColumnType) -> Self {
        match ty {
            ColumnType::Int => Self::Int(Vec::new()),
            ColumnType::Text => Self::Text(Vec::new(), Interner::default()),
        }
    }

    /// Appends the kept rows. A missing note becomes 0 or the empty name.
    pub(super) fn push(&mut self, cells: &Cells, keep: &[usize]) {
        match (self, cells) {
            (Self::Int(all), Cells::Int(values)) => {
                all.extend(keep.iter().map(|r| values.get(*r).copied().flatten().unwrap_or(0)));
            }
            (Self::Text(all, interner), Cells::Text { codes, values }) => {
                let mut map: Vec<Option<u32>> = vec![None; values.len()];
                for row in keep {
                    let code = codes.get(*row).map_or(usize::MAX, |c| *c as usize);
                    let code = match map.get_mut(code).zip(values.get(code)) {
                        Some((known, name)) => *known.get_or_insert_with(|| interner.code(name)),
                        None => interner.code(""),
                    };
                    all.push(code);
                }
            }
            _ => {}
        }
    }

    pub(super) fn finish(self) -> Column {
        match self {
            Self::Int(values) => Column::Int(values),
            Self::Text(codes, interner) => store::sorted(codes, interner.values),
        }
    }
}
