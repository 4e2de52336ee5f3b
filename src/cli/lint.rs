//! `aiq lint`: what is likely not meant.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::common::Common;
use super::{files, profile};
use crate::base::error::{Error, Result};
use crate::shell::source::Source;
use crate::ui::{Format, diagnostics};

/// What to look at.
#[derive(Debug, Args)]
pub(super) struct Lint {
    /// Files, or directories of `.aiq` files; `-` is standard input.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
}

/// Prints errors and remarks. The status is that of the worst error, 1 if there are only warnings,
/// and 0 if there are only notes about defaults.
pub(super) fn run(common: &Common, options: &Lint) -> Result<u8> {
    let mut all: Vec<Error> = Vec::new();
    for file in files::found(&options.paths)? {
        let found = Source::read(&file)
            .and_then(|source| Ok(profile::session(common)?.lint(&source.name, &source.text)));
        all.extend(found.unwrap_or_else(|error| vec![error]));
    }
    let mut out = std::io::stdout().lock();
    let mut text = String::new();
    match common.format {
        Format::Json => {
            let list: Vec<_> = all.iter().map(diagnostics::to_json).collect();
            text = format!("{}\n", serde_json::Value::Array(list));
        }
        Format::Ndjson => {
            all.iter().for_each(|e| text.push_str(&format!("{}\n", diagnostics::to_json(e))));
        }
        _ => {
            for error in &all {
                text.push_str(&common.ui.error_on_stdout(error));
                text.push('\n');
            }
        }
    }
    let _ = out.write_all(text.as_bytes());
    Ok(all.iter().map(|e| e.kind.exit_status()).max().unwrap_or(0))
}
