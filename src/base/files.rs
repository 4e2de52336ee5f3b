//! Reading files whole that are small by nature: texts of statements, configurations, lists.

use std::fs::File;
use std::io::{Error, Read, Result};
use std::path::Path;

use super::shipped;

/// More than any such file has.
const MOST: u64 = 64 << 20;

/// What a path may lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    /// A file.
    File,
    /// A file, or what a shell gives for one: a pipe, a terminal.
    Anything,
}

/// The bytes of a file, be it one of the program.
///
/// # Errors
/// Those of the system; a special file, which may have no end, where a file is needed; a file that is
/// too large.
pub(crate) fn read(path: &Path, from: From) -> Result<Vec<u8>> {
    if let Some(bytes) = shipped::bytes(path) {
        return Ok(bytes.to_vec());
    }
    // To open a pipe is to wait for its other end.
    let kind = std::fs::metadata(path)?.file_type();
    if from == From::File && !kind.is_file() && !kind.is_dir() {
        return Err(Error::other("it is not a file but a device or a pipe"));
    }
    all(File::open(path)?)
}

/// The text of a file; see [`read`].
pub(crate) fn text(path: &Path, from: From) -> Result<String> {
    let bytes = read(path, from)?;
    String::from_utf8(bytes).map_err(|_| Error::other("it is not UTF-8 text"))
}

/// Everything that comes, up to as much as a file may have.
pub(crate) fn all(from: impl Read) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MOST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST {
        return Err(Error::other(format!("it is larger than {} MiB", MOST >> 20)));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_end_is_not_read_on() {
        assert!(read(Path::new("/dev/zero"), From::File).is_err());
        let endless = read(Path::new("/dev/zero"), From::Anything).unwrap_err();
        assert_eq!(endless.to_string(), "it is larger than 64 MiB");
        assert!(all(std::io::repeat(b'x')).is_err());
        assert_eq!(
            text(Path::new("Cargo.toml"), From::File).unwrap().lines().next(),
            Some("[package]")
        );
    }
}
