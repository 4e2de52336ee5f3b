//! Questions: from the command line, from files, or in the interactive shell.

use std::io::IsTerminal;
use std::path::PathBuf;

use super::common::Common;
use super::profile;
use crate::base::error::Result;
use crate::shell::batch::{self, OnError};
use crate::shell::repl;
use crate::shell::source::Source;

/// Runs `-c` statements, a piped standard input, or the shell.
pub(super) fn ask(common: &Common, commands: &[String], rc: bool) -> Result<u8> {
    if !commands.is_empty() {
        let sources: Vec<Source> = commands.iter().map(|c| Source::inline(c.clone())).collect();
        run(common, &sources)
    } else if std::io::stdin().is_terminal() {
        interactive(common, rc)
    } else {
        run(common, &[Source::read("-")?])
    }
}

/// Runs files.
pub(super) fn files(common: &Common, files: &[PathBuf]) -> Result<u8> {
    let sources =
        files.iter().map(|f| Source::read(&f.to_string_lossy())).collect::<Result<Vec<_>>>()?;
    run(common, &sources)
}

/// Runs texts in one session, up to the first that fails.
pub(super) fn run(common: &Common, sources: &[Source]) -> Result<u8> {
    let mut session = profile::session(common)?;
    let options = batch::Options { format: common.format, on_error: OnError::Stop, ui: common.ui };
    Ok(batch::run_on_stdio(&mut session, sources, &options))
}

fn interactive(common: &Common, rc: bool) -> Result<u8> {
    let session = profile::session(common)?;
    let options = repl::Options { format: common.format, ui: common.ui, rc };
    repl::run(session, &options, &mut std::io::stdout(), &mut std::io::stderr())?;
    Ok(0)
}
