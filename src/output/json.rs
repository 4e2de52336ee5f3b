//! JSON at full precision. NULL is `null`, and so is a number that JSON does not have.

use std::io::{self, Write};

use datafusion::arrow::json::WriterBuilder;
use datafusion::arrow::json::writer::{JsonArray, JsonFormat, LineDelimited};

use super::arrow::io_error;
use crate::answer::{Answer, Part};

/// Exactly one array of row objects, also of an answer in parts; where nothing is feasible, an object that
/// says why.
pub(super) fn write_array(answer: &Answer, out: &mut dyn Write) -> io::Result<()> {
    // Why there are no rows is of more use than that there are none.
    if let Some(why) = answer.infeasible.as_ref().filter(|_| answer.row_count() == 0) {
        return writeln!(out, "{}", why.to_json());
    }
    if answer.part == Part::Whole {
        rows::<JsonArray>(answer, out)?;
        return writeln!(out);
    }
    let mut array = Vec::new();
    rows::<JsonArray>(answer, &mut array)?;
    let objects = array.strip_prefix(b"[").and_then(|a| a.strip_suffix(b"]")).unwrap_or(&array);
    out.write_all(if answer.part.begins() { b"[" } else { b"," })?;
    out.write_all(objects)?;
    if answer.part.ends() { writeln!(out, "]") } else { Ok(()) }
}

/// One row object per line.
pub(super) fn write_lines(answer: &Answer, out: &mut dyn Write) -> io::Result<()> {
    rows::<LineDelimited>(answer, out)
}

fn rows<F: JsonFormat>(answer: &Answer, out: &mut dyn Write) -> io::Result<()> {
    let mut buffered = io::BufWriter::new(out);
    let mut writer = WriterBuilder::new().with_explicit_nulls(true).build::<_, F>(&mut buffered);
    for batch in &answer.batches {
        writer.write(batch).map_err(io_error)?;
    }
    writer.finish().map_err(io_error)?;
    drop(writer);
    buffered.flush()
}
