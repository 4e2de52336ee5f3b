//! `aiq explain AIQ0203`: what an error means.

use std::io::Write;

use crate::base::error::Result;
use crate::base::pages::page;

/// Prints the section of a code.
pub(super) fn run(code: &str) -> Result<u8> {
    let page = page(code)?;
    let _ = writeln!(std::io::stdout().lock(), "{page}");
    Ok(0)
}
