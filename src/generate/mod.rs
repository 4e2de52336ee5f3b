//! Files that deploy a row of an answer: written whole or not at all.

mod apply;
mod deployment;
mod flags;
mod keys;
mod overlay;
mod place;
mod price;
mod read;
mod record;
mod release;
mod render;
#[cfg(test)]
mod tests;
mod values;
mod write;

use std::path::Path;

use datafusion::arrow::array::RecordBatch;

pub(crate) use deployment::MIX;
pub use deployment::{DataRelease, Deployment, Pool, Sourced};
pub use flags::Accepted;
pub use read::{Checked, check};
pub use values::{UserValue, UserValues};

use crate::error::{Error, Result, nearest};

/// What files are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// A script for each node.
    Bare,
    /// A Kubernetes resource of Dynamo's operator.
    Dynamo,
    /// Values of llm-d's Helm chart.
    LlmD,
}

impl Platform {
    /// All, in the order in which they are listed.
    pub const ALL: [Self; 3] = [Self::Bare, Self::Dynamo, Self::LlmD];

    /// The name in a statement.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Dynamo => "dynamo",
            Self::LlmD => "llm_d",
        }
    }

    /// The platform of that name.
    ///
    /// # Errors
    /// `AIQ0701` with the nearest name.
    pub fn named(name: &str) -> Result<Self> {
        let names = Self::ALL.map(Self::name);
        Self::ALL.into_iter().find(|p| p.name() == name).ok_or_else(|| {
            let error = Error::question("AIQ0701", format!("no files are generated for `{name}`"));
            match nearest(name, names) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help(format!("there are {}", names.join(", "))),
            }
        })
    }
}

/// What was written.
#[derive(Debug, Clone)]
pub struct Written {
    /// Names of the files in the directory.
    pub files: Vec<String>,
    /// What a person should know, such as an engine newer than the measurements.
    pub notes: Vec<String>,
}

/// Writes the files of a deployment into a directory that is new, empty or written by this
/// function before. On an error the directory stays as it was.
///
/// # Errors
/// `AIQ0702` and `AIQ0710` for what the engine does not accept, `AIQ0703` for a value that is not
/// known, `AIQ0704` and `AIQ0705` for GPUs that do not add up or do not fit a node, `AIQ0706` for
/// a release without tables, `AIQ0708` for what a platform cannot do, `AIQ0709` for a directory
/// that cannot be written, `AIQ0711` for values of the user that do not exist.
pub fn write(deployment: &Deployment, platform: Platform, directory: &Path) -> Result<Written> {
    let (files, notes) = render::files(deployment, platform)?;
    write::whole(&files, directory)?;
    Ok(Written { files: files.into_iter().map(|f| f.name).collect(), notes })
}

/// A file to write.
#[derive(Debug, Clone)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// The files of a deployment, not written, and notes.
///
/// # Errors
/// As [`write`], save for the directory.
pub fn files(deployment: &Deployment, platform: Platform) -> Result<(Vec<File>, Vec<String>)> {
    render::files(deployment, platform)
}

/// One row as JSON, without its nulls.
pub(crate) fn row_json(row: &RecordBatch) -> Result<serde_json::Map<String, serde_json::Value>> {
    use datafusion::arrow::array::{Array, AsArray};
    use datafusion::arrow::compute::cast;
    use datafusion::arrow::datatypes::{DataType, Float64Type};
    let mut map = serde_json::Map::new();
    for (field, column) in row.schema().fields().iter().zip(row.columns()) {
        if column.is_empty() || column.is_null(0) {
            continue;
        }
        let value = match field.data_type() {
            DataType::Utf8 => column.as_string::<i32>().value(0).into(),
            _ => match cast(column, &DataType::Float64).map_err(crate::plan::lower::bug)? {
                c if c.is_null(0) => continue,
                c => number(c.as_primitive::<Float64Type>().value(0)),
            },
        };
        map.insert(field.name().clone(), value);
    }
    Ok(map)
}

/// A number as JSON, whole ones without a point.
pub(crate) fn number(n: f64) -> serde_json::Value {
    if n.fract() == 0.0 && n.abs() < 1e15 { (n as i64).into() } else { n.into() }
}
