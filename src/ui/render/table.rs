//! A table for people: light rules, a line of units, numbers to the right.

use std::io::{self, Write};

use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, Table, TableComponent};

use super::columns::{Column, columns, groups};
use super::fit::{self, Fitted, fit};
use super::footer::thousands;
use crate::answer::Answer;
use crate::ui::style::Style;
use crate::ui::wrap;

/// One table; where it finds no room, one of each serving mode.
pub(super) fn write(answer: &Answer, out: &mut dyn Write, style: &Style) -> io::Result<()> {
    let total = answer.row_count();
    let shown = total.min(style.max_rows.unwrap_or(usize::MAX));
    let columns = columns(answer, shown)?;
    let fitted = fit(columns.clone(), shown, style.width);
    let groups = if fitted.hidden > 0 { groups(&columns, shown) } else { Vec::new() };
    // One row is of more use among the others than in a table of its own.
    if groups.len() > 1 && shown >= 2 * groups.len() {
        for (index, (name, columns)) in groups.into_iter().enumerate() {
            if index > 0 {
                writeln!(out)?;
            }
            let rows = columns.first().map_or(0, |column| column.cells.len());
            section(
                &format!("in all {name} rows: "),
                fit(columns, rows, style.width),
                rows,
                out,
                style,
            )?;
        }
    } else {
        section("in all rows: ", fitted, shown, out, style)?;
    }
    let remark = match total - shown {
        _ if total == 0 => "(no rows)".to_owned(),
        0 => return Ok(()),
        rest => format!("({} not shown; \\o FILE or a pipe gets all)", count(rest, "row")),
    };
    dim(&remark, out, style)
}

/// Whether every column finds room, in one table or in one of each serving mode.
pub(super) fn fits(answer: &Answer, style: &Style) -> io::Result<bool> {
    let shown = answer.row_count().min(style.max_rows.unwrap_or(usize::MAX));
    let columns = columns(answer, shown)?;
    let whole = |columns: Vec<Column>| {
        let rows = columns.first().map_or(0, |column| column.cells.len());
        fit(columns, rows, style.width).hidden == 0
    };
    if whole(columns.clone()) {
        return Ok(true);
    }
    let groups = groups(&columns, shown);
    Ok(groups.len() > 1
        && shown >= 2 * groups.len()
        && groups.into_iter().all(|(_, columns)| whole(columns)))
}

fn section(
    head: &str,
    fitted: Fitted,
    rows: usize,
    out: &mut dyn Write,
    style: &Style,
) -> io::Result<()> {
    if !fitted.folded.is_empty() {
        writeln!(out, "{}", style.dim(&wrap::list(head, &fitted.folded, style.width)))?;
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
