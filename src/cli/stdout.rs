//! Writing to standard output.

use std::io::Write;

use crate::error::{Error, Result};

/// Writes a text; errors call it `what`.
///
/// # Errors
/// `AIQ0656`, other than if the reader has closed the pipe: it has seen enough.
pub(super) fn print(text: impl AsRef<[u8]>, what: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    written(out.write_all(text.as_ref()).and_then(|()| out.flush()), what)
}

/// What came of writing.
pub(super) fn written(result: std::io::Result<()>, what: &str) -> Result<()> {
    match result {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::internal("AIQ0656", format!("{what} cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}
