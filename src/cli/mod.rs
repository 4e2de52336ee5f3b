//! The command line: one file per subcommand.

mod ask;
mod check;
mod completions;
mod default;
mod deployment;
mod estimate;
mod exp;
mod explain;
mod files;
mod fmt;
mod generate;
mod help;
mod lint;
mod profile;
mod recommend;
mod spelling;
mod statement;
mod summary;
mod support;
mod systems;
mod test;
mod told;
mod workers;

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};

use crate::error::Error;
use crate::lang::diagnostics;
use crate::memory::MemoryLimit;
use crate::permissions::Permissions;
use crate::session::run::cancellable::PLAN;
use crate::shell::{Color, Format, set_color};

/// Finds the best way to serve an LLM on given GPUs, and says why.
#[derive(Debug, Parser)]
#[command(name = "aiq", version, about, disable_help_subcommand = true)]
pub struct Arguments {
    /// Runs statements and exits; may be given several times.
    #[arg(short = 'c', long = "command", value_name = "QUERY")]
    commands: Vec<String>,

    /// Starts the shell without the user's aiqrc.
    #[arg(long)]
    no_rc: bool,

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

    /// Settings and definitions run first: a file, or NAME.aiq in profiles/ here or in
    /// ~/.config/aiq/profiles/.
    #[arg(long, value_name = "NAME|FILE", global = true)]
    profile: Option<String>,

    /// SQL may write files and change tables, as `copy`, `insert` and `create external table` do.
    #[arg(long, global = true)]
    allow_write: bool,

    /// Replaces what aiq did not write.
    #[arg(long, global = true)]
    force: bool,

    /// Statements may not read files by their path.
    #[arg(long, global = true)]
    no_files: bool,

    /// Memory that a statement may take, such as 4GiB; half of what there is by default.
    #[arg(long, value_name = "SIZE", global = true)]
    memory_limit: Option<MemoryLimit>,

    /// When output is coloured.
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto", global = true)]
    color: Color,

    /// Form of answers: table, auto (records where no table fits), record, json, ndjson, csv, markdown, parquet, arrow.
    #[arg(long, value_name = "FORMAT", default_value = "table", global = true)]
    format: Format,

    /// Form of errors: text for people, or JSON objects for editors.
    #[arg(long, value_enum, value_name = "FORM", default_value = "text", global = true)]
    error_format: ErrorFormat,
}

impl Common {
    /// What statements may do.
    fn permissions(&self) -> Permissions {
        Permissions { write: self.allow_write, force: self.force, files: !self.no_files }
    }
}

/// Forms of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum ErrorFormat {
    /// As a compiler prints them.
    Text,
    /// One object a line, with the place.
    Json,
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
    /// Runs files and checks their assertions.
    Test(test::Test),
    /// Lays out files; what they say stays the same.
    Fmt(fmt::Fmt),
    /// Looks for what is likely not meant; asks nothing.
    Lint(lint::Lint),
    /// Explains a topic of the language, or lists them.
    Help {
        /// A statement, a clause or another topic.
        topic: Vec<String>,
    },
    /// Says what an error means.
    Explain {
        /// Its code, such as AIQ0203.
        code: String,
    },
    /// Compares aggregated with disaggregated serving; times are in ms.
    Default(Box<default::Default>),
    /// Compares the experiments of a YAML file; times are in ms.
    Exp(exp::Exp),
    /// Prices one configuration.
    Estimate(Box<estimate::Estimate>),
    /// Finds the fewest GPUs that carry a load; times are in ms.
    Recommend(Box<recommend::Recommend>),
    /// Writes deployment files: of a sound configuration without a search, or of an answered row.
    Generate(Box<generate::Generate>),
    /// Writes the script that completes `aiq` in a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Writes the manual page.
    Man,
    /// Reads generated files back and compares them with the answer they came from.
    Check {
        /// A directory that `generate` wrote.
        directory: PathBuf,
    },
    /// Lists which models the measurements answer for, and what the others lack.
    Support(support::Support),
    /// Manages measured data.
    #[command(subcommand)]
    Systems(systems::Systems),
}

/// Errors say what went wrong in a plan: a damaged file may make its reader give up.
fn quiet_plans() {
    let usual = std::panic::take_hook();
    let told = std::env::var_os("RUST_BACKTRACE").is_some();
    std::panic::set_hook(Box::new(move |panic| {
        if told || std::thread::current().name() != Some(PLAN) {
            usual(panic);
        }
    }));
}

/// Runs the program; the result is its exit status.
pub fn run() -> u8 {
    quiet_plans();
    if let Some(wrong) = std::env::args_os().find(|argument| argument.to_str().is_none()) {
        let message = format!("`{}` is not UTF-8 text", wrong.to_string_lossy());
        return ask::or_report(Err(Error::question("AIQ0633", message)
            .help("paths are texts of the language too: rename the file, or make a link to it")));
    }
    let arguments = match Arguments::try_parse_from(spelling::kebab(std::env::args_os())) {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { 2 } else { 0 };
        }
    };
    if arguments.command.is_some() && (!arguments.commands.is_empty() || arguments.no_rc) {
        let message = "`--command` and `--no-rc` are of the shell, not of a subcommand";
        let _ = Arguments::command().error(ErrorKind::ArgumentConflict, message).print();
        return 2;
    }
    let common = &arguments.common;
    set_color(common.color);
    if common.error_format == ErrorFormat::Json {
        diagnostics::errors_as_json();
    }
    match arguments.command {
        None => ask::ask(common, &arguments.commands, !arguments.no_rc),
        Some(Command::Run { files }) => ask::files(common, &files),
        Some(Command::Test(asked)) => ask::or_report(test::run(common, &asked)),
        Some(Command::Fmt(asked)) => ask::or_report(fmt::run(&asked)),
        Some(Command::Lint(asked)) => ask::or_report(lint::run(common, &asked)),
        Some(Command::Help { topic }) => ask::or_report(help::run(&topic)),
        Some(Command::Explain { code }) => ask::or_report(explain::run(&code)),
        Some(Command::Default(asked)) => ask::or_report(default::run(common, &asked)),
        Some(Command::Exp(asked)) => ask::or_report(exp::run(common, &asked)),
        Some(Command::Estimate(asked)) => ask::or_report(estimate::run(common, &asked)),
        Some(Command::Recommend(asked)) => ask::or_report(recommend::run(common, &asked)),
        Some(Command::Generate(asked)) => ask::or_report(generate::run(common, &asked)),
        Some(Command::Completions { shell }) => ask::or_report(completions::completions(shell)),
        Some(Command::Man) => ask::or_report(completions::manual()),
        Some(Command::Check { directory }) => check::run(common, &directory),
        Some(Command::Support(support)) => support::run(common, &support),
        Some(Command::Systems(command)) => systems::run(common, command),
    }
}
