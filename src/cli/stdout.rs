//! Writing to standard output.

use std::io::Write;

use rustix::fs::{FileType, OFlags, fcntl_getfl, fstat, major, minor};

use crate::base::error::{Code, Error, Result};

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
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Error::internal(
            Code::OutputNotWritten,
            format!("{what} cannot be written: {error}"),
        )),
        _ => Ok(()),
    }
}

/// Refuses to run where standard output was closed (`>&-`): nobody would see an answer.
///
/// # Errors
/// `AIQ0656`.
pub(super) fn check_open() -> Result<()> {
    // What is closed at the start is opened to read and write /dev/null before `main` runs; somebody
    // who wants no output opens that to write.
    let stdout = std::io::stdout();
    let is_null = fstat(&stdout).is_ok_and(|file| {
        let device = (major(file.st_rdev), minor(file.st_rdev));
        FileType::from_raw_mode(file.st_mode) == FileType::CharacterDevice && device == (1, 3)
    });
    let both = fcntl_getfl(&stdout).is_ok_and(|flags| flags.contains(OFlags::RDWR));
    match is_null && both {
        true => Err(Error::internal(Code::OutputNotWritten, "standard output is closed")),
        false => Ok(()),
    }
}
