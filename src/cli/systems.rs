//! `aiq systems`: import of measurements, and what there is.

use std::path::PathBuf;

use clap::Subcommand;

use super::common::Common;
use super::stdout;
use crate::base::error::{Code, Error, Result, nearest};
use crate::catalog::import::{ImportOptions, import};
use crate::engine::Engine;
use crate::model::library::Library;
use crate::perf::{self, DataMode, holdout};
use crate::publish::Manifest;

/// Subcommands of `aiq systems`.
#[derive(Debug, Subcommand)]
pub(super) enum Systems {
    /// Reads published or collected measurements and stores them compactly.
    Import {
        /// A wheel, an unpacked directory, a Parquet file or a CSV file.
        path: PathBuf,
        /// Where to store them.
        #[arg(long, default_value = "systems")]
        into: PathBuf,
        /// Only these systems.
        #[arg(long)]
        system: Vec<String>,
        /// Only these backends.
        #[arg(long)]
        backend: Vec<String>,
        /// Only these versions; `current` is the one in force.
        #[arg(long = "version")]
        versions: Vec<String>,
    },
    /// Takes a data directory as it is: what is changed in it later is told under answers.
    Seal {
        /// The directory.
        #[arg(default_value = "systems")]
        directory: PathBuf,
    },
    /// Leaves measurements of a table out and predicts them, by method: median, p90 and largest
    /// error in percent.
    Check {
        /// The table, such as `gemm`.
        table: String,
        /// The system [default: that of a question without `on`].
        #[arg(long)]
        system: Option<String>,
        /// The backend [default: that of a question without `using`].
        #[arg(long)]
        backend: Option<String>,
        /// The version.
        #[arg(long = "version", default_value = "current")]
        version: String,
    },
}

/// Runs the subcommand; the result is the exit status.
pub(super) fn run(common: &Common, command: Systems) -> Result<u8> {
    let (path, into, system, backend, versions) = match command {
        Systems::Import { path, into, system, backend, versions } => {
            (path, into, system, backend, versions)
        }
        Systems::Seal { directory } => {
            let files = Manifest::seal(&directory)?;
            return print(&format!("{files} files of {}", directory.display()));
        }
        Systems::Check { table, system, backend, version } => {
            return check(common, &table, system, backend, &version);
        }
    };
    let options = ImportOptions {
        source: path,
        into,
        systems: system,
        backends: backend,
        versions,
        force: common.force,
    };
    let progress = common.ui.progress("importing");
    let report = import(&options, &mut |_| {});
    drop(progress);
    let report = report?;
    print(&report.to_string())
}

fn print(text: &str) -> Result<u8> {
    stdout::print(format!("{text}\n"), "the report").map(|()| 0)
}

/// How well the estimates of one table do.
fn check(
    common: &Common,
    table: &str,
    system: Option<String>,
    backend: Option<String>,
    version: &str,
) -> Result<u8> {
    let engine = Engine::open(&common.systems)?;
    let library = Library::shipped()?;
    let default = |name| library.default_choice(name).into_iter().next().unwrap_or_default();
    let system = system.unwrap_or_else(|| default("system"));
    let backend = backend.unwrap_or_else(|| default("backend"));
    let spec = perf::table(table).ok_or_else(|| {
        let error = Error::question(Code::NoSuchOpTable, format!("there is no table `{table}`"));
        match nearest(table, perf::TABLES.iter().map(|t| t.name)) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help("`aiq -c 'show tables'` lists them"),
        }
    })?;
    let context = engine.priced_on(&library, &system, &backend, version, DataMode::default())?;
    let source = context.sources.source(spec, 0)?.ok_or_else(|| {
        Error::data(
            Code::TableNotInData,
            format!("{system} {backend} {version} has no table `{table}`"),
        )
    })?;
    let rows = holdout(&source.table, &context.hardware, &context.quants);
    let mut text = format!("{table} of {}, errors in percent\n", source.label);
    let width = rows.iter().map(|r| r.slice.len()).max().unwrap_or(0).max(32);
    text.push_str(&format!(
        "{:<30}{:<width$}  {:<12}{:>8}{:>8}{:>8}{:>9}",
        "test", "slice", "method", "points", "median", "p90", "max"
    ));
    for r in rows {
        text.push_str(&format!(
            "\n{:<30}{:<width$}  {:<12}{:>8}{:>8.1}{:>8.1}{:>9.1}",
            r.test, r.slice, r.method, r.points, r.median, r.p90, r.max
        ));
    }
    print(&text)
}
