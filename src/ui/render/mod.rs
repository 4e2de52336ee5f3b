//! Answers on a terminal: one file per format.

mod columns;
mod fit;
mod footer;
mod markdown;
mod record;
mod records;
mod rounding;
mod table;
#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::time::{Duration, Instant};

use super::format::Format;
use super::style::Style;
use super::{bars, plot, wrap};
use crate::answer::Answer;
use crate::chart::Drawing;
use crate::output;

pub use footer::line as footer_line;

/// Writes an answer. The machine formats write its rows only; see [`write_remarks`].
///
/// # Errors
/// If `out` cannot be written, or is a terminal and the format binary.
pub fn write(
    answer: &Answer,
    format: Format,
    out: &mut dyn Write,
    style: &Style,
) -> io::Result<()> {
    format.check(style).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    match format.encoding() {
        // A statement such as `set` gives no relation, so a program sees nothing of it.
        Some(_) if answer.schema.fields().is_empty() => Ok(()),
        Some(encoding) => output::write(answer, encoding, out),
        None => for_people(answer, format, out, style),
    }
}

fn for_people(
    answer: &Answer,
    format: Format,
    out: &mut dyn Write,
    style: &Style,
) -> io::Result<()> {
    let start = Instant::now();
    let format = match format {
        Format::Auto if is_scatter(answer) || table::fits(answer, style)? => Format::Table,
        Format::Auto => Format::Record,
        // One row is read as a record where its columns do not stand side by side.
        Format::Table
            if answer.row_count() == 1 && !is_scatter(answer) && !table::fits(answer, style)? =>
        {
            Format::Record
        }
        format => format,
    };
    // Rendered before anything is written, so that the footer knows the time.
    let body = match (format, &answer.readable) {
        (Format::Table, Some(rows)) => {
            let readable =
                Answer { schema: rows.schema(), batches: vec![rows.clone()], ..answer.clone() };
            body(&readable, format, style)?
        }
        _ => body(answer, format, style)?,
    };
    let render = start.elapsed();
    // Paragraphs of Markdown are separated by empty lines.
    let gap = if format == Format::Markdown { "\n" } else { "" };
    if let Some(headline) = &answer.headline {
        writeln!(out, "{}\n", style.bold(&wrap::paragraph(headline, style.width)))?;
    }
    out.write_all(&body)?;
    for note in &answer.notes {
        writeln!(out, "{gap}{}", wrap::paragraph(note, style.width))?;
    }
    if !answer.assumptions.is_empty() {
        writeln!(out, "{gap}{}", style.dim(&assumptions(answer, style)))?;
    }
    if let Some(line) = footer(answer, style.timing.then_some(render)) {
        writeln!(out, "{gap}{}", style.dim(&wrap::paragraph(&line, style.width)))?;
    }
    Ok(())
}

/// The rows of an answer, or the picture in place of them.
fn body(answer: &Answer, format: Format, style: &Style) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    // Where nothing is feasible, the reasons are of more use than a table without rows.
    let rows = !answer.schema.fields().is_empty() && (answer.feasible || answer.row_count() > 0);
    match (format, &answer.drawing) {
        (Format::Table, Some(Drawing::Scatter(chart))) => {
            body.write_all(plot::draw(chart, style).as_bytes())?;
        }
        _ if !rows => {}
        (Format::Table, drawing) => {
            table::write(answer, &mut body, style)?;
            if let Some(Drawing::Shares(shares)) = drawing
                && style.terminal
            {
                body.write_all(bars::draw(shares, style).as_bytes())?;
            }
        }
        (Format::Record, _) => record::write(answer, &mut body, style)?,
        _ => markdown::write(answer, &mut body)?,
    }
    Ok(body)
}

fn is_scatter(answer: &Answer) -> bool {
    matches!(answer.drawing, Some(Drawing::Scatter(_)))
}

/// Writes what belongs beside the rows of a machine format: assumptions, notes, the footer. For
/// the other formats [`write()`] has done so.
///
/// # Errors
/// If `err` cannot be written.
pub fn write_remarks(
    answer: &Answer,
    format: Format,
    err: &mut dyn Write,
    style: &Style,
) -> io::Result<()> {
    if !format.is_machine() {
        return Ok(());
    }
    let text = remarks(answer, style);
    if text.is_empty() { Ok(()) } else { writeln!(err, "{text}") }
}

/// Assumptions, notes and the footer of an answer as lines, without times.
pub(crate) fn remarks(answer: &Answer, style: &Style) -> String {
    let paragraph = |text: &String| wrap::paragraph(text, style.width);
    let mut lines: Vec<String> =
        answer.headline.iter().chain(&answer.notes).map(paragraph).collect();
    if !answer.assumptions.is_empty() {
        lines.push(assumptions(answer, style));
    }
    lines.extend(footer(answer, None).as_ref().map(paragraph));
    lines.join("\n")
}

fn assumptions(answer: &Answer, style: &Style) -> String {
    wrap::list("assumed: ", &answer.assumptions, style.width)
}

fn footer(answer: &Answer, render: Option<Duration>) -> Option<String> {
    answer.footer.as_ref().map(|footer| footer::line(footer, render))
}
