//! Makes a table narrow enough for the terminal, losing the least.

use unicode_width::UnicodeWidthStr;

use super::columns::Column;
use crate::ui::text::shorten;
use crate::ui::wrap;

/// Space between two columns.
pub(super) const GAP: usize = 2;
/// Tables with fewer columns are not worth folding.
const MANY: usize = 6;
/// Columns that are worth wrapping a text that is read as one.
const FEW: usize = 5;
/// Longer words, such as paths, are broken like any text.
const LONG: usize = 40;
/// Cells of text that a column has at least; longer texts share what room there is.
const LEAST: usize = 20;

/// A table that fits, and what it leaves out.
pub(super) struct Fitted {
    pub(super) columns: Vec<Column>,
    /// `name=value` of the columns with one value in all rows.
    pub(super) folded: Vec<String>,
    /// Columns that found no room.
    pub(super) hidden: usize,
}

/// In this order, as far as needed: columns without any value go, columns with one value are
/// folded into a line, long texts are wrapped into the room that others leave, columns are dropped,
/// those that matter last first.
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
        while columns.len() > FEW && least_width(&columns) > limit {
            columns.pop();
            hidden += 1;
        }
        columns.iter_mut().filter(|c| !c.numeric).for_each(|c| c.unbroken = false);
        while columns.len() > 1 && least_width(&columns) > limit {
            columns.pop();
            hidden += 1;
        }
        wrap_texts(&mut columns, limit);
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
    let lines = column.cells.iter().flatten().flat_map(|cell| cell.lines());
    let cells = lines.map(UnicodeWidthStr::width).max().unwrap_or(1);
    cells.max(head_width(column))
}

fn head_width(column: &Column) -> usize {
    column.name.width().max(column.unit.width()).max(1)
}

/// Words are broken where nothing else helps.
fn longest_word(column: &Column) -> usize {
    let words = column.cells.iter().flatten().flat_map(|cell| cell.split_whitespace());
    words.map(UnicodeWidthStr::width).max().unwrap_or(0).min(LONG)
}

/// Cells a column cannot do without.
fn least(column: &Column) -> usize {
    let own = column_width(column);
    if column.unbroken {
        own
    } else {
        own.min(LEAST.max(head_width(column)).max(longest_word(column)))
    }
}

/// Cells the table takes with long texts as narrow as they may be.
fn least_width(columns: &[Column]) -> usize {
    let sum: usize = columns.iter().map(|column| least(column) + GAP).sum();
    sum.saturating_sub(GAP)
}

/// Wraps long texts, so that each has an equal share of the room that others leave, and none more
/// than it needs.
fn wrap_texts(columns: &mut [Column], limit: usize) {
    let is_long = |column: &Column| !column.numeric && column_width(column) > least(column);
    let gaps = GAP * columns.len().saturating_sub(1);
    let short: usize = columns.iter().filter(|c| !is_long(c)).map(column_width).sum();
    let mut room = limit.saturating_sub(gaps + short);
    let mut long: Vec<&mut Column> = columns.iter_mut().filter(|c| is_long(c)).collect();
    long.sort_by_key(|column| column_width(column));
    let mut left = long.len();
    for column in long {
        let own = column_width(column);
        let share = (room / left.max(1)).max(head_width(column)).min(own).min(limit);
        for cell in column.cells.iter_mut().flatten() {
            *cell = wrap::cell(cell, share);
        }
        room = room.saturating_sub(share);
        left -= 1;
    }
}

fn cut(column: &mut Column, limit: usize) {
    for cell in column.cells.iter_mut().flatten() {
        let lines: Vec<String> = cell.lines().map(|line| shorten(line, limit)).collect();
        *cell = lines.join("\n");
    }
    column.name = shorten(&column.name, limit);
    column.unit = shorten(&column.unit, limit);
}
