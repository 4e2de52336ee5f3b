//! The command line: its modes, files of experiments, what it saves and draws, help and settings.

mod commands;
mod experiments;
mod help;
mod installed;
mod layers;
mod plots;
mod saved;
mod widths;

use std::process::Output;

use crate::support::binary::typed;

/// A question of which these tests know the answer.
const DEFAULT: &str =
    "default --model QWEN3_32B --total_gpus 32 --system h200_sxm --ttft 300 --tpot 10";

/// That question with more options.
fn default_with(more: &str) -> Output {
    typed(&format!("{DEFAULT} {more}"))
}

/// The statements that a command prints before anything else.
fn statements(text: &str) -> &str {
    text.split("\n\n").next().unwrap_or_default()
}
