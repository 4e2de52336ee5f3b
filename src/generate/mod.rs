//! Files that deploy a row of an answer: written whole or not at all.

mod apply;
mod bench;
mod deployment;
mod flags;
mod front;
mod keys;
mod overlay;
mod place;
mod price;
mod read;
mod record;
mod release;
mod render;
mod scripts;
mod secrets;
mod templates;
#[cfg(test)]
mod tests;
mod values;
mod word;
mod yaml;

use std::path::Path;

use datafusion::arrow::array::RecordBatch;

pub(crate) use deployment::MIX;
pub use deployment::{DataRelease, Deployment, Pool, Requests, Sourced};
pub use flags::Accepted;
pub use read::{Checked, check};
pub(crate) use secrets::is_secret;
pub use values::{UserValue, UserValues};

use crate::error::{Error, Result, nearest};
use crate::publish::{Folder, Mode, Over};

/// What files are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// A script for each node that runs the engine as it is.
    Engine(&'static str),
    /// A script for each node that runs the engine under Dynamo.
    DynamoBare,
    /// A Kubernetes resource of Dynamo's operator.
    Dynamo,
    /// Values of llm-d's Helm chart.
    LlmD,
}

/// What runs the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Runtime {
    Engine,
    Dynamo,
    LlmD,
}

impl Runtime {
    /// The name in a template.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Engine => "engine",
            Self::Dynamo => "dynamo",
            Self::LlmD => "llm_d",
        }
    }
}

impl Platform {
    /// All, in the order in which they are listed.
    pub const ALL: [Self; 6] = [
        Self::Engine("vllm"),
        Self::Engine("sglang"),
        Self::Engine("trtllm"),
        Self::DynamoBare,
        Self::Dynamo,
        Self::LlmD,
    ];

    /// The name in a statement.
    pub fn name(self) -> &'static str {
        match self {
            Self::Engine(backend) => backend,
            Self::DynamoBare => "dynamo_bare",
            Self::Dynamo => "dynamo",
            Self::LlmD => "llm_d",
        }
    }

    /// The platform of that name; `bare` is what `dynamo_bare` was called.
    ///
    /// # Errors
    /// `AIQ0701` with the nearest name.
    pub fn named(name: &str) -> Result<Self> {
        let name = if name == "bare" { "dynamo_bare" } else { name };
        let names = Self::ALL.map(Self::name);
        Self::ALL.into_iter().find(|p| p.name() == name).ok_or_else(|| {
            let error = Error::question("AIQ0701", format!("no files are generated for `{name}`"));
            match nearest(name, names) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help(format!("there are {}", names.join(", "))),
            }
        })
    }

    /// What a deployment is written for if nobody says: on one machine the engine as it is.
    pub(crate) fn usual(deployment: &Deployment) -> Self {
        let nodes = place::place(deployment)
            .map_or(usize::MAX, |shares| shares.iter().map(|s| s.node + 1).max().unwrap_or(0));
        let plain = Self::ALL.into_iter().find(|p| p.name() == deployment.backend);
        plain.filter(|_| nodes == 1).unwrap_or(Self::DynamoBare)
    }

    pub(crate) fn runtime(self) -> Runtime {
        match self {
            Self::Engine(_) => Runtime::Engine,
            Self::DynamoBare | Self::Dynamo => Runtime::Dynamo,
            Self::LlmD => Runtime::LlmD,
        }
    }

    /// Whether the files are scripts, to be run on the nodes themselves.
    pub(crate) fn is_scripts(self) -> bool {
        matches!(self, Self::Engine(_) | Self::DynamoBare)
    }

    /// Refuses a backend that is not the platform's.
    fn serves(self, backend: &str) -> Result<()> {
        match self {
            Self::Engine(own) if own != backend => {
                let text = format!("files for {own} cannot serve a row of {backend}");
                Err(Error::question("AIQ0708", text).help(format!("write `for {backend}`")))
            }
            _ => Ok(()),
        }
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
/// function before. What others put there stays. On an error the directory stays as it was.
///
/// # Errors
/// `AIQ0702` and `AIQ0710` for what the engine does not accept, `AIQ0703` for a value that is not
/// known, `AIQ0704` and `AIQ0705` for GPUs that do not add up or do not fit a node, `AIQ0706` for
/// a release without tables, `AIQ0708` for what a platform cannot do, `AIQ0256` and `AIQ0661` for a
/// directory that is not written, `AIQ0711` for values of the user that do not exist.
pub(crate) fn write(
    deployment: &Deployment,
    platform: Platform,
    directory: &Path,
    over: Over,
) -> Result<Written> {
    let (files, notes) = render::files(deployment, platform)?;
    let mut folder = Folder::replacing(directory, over)?;
    files.iter().try_for_each(|f| folder.put(&[&f.name], f.text.as_bytes(), f.mode))?;
    folder.publish()?;
    Ok(Written { files: files.into_iter().map(|f| f.name).collect(), notes })
}

/// A file to write.
#[derive(Debug, Clone)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Who may do what with it.
    pub(crate) mode: Mode,
}

/// The file that says what the others are.
const RECORD: &str = "generator.yaml";

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
            _ => match cast(column, &DataType::Float64).map_err(crate::error::bug)? {
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
