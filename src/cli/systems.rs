//! `aiq systems`: import of measurements, and what there is.

use std::io::Write;
use std::path::PathBuf;

use clap::Subcommand;

use super::Common;
use crate::arch::library::Library;
use crate::catalog::import::{ImportOptions, import};
use crate::engine::Engine;
use crate::error::{Error, Result, nearest};
use crate::lang::diagnostics;
use crate::perf::{self, DataMode, holdout};
use crate::publish::Manifest;
use crate::shell::progress::Progress;

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
        /// The system.
        #[arg(long, default_value = "h200_sxm")]
        system: String,
        /// The backend.
        #[arg(long, default_value = "trtllm")]
        backend: String,
        /// The version.
        #[arg(long = "version", default_value = "current")]
        version: String,
    },
}

/// Runs the subcommand; the result is the exit status.
pub(super) fn run(common: &Common, command: Systems) -> u8 {
    match execute(common, command) {
        Ok(()) => 0,
        Err(error) => {
            let text = diagnostics::render(&error, false);
            let _ = writeln!(std::io::stderr().lock(), "{text}");
            error.kind.exit_status()
        }
    }
}

fn execute(common: &Common, command: Systems) -> Result<()> {
    let (path, into, system, backend, versions) = match command {
        Systems::Import { path, into, system, backend, versions } => {
            (path, into, system, backend, versions)
        }
        Systems::Seal { directory } => {
            let files = Manifest::seal(&directory)?;
            return write_out(&format!("{files} files of {}", directory.display()));
        }
        Systems::Check { table, system, backend, version } => {
            return check(common, &table, [&system, &backend, &version]);
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
    let progress = Progress::start("importing");
    let report = import(&options, &mut |_| {});
    drop(progress);
    let report = report?;
    write_out(&report.to_string())
}

fn write_out(text: &str) -> Result<()> {
    match writeln!(std::io::stdout().lock(), "{text}") {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::internal("AIQ0656", format!("the report cannot be written: {e}")))
        }
        _ => Ok(()),
    }
}

/// How well the estimates of one table do.
fn check(common: &Common, table: &str, [system, backend, version]: [&str; 3]) -> Result<()> {
    let engine = Engine::open(&common.systems)?;
    let library = Library::shipped()?;
    let spec = perf::table(table).ok_or_else(|| {
        let error = Error::question("AIQ0227", format!("there is no table `{table}`"));
        match nearest(table, perf::TABLES.iter().map(|t| t.name)) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help("`aiq -c 'show tables'` lists them"),
        }
    })?;
    let context = engine.priced_on(&library, system, backend, version, DataMode::default())?;
    let source = context.sources.source(spec, 0)?.ok_or_else(|| {
        Error::data("AIQ0408", format!("{system} {backend} {version} has no table `{table}`"))
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
    write_out(&text)
}
