//! `aiq help [TOPIC]`: a topic of the language, a command, or what there is.

use std::io::Write;

use clap::CommandFactory;

use super::Arguments;
use crate::error::{Error, Result};
use crate::shell::{Style, help};

/// Prints help on a topic or a command, or on everything.
pub(super) fn run(topic: &[String]) -> Result<u8> {
    let style = Style::of_stdout();
    let mut command = Arguments::command();
    let text = match (help::topic(&topic.join(" ")), topic) {
        (_, []) => format!("{}\n{}", command.render_help(), help::overview(&style)),
        // Of a command of the same name `--help` tells.
        (Ok(topic), _) => topic.text(&style),
        (Err(error), [name]) => match command.find_subcommand_mut(name) {
            Some(command) => command.render_long_help().to_string(),
            None => return Err(error),
        },
        (Err(error), _) => return Err(error),
    };
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::internal("AIQ0656", format!("help cannot be written: {error}")))
        }
        _ => Ok(0),
    }
}

/// The topic that a text such as `help search` asks for, which is no statement.
pub(super) fn asked(text: &str) -> Option<Vec<String>> {
    let mut words = text.trim().trim_end_matches(';').split_whitespace();
    matches!(words.next()?, "help" | "\\h" | "\\?").then(|| words.map(str::to_owned).collect())
}
