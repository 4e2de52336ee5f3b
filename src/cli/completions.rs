//! Completion of shells and the manual page, from the options themselves.

use clap_complete::Shell;

use super::examples;
use super::stdout;
use crate::base::error::{Code, Error, Result};

/// Writes the script that completes `aiq` in a shell.
pub(super) fn completions(shell: Shell) -> Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut examples::command(), "aiq", &mut script);
    stdout::print(script, "the output").map(|()| 0)
}

/// Writes the manual page, of the program and of each subcommand.
pub(super) fn manual() -> Result<u8> {
    let mut page = Vec::new();
    let command = examples::command();
    let fail =
        |e: std::io::Error| Error::internal(Code::OutputNotWritten, format!("no manual page: {e}"));
    clap_mangen::Man::new(command.clone()).render(&mut page).map_err(fail)?;
    for sub in command.get_subcommands().filter(|c| c.get_name() != "help") {
        let mut lines = Vec::new();
        clap_mangen::Man::new(sub.clone()).render_options_section(&mut lines).map_err(fail)?;
        page.extend_from_slice(
            format!(".SH \"AIQ {}\"\n", sub.get_name().to_uppercase()).as_bytes(),
        );
        let about = sub.get_about().map(ToString::to_string).unwrap_or_default();
        page.extend_from_slice(format!("{about}\n").as_bytes());
        let lines = String::from_utf8_lossy(&lines).replace(".SH OPTIONS\n", "");
        page.extend_from_slice(lines.as_bytes());
    }
    stdout::print(page, "the output").map(|()| 0)
}
