//! A Markdown table, numbers rounded as in the terminal.

use std::io::{self, Write};

use super::columns::{Column, columns};
use crate::answer::Answer;

pub(super) fn write(answer: &Answer, out: &mut dyn Write) -> io::Result<()> {
    let rows = answer.row_count();
    let columns = columns(answer, rows)?;
    line(out, columns.iter().map(head))?;
    line(out, columns.iter().map(|c| if c.numeric { "---:" } else { "---" }.to_owned()))?;
    for row in 0..rows {
        line(out, columns.iter().map(|column| escape(column.cell(row))))?;
    }
    Ok(())
}

fn head(column: &Column) -> String {
    let name = escape(&column.name);
    if column.unit.is_empty() { name } else { format!("{name} ({})", escape(&column.unit)) }
}

fn line(out: &mut dyn Write, cells: impl Iterator<Item = String>) -> io::Result<()> {
    write!(out, "|")?;
    for cell in cells {
        write!(out, " {cell} |")?;
    }
    writeln!(out)
}

/// Line breaks and other controls are escaped already; what is left is what Markdown and the
/// HTML behind it would read as markup. An underscore inside a word is not.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '|' | '\\' | '`' | '*' | '[' => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out
}
