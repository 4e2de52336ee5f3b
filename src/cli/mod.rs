//! The command line: one file per subcommand.

mod accuracy;
mod arguments;
mod ask;
mod calibrate;
mod check;
mod common;
mod completions;
mod default;
mod deployment;
mod estimate;
mod examples;
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
mod stdout;
mod summary;
mod support;
mod systems;
mod test;
mod transcript;

use std::io::Write;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches};

use self::arguments::{Arguments, Command};
use self::common::Common;
use crate::base::error::{Code, Error, Result};
use crate::session::run::cancellable::PLAN;
use crate::ui::{Color, ErrorFormat, Ui};

/// Hides panics of plans, which become errors: a damaged file may make its reader panic.
fn quiet_plans() {
    let usual = std::panic::take_hook();
    let wanted = std::env::var_os("RUST_BACKTRACE").is_some();
    std::panic::set_hook(Box::new(move |panic| {
        if wanted || std::thread::current().name() != Some(PLAN) {
            usual(panic);
        }
    }));
}

/// Runs the program; the result is its exit status.
pub fn run() -> u8 {
    quiet_plans();
    if let Some(wrong) = std::env::args_os().find(|argument| argument.to_str().is_none()) {
        let message = format!("`{}` is not UTF-8 text", wrong.to_string_lossy());
        let error = Error::question(Code::ArgumentNotUtf8, message)
            .help("paths are texts of the language too: rename the file, or make a link to it");
        return reported(&Ui::of_process(Color::Auto, ErrorFormat::Text), Err(error));
    }
    let typed = spelling::kebab(std::env::args_os());
    let read = examples::command().try_get_matches_from(typed);
    let mut arguments = match read.and_then(|found| Arguments::from_arg_matches(&found)) {
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
    arguments.common.open_ui();
    let ui = arguments.common.ui;
    reported(&ui, stdout::check_open().and_then(|()| answer(arguments)))
}

/// The exit status, after an error was printed.
fn reported(ui: &Ui, result: Result<u8>) -> u8 {
    result.unwrap_or_else(|error| {
        let _ = writeln!(std::io::stderr().lock(), "{}", ui.error(&error));
        error.kind.exit_status()
    })
}

/// Runs the subcommand, the statements of `--command`, or the shell.
fn answer(arguments: Arguments) -> Result<u8> {
    let common = &arguments.common;
    match arguments.command {
        None => statements(common, &arguments.commands, !arguments.no_rc),
        Some(Command::Run { files }) => ask::files(common, &files),
        Some(Command::Test(options)) => test::run(common, &options),
        Some(Command::Fmt(options)) => fmt::run(&options),
        Some(Command::Lint(options)) => lint::run(common, &options),
        Some(Command::Help { topic }) => help::run(common, &topic),
        Some(Command::Explain { code }) => explain::run(&code),
        Some(Command::Default(options)) => default::run(common, &options),
        Some(Command::Exp(options)) => exp::run(common, &options),
        Some(Command::Estimate(options)) => estimate::run(common, &options),
        Some(Command::Recommend(options)) => recommend::run(common, &options),
        Some(Command::Generate(options)) => generate::run(common, &options),
        Some(Command::Completions { shell }) => completions::completions(shell),
        Some(Command::Man) => completions::manual(),
        Some(Command::Check { directory }) => check::run(common, &directory),
        Some(Command::Calibrate(options)) => calibrate::run(common, &options),
        Some(Command::Accuracy(options)) => accuracy::run(common, &options),
        Some(Command::Support(options)) => support::run(common, &options),
        Some(Command::Systems(command)) => systems::run(common, command),
    }
}

fn statements(common: &Common, commands: &[String], rc: bool) -> Result<u8> {
    if let [text] = commands
        && let Some(topic) = help::topic_of(text)
    {
        return help::run(common, &topic);
    }
    ask::ask(common, commands, rc)
}
