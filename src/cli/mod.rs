//! The command line: one file per subcommand.

mod ask;
mod systems;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::shell::Format;

/// Finds the best way to serve an LLM on given GPUs, and says why.
#[derive(Debug, Parser)]
#[command(name = "aiq", version, about, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// Runs statements and exits; may be given several times.
    #[arg(short = 'c', long = "command", value_name = "QUERY")]
    commands: Vec<String>,

    #[command(flatten)]
    common: Common,

    #[command(subcommand)]
    command: Option<Command>,
}

/// Options of everything that answers questions.
#[derive(Debug, Clone, clap::Args)]
pub struct Common {
    /// A data directory, before those searched otherwise; may be given several times.
    #[arg(long, value_name = "DIR", global = true)]
    systems: Vec<PathBuf>,

    /// Form of answers: table, record, json, ndjson, csv, markdown, parquet, arrow.
    #[arg(long, value_name = "FORMAT", default_value = "table", global = true)]
    format: Format,
}

/// Subcommands; none opens the interactive shell.
#[derive(Debug, Subcommand)]
enum Command {
    /// Runs files of statements; `-` is standard input.
    Run {
        /// The files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Manages measured data.
    #[command(subcommand)]
    Systems(systems::Systems),
}

/// Runs the program; the result is its exit status.
pub fn run() -> u8 {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { 2 } else { 0 };
        }
    };
    let common = &arguments.common;
    match arguments.command {
        None => ask::ask(common, &arguments.commands),
        Some(Command::Run { files }) => ask::files(common, &files),
        Some(Command::Systems(command)) => systems::run(common, command),
    }
}
