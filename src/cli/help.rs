//! `aiq help [TOPIC]`: a topic of the language, a command, or what there is.

use super::common::Common;
use super::{ask, examples, profile, stdout};
use crate::base::error::{Error, Result, nearest};
use crate::shell::help;
use crate::shell::source::Source;

/// Prints help on a topic or a command, or on everything.
pub(super) fn run(common: &Common, topic: &[String]) -> Result<u8> {
    let ui = &common.ui;
    let mut command = examples::command();
    let text = match (help::topic(&topic.join(" ")), topic) {
        (_, []) => format!("{}\n{}", command.render_help(), help::overview(&ui.stdout)),
        // A command of the same name is explained by its `--help`.
        (Ok(topic), _) => topic.text(&ui.stdout),
        (Err(error), [name]) => match command.find_subcommand_mut(name) {
            Some(command) => command.render_long_help().to_string(),
            None => return described(common, name, error),
        },
        (Err(error), _) => return Err(error),
    };
    stdout::print(&text, "help").map(|()| 0)
}

/// What a name of the model means, as `describe` says it; the error where there is no such name.
fn described(common: &Common, name: &str, error: Error) -> Result<u8> {
    let words = profile::session(common)?.vocabulary();
    if !help::is_name(&words, name) {
        let names = words.iter().filter(|w| help::NAMES.contains(&w.kind)).map(|w| w.text.as_str());
        return Err(match nearest(name, names) {
            Some(near) => error.help(format!("or `help {near}`?")),
            None => error,
        });
    }
    ask::run(common, &[Source::inline(format!("describe {name}"))])
}

/// The topic that a text such as `help search` asks for, which is no statement.
pub(super) fn topic_of(text: &str) -> Option<Vec<String>> {
    let mut words = text.trim().trim_end_matches(';').split_whitespace();
    matches!(words.next()?, "help" | "\\h" | "\\?").then(|| words.map(str::to_owned).collect())
}
