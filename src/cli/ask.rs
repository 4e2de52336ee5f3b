//! Questions: from the command line, from files, or in the interactive shell.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use super::{Common, help, profile};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::lang::diagnostics;
use crate::shell::source::Source;
use crate::shell::{Style, batch, repl};

/// Runs `-c` statements, a piped standard input, or the shell.
pub(super) fn ask(common: &Common, commands: &[String], rc: bool) -> u8 {
    if let [text] = commands
        && let Some(topic) = help::asked(text)
    {
        return or_report(help::run(&topic));
    }
    if commands.is_empty() && std::io::stdin().is_terminal() {
        return or_report(interactive(common, rc));
    }
    let sources = if commands.is_empty() {
        Source::read("-").map(|s| vec![s])
    } else {
        Ok(commands.iter().map(|c| Source::inline(c.clone())).collect())
    };
    or_report(sources.and_then(|s| run(common, &s)))
}

/// Runs files.
pub(super) fn files(common: &Common, files: &[PathBuf]) -> u8 {
    let sources =
        files.iter().map(|f| Source::read(&f.to_string_lossy())).collect::<Result<Vec<_>>>();
    or_report(sources.and_then(|s| run(common, &s)))
}

/// Runs one text that a look at the data gives, or its error.
pub(super) fn checked(common: &Common, check: impl FnOnce(&Engine) -> Result<Source>) -> u8 {
    let checked = Engine::open(&common.systems).and_then(|engine| check(&engine));
    or_report(checked.and_then(|source| run(common, &[source])))
}

fn run(common: &Common, sources: &[Source]) -> Result<u8> {
    let mut session = profile::session(common)?;
    let options = batch::Options::of_process(common.format);
    let mut worst = 0;
    for source in sources {
        worst = worst.max(batch::run_on_stdio(&mut session, source, &options));
        if worst > 1 {
            break;
        }
    }
    Ok(worst)
}

fn interactive(common: &Common, rc: bool) -> Result<u8> {
    let session = profile::session(common)?;
    let options = repl::Options { format: common.format, style: Style::of_stdout(), rc };
    repl::run(session, &options, &mut std::io::stdout(), &mut std::io::stderr())?;
    Ok(0)
}

/// The exit status, after an error was printed.
pub(super) fn or_report(result: Result<u8>) -> u8 {
    result.unwrap_or_else(|error: Error| {
        let text = diagnostics::render(&error, Style::colored_stderr());
        let _ = writeln!(std::io::stderr().lock(), "{text}");
        error.kind.exit_status()
    })
}
