//! One block of `column = value unit` lines per row, but for columns without a value in any.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::columns::columns;
use crate::answer::Answer;
use crate::ui::style::Style;

pub(super) fn write(answer: &Answer, out: &mut dyn Write, style: &Style) -> io::Result<()> {
    let rows = answer.row_count();
    let mut columns = columns(answer, rows)?;
    let all = columns.len();
    columns.retain(|column| rows == 0 || !column.is_all_null());
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
    if columns.len() < all {
        let empty = all - columns.len();
        let s = if empty == 1 { "" } else { "s" };
        writeln!(out, "{}", style.dim(&format!("({empty} column{s} without a value)")))?;
    }
    if rows == 0 {
        writeln!(out, "{}", style.dim("(no rows)"))?;
    }
    Ok(())
}
