//! Comma-separated values (RFC 4180, lines ended by a bare newline), at full precision. NULL is
//! an empty field and the empty text is `""`.

use std::io::{self, Write};

use datafusion::arrow::array::{Array, RecordBatch};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

use super::arrow::io_error;
use crate::answer::Answer;

pub(super) fn write(answer: &Answer, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    let alone = answer.schema.fields().len() == 1;
    if answer.part.begins() {
        for (index, field) in answer.schema.fields().iter().enumerate() {
            separate(&mut out, index)?;
            out.write_all(quoted(field.name()).as_bytes())?;
        }
        out.write_all(b"\n")?;
    }
    for batch in &answer.batches {
        write_rows(batch, alone, &mut out)?;
    }
    out.flush()
}

fn write_rows(batch: &RecordBatch, alone: bool, out: &mut dyn Write) -> io::Result<()> {
    let options = FormatOptions::default().with_null("null");
    let mut columns = Vec::with_capacity(batch.num_columns());
    for array in batch.columns() {
        let formatter = ArrayFormatter::try_new(array.as_ref(), &options).map_err(io_error)?;
        columns.push((formatter, array.logical_nulls()));
    }
    for row in 0..batch.num_rows() {
        for (index, (formatter, nulls)) in columns.iter().enumerate() {
            separate(out, index)?;
            if !nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
                let text = formatter.value(row).try_to_string().map_err(io_error)?;
                out.write_all(quoted(&text).as_bytes())?;
            } else if alone {
                // An empty line would be no row at all to most readers.
                out.write_all(b"\"\"")?;
            }
        }
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn separate(out: &mut dyn Write, index: usize) -> io::Result<()> {
    if index > 0 { out.write_all(b",") } else { Ok(()) }
}

fn quoted(text: &str) -> String {
    let edge = |c: char| c.is_whitespace();
    if text.is_empty()
        || text.contains([',', '"', '\n', '\r'])
        || text.starts_with(edge)
        || text.ends_with(edge)
    {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
