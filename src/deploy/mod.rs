//! Files that deploy a row of an answer: written whole or not at all, and read back.
//!
//! What the files say is text: values in `models/deploy.aiq`, and below `models/deploy` a folder for
//! each platform and each engine. `facts` reads those, `text` writes values so that each format reads
//! them as themselves, `write` makes the files and `check` reads them back.

mod assets;
mod check;
mod deployment;
mod facts;
mod json;
mod text;
mod user_values;
mod write;

use std::path::Path;

pub(crate) use check::prices;
pub use check::{Checked, check};
pub(crate) use deployment::MIX;
pub use deployment::{DataRelease, Deployment, Pool, Requests, Sourced};
pub use facts::Platform;
pub(crate) use json::{number, row_json};
pub use user_values::{UserValue, UserValues};
pub use write::{File, files};
pub(crate) use write::{default_platform, is_secret};

use crate::base::error::Result;
use crate::publish::{Folder, Over};

/// What was written.
#[derive(Debug, Clone)]
pub struct Written {
    /// Names of the files in the directory.
    pub files: Vec<String>,
    /// What a person should know, such as an engine newer than the measurements.
    pub notes: Vec<String>,
}

/// Writes the files of a deployment into a directory that is new, empty or written by this
/// function before. What others put there stays. On an error the directory stays as it was.
///
/// # Errors
/// As [`files`]; `AIQ0256` and `AIQ0661` for a directory that is not written.
pub(crate) fn write(
    deployment: &Deployment,
    platform: Platform,
    directory: &Path,
    over: Over,
) -> Result<Written> {
    let (files, notes) = files(deployment, platform)?;
    let mut folder = Folder::replacing(directory, over)?;
    files.iter().try_for_each(|f| folder.put(&[&f.name], f.text.as_bytes(), f.mode))?;
    folder.publish()?;
    Ok(Written { files: files.into_iter().map(|f| f.name).collect(), notes })
}

#[cfg(test)]
mod tests;
