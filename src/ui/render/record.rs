//! One block of `column = value unit` lines per row: nothing is left out.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::columns::columns;
use crate::answer::Answer;
use crate::ui::style::Style;

pub(super) fn write(answer: &Answer, out: &mut dyn Write, style: &Style) -> io::Result<()> {
    let rows = answer.row_count();
    let columns = columns(answer, rows)?;
    let names = columns.iter().map(|column| column.name.width()).max().unwrap_or(0);
    let rule = if style.is_ascii() { "-" } else { "─" };
    for row in 0..rows {
        let head = format!("{} row {} ", rule.repeat(2), row + 1);
        let rest = 40_usize.saturating_sub(head.width());
        writeln!(out, "{}", style.dim(&format!("{head}{}", rule.repeat(rest))))?;
        for column in &columns {
            let pad = " ".repeat(names - column.name.width());
            writeln!(out, "{}{pad} = {}", style.bold(&column.name), column.with_unit(row))?;
        }
    }
    if rows == 0 {
        writeln!(out, "{}", style.dim("(no rows)"))?;
    }
    Ok(())
}
