//! Makes a table narrow enough for the terminal, losing the least.

use unicode_width::UnicodeWidthStr;

use super::columns::Column;
use crate::ui::text::shorten;

/// Space between two columns.
pub(super) const GAP: usize = 2;
/// Tables with fewer columns are not worth folding.
const MANY: usize = 6;
/// Cells of text that a column keeps when room is short.
const SHORT: usize = 40;

/// A table that fits, and what it leaves out.
pub(super) struct Fitted {
    pub(super) columns: Vec<Column>,
    /// `name=value` of the columns with one value in all rows.
    pub(super) folded: Vec<String>,
    /// Columns that found no room.
    pub(super) hidden: usize,
}

/// In this order, as far as needed: columns without any value go, columns with one value are
/// folded into a line, long texts are cut, columns are dropped, those that matter last first.
pub(super) fn fit(mut columns: Vec<Column>, rows: usize, limit: Option<usize>) -> Fitted {
    if rows > 0 {
        columns.retain(|column| !column.is_all_null());
    }
    let limit = limit.unwrap_or(usize::MAX);
    let mut folded = Vec::new();
    let mut hidden = 0;
    if width(&columns) > limit && rows >= 2 && columns.len() >= MANY {
        let varies = columns.iter().any(|column| !column.uniform);
        columns.retain(|column| {
            // Identical rows still need something to stand in them.
            let fold = varies && column.uniform;
            if fold {
                folded.push(format!("{}={}", column.name, column.with_unit(0)));
            }
            !fold
        });
    }
    if width(&columns) > limit {
        columns.sort_by_key(|column| column.place);
        for column in columns.iter_mut().filter(|column| !column.numeric) {
            cut(column, SHORT.min(limit));
        }
    }
    while columns.len() > 1 && width(&columns) > limit {
        columns.pop();
        hidden += 1;
    }
    if width(&columns) > limit {
        columns.iter_mut().for_each(|column| cut(column, limit));
    }
    Fitted { columns, folded, hidden }
}

/// Cells the table takes.
pub(super) fn width(columns: &[Column]) -> usize {
    let sum: usize = columns.iter().map(|column| column_width(column) + GAP).sum();
    sum.saturating_sub(GAP)
}

fn column_width(column: &Column) -> usize {
    let cells = column.cells.iter().flatten().map(|cell| cell.width()).max().unwrap_or(1);
    cells.max(column.name.width()).max(column.unit.width()).max(1)
}

fn cut(column: &mut Column, limit: usize) {
    for cell in column.cells.iter_mut().flatten() {
        *cell = shorten(cell, limit);
    }
    column.name = shorten(&column.name, limit);
    column.unit = shorten(&column.unit, limit);
}
