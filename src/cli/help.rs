//! `aiq help [TOPIC]`: a topic of the language, a command, or what there is.

use clap::CommandFactory;

use super::arguments::Arguments;
use super::stdout;
use crate::base::error::Result;
use crate::shell::help;
use crate::ui::Ui;

/// Prints help on a topic or a command, or on everything.
pub(super) fn run(ui: &Ui, topic: &[String]) -> Result<u8> {
    let mut command = Arguments::command();
    let text = match (help::topic(&topic.join(" ")), topic) {
        (_, []) => format!("{}\n{}", command.render_help(), help::overview(&ui.stdout)),
        // A command of the same name is explained by its `--help`.
        (Ok(topic), _) => topic.text(&ui.stdout),
        (Err(error), [name]) => match command.find_subcommand_mut(name) {
            Some(command) => command.render_long_help().to_string(),
            None => return Err(error),
        },
        (Err(error), _) => return Err(error),
    };
    stdout::print(&text, "help").map(|()| 0)
}

/// The topic that a text such as `help search` asks for, which is no statement.
pub(super) fn topic_of(text: &str) -> Option<Vec<String>> {
    let mut words = text.trim().trim_end_matches(';').split_whitespace();
    matches!(words.next()?, "help" | "\\h" | "\\?").then(|| words.map(str::to_owned).collect())
}
