//! An Arrow IPC stream.

use std::io::{self, Write};

use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::writer::StreamWriter;

use crate::answer::Answer;

pub(super) fn write(answer: &Answer, out: &mut dyn Write) -> io::Result<()> {
    let mut bytes = Vec::new();
    let mut writer = StreamWriter::try_new(&mut bytes, &answer.schema).map_err(io_error)?;
    for batch in &answer.batches {
        writer.write(batch).map_err(io_error)?;
    }
    writer.finish().map_err(io_error)?;
    drop(writer);
    out.write_all(&bytes)
}

/// Keeps the kind of an input/output error, so that a closed pipe is still known as one.
pub(super) fn io_error(error: ArrowError) -> io::Error {
    match error {
        ArrowError::IoError(_, error) => error,
        other => io::Error::other(other),
    }
}
