//! A table for people: light rules, a line of units, numbers to the right.

use std::io::{self, Write};

use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, Table, TableComponent};

use super::columns::{Column, columns, row_count};
use super::fit::{self, fit};
use super::footer::thousands;
use super::wrap;
use crate::Answer;
use crate::shell::{Chrome, Style};

pub(super) fn write(answer: &Answer, out: &mut dyn Write, style: &Style) -> io::Result<()> {
    let total = row_count(answer);
    let shown = total.min(style.max_rows.unwrap_or(usize::MAX));
    let fitted = fit(columns(answer, shown)?, shown, style.width);
    if !fitted.folded.is_empty() {
        let line = wrap::list("in all rows: ", &fitted.folded, style.width);
        writeln!(out, "{}", style.dim(&line))?;
    }
    if !fitted.columns.is_empty() {
        for line in lay_out(&fitted.columns, shown, style).lines() {
            writeln!(out, "{}", line.trim_end())?;
        }
    }
    let mut left_out = Vec::new();
    if total == 0 {
        left_out.push("(no rows)".to_owned());
    } else if fitted.columns.is_empty() {
        left_out.push(format!("({}, every column is NULL)", count(total, "row")));
    }
    if fitted.hidden > 0 {
        left_out.push(format!(
            "({} not shown; \\x or --format record shows all)",
            count(fitted.hidden, "column")
        ));
    }
    if total > shown {
        left_out.push(format!(
            "({} not shown; \\o FILE or a pipe gets all)",
            count(total - shown, "row")
        ));
    }
    for line in left_out {
        writeln!(out, "{}", style.dim(&wrap::paragraph(&line, style.width)))?;
    }
    Ok(())
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
        .set_style(TableComponent::HeaderLines, if style.ascii() { '-' } else { '─' });
    if style.chrome == Chrome::Color {
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
