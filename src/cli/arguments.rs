//! The arguments of the program, as clap reads them.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::common::Common;
use super::{
    accuracy, calibrate, default, estimate, exp, fmt, generate, lint, recommend, support, systems,
    test,
};

/// Finds the best way to serve an LLM on given GPUs, and says why.
#[derive(Debug, Parser)]
#[command(name = "aiq", version, about, disable_help_subcommand = true)]
pub(super) struct Arguments {
    /// Runs statements and exits; may be given several times.
    #[arg(short = 'c', long = "command", value_name = "QUERY")]
    pub(super) commands: Vec<String>,

    /// Starts the shell without the user's aiqrc.
    #[arg(long)]
    pub(super) no_rc: bool,

    #[command(flatten)]
    pub(super) common: Common,

    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

/// Subcommands; none opens the interactive shell.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Runs files of statements; `-` is standard input.
    Run {
        /// The files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Runs files and checks their assertions.
    Test(test::Test),
    /// Formats .aiq files without changing their meaning.
    Fmt(fmt::Fmt),
    /// Reports likely mistakes without running anything.
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
    /// Writes deployment files: for a safe default configuration, or for a row of a saved answer.
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
        /// A directory that `generate` wrote. Files in it may be edited, and its manifest replaced by
        /// what the cluster has (`kubectl get dynamographdeployment NAME -o yaml`).
        directory: PathBuf,
    },
    /// Prints a calibration: what makes predictions for a model on a system those that were measured there.
    Calibrate(calibrate::Calibrate),
    /// Compares predictions with times of deployments that were measured.
    Accuracy(accuracy::Accuracy),
    /// Lists which models the measurements answer for, and what the others lack.
    Support(support::Support),
    /// Manages measured data.
    #[command(subcommand)]
    Systems(systems::Systems),
}
