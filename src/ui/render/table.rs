//! A table for people: light rules, a line of units, numbers to the right.

use std::io::{self, Write};

use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, Table, TableComponent};

use super::columns::{Column, columns};
use super::fit::{self, Fitted, fit};
use super::footer::thousands;
use crate::answer::Answer;
use crate::ui::style::Style;
use crate::ui::wrap;

/// The first rows.
pub(super) fn write(answer: &Answer, out: &mut dyn Write, style: &Style) -> io::Result<()> {
    let total = answer.row_count();
    if total == 0 {
        return dim("(no rows)", out, style);
    }
    let shown = total.min(style.max_rows.unwrap_or(usize::MAX));
    section(fit(columns(answer, shown)?, shown, style.width), shown, out, style)?;
    let remark = match total - shown {
        0 => return Ok(()),
        rest => format!("({} not shown; \\o FILE or a pipe gets all)", count(rest, "row")),
    };
    dim(&remark, out, style)
}

/// Whether every column finds room.
pub(super) fn fits(answer: &Answer, style: &Style) -> io::Result<bool> {
    let shown = answer.row_count().min(style.max_rows.unwrap_or(usize::MAX));
    Ok(fit(columns(answer, shown)?, shown, style.width).hidden == 0)
}

fn section(fitted: Fitted, rows: usize, out: &mut dyn Write, style: &Style) -> io::Result<()> {
    if !fitted.folded.is_empty() {
        writeln!(out, "{}", style.dim(&wrap::list("in all rows: ", &fitted.folded, style.width)))?;
    }
    for line in lay_out(&fitted.columns, rows, style).lines().filter(|_| !fitted.columns.is_empty())
    {
        writeln!(out, "{}", line.trim_end())?;
    }
    if fitted.columns.is_empty() && rows > 0 {
        dim(&format!("({}, every column is NULL)", count(rows, "row")), out, style)?;
    }
    if fitted.hidden > 0 {
        let columns = count(fitted.hidden, "column");
        dim(&format!("({columns} not shown; \\x or --format record shows all)"), out, style)?;
    }
    Ok(())
}

fn dim(line: &str, out: &mut dyn Write, style: &Style) -> io::Result<()> {
    writeln!(out, "{}", style.dim(&wrap::paragraph(line, style.width)))
}

fn count(number: usize, noun: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{} {noun}{s}", thousands(number as u64))
}

fn lay_out(columns: &[Column], rows: usize, style: &Style) -> Table {
    let mut table = Table::new();
    table
        .load_preset(comfy_table::presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_style(TableComponent::HeaderLines, if style.is_ascii() { '-' } else { '─' });
    if style.is_colored() {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    let units = columns.iter().any(|column| !column.unit.is_empty());
    table.set_header(columns.iter().map(|column| {
        let text =
            if units { format!("{}\n{}", column.name, column.unit) } else { column.name.clone() };
        aligned(Cell::new(text), column).add_attribute(Attribute::Bold)
    }));
    for row in 0..rows {
        table.add_row(columns.iter().map(|column| aligned(Cell::new(column.cell(row)), column)));
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        let gap = if index + 1 == columns.len() { 0 } else { fit::GAP as u16 };
        column.set_padding((0, gap));
    }
    table
}

fn aligned(cell: Cell, column: &Column) -> Cell {
    cell.set_alignment(if column.numeric { CellAlignment::Right } else { CellAlignment::Left })
}
