//! Filling lines, measured in terminal cells.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::text::printable;

/// `head` and then the items with commas between, broken only between items; later lines are
/// indented to the first item.
pub(super) fn list(head: &str, items: &[String], width: Option<usize>) -> String {
    let items: Vec<String> = items.iter().map(|item| printable(item)).collect();
    fill(head, items.iter().map(String::as_str), ", ", width)
}

/// A paragraph, broken between words; line breaks in it stay.
pub(crate) fn paragraph(text: &str, width: Option<usize>) -> String {
    let lines = text.trim_end().lines().map(|line| {
        let line = printable(line);
        // Aligned text, such as a small table in a note, is left as it is.
        if line.width() <= width.unwrap_or(usize::MAX) || line.contains("   ") {
            return line;
        }
        let body = line.trim_start();
        let indent = &line[..line.len() - body.len()];
        fill(indent, body.split(' '), " ", width)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A text in lines of at most so many cells, broken between words, and within those that are longer.
pub(super) fn cell(text: &str, width: usize) -> String {
    let width = width.max(1);
    let mut lines: Vec<String> = Vec::new();
    let mut used = 0;
    for word in text.split(' ') {
        let fits = !lines.is_empty() && used + 1 + word.width() <= width;
        match lines.last_mut().filter(|_| fits) {
            Some(line) => {
                line.push(' ');
                used += 1;
            }
            None => {
                lines.push(String::new());
                used = 0;
            }
        }
        for c in word.chars() {
            let cells = c.width().unwrap_or(0);
            if used + cells > width {
                lines.push(String::new());
                used = 0;
            }
            if let Some(line) = lines.last_mut() {
                line.push(c);
            }
            used += cells;
        }
    }
    lines.join("\n")
}

fn fill<'a>(
    head: &str,
    items: impl Iterator<Item = &'a str>,
    separator: &str,
    width: Option<usize>,
) -> String {
    let limit = width.unwrap_or(usize::MAX);
    let indent = head.width();
    let mut out = head.to_owned();
    let mut column = indent;
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push_str(separator.trim_end());
            if column + separator.width() + item.width() + 1 > limit {
                out.push('\n');
                out.push_str(&" ".repeat(indent));
                column = indent;
            } else {
                out.push(' ');
                column += separator.width();
            }
        }
        out.push_str(item);
        column += item.width();
    }
    out
}
