//! `aiq systems`: import of measurements, and what there is.

use std::io::Write;
use std::path::PathBuf;

use clap::Subcommand;

use super::Common;
use crate::catalog::import::{ImportOptions, import};
use crate::error::{Error, Result};
use crate::lang::diagnostics;
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
}

/// Runs the subcommand; the result is the exit status.
pub(super) fn run(_common: &Common, command: Systems) -> u8 {
    match execute(command) {
        Ok(()) => 0,
        Err(error) => {
            let text = diagnostics::render(&error, false);
            let _ = writeln!(std::io::stderr().lock(), "{text}");
            error.kind.exit_status()
        }
    }
}

fn execute(command: Systems) -> Result<()> {
    let Systems::Import { path, into, system, backend, versions } = command;
    let options =
        ImportOptions { source: path, into, systems: system, backends: backend, versions };
    let progress = Progress::start("importing");
    let report = import(&options, &mut |_| {});
    drop(progress);
    let report = report?;
    writeln!(std::io::stdout().lock(), "{report}")
        .map_err(|e| Error::internal("AIQ0656", format!("the report cannot be written: {e}")))
}
