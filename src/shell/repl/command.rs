//! Commands of the shell itself. They begin with a backslash, or with a dot as in other shells.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::base::error::{Code, Error, nearest};
use crate::ui::Format;

/// A command of the shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    /// The commands.
    Help,
    /// The topics of the language, or one of them.
    Topic(Option<String>),
    Quit,
    /// Records instead of tables; without a choice, the other of the two.
    Record(Option<Format>),
    Timing,
    /// Without a name: print which it is.
    Format(Option<Format>),
    /// Without a file: back to the screen.
    Output(Option<PathBuf>, bool),
    Include(PathBuf),
    Sql,
    /// The tables, the columns of one, or what is known of another name.
    Describe(Option<String>),
    Watch(Watch),
    /// The last statement, or a file.
    Edit(Option<PathBuf>),
    /// `on`, `off` or a command; without: print which it is.
    Pager(Option<String>),
}

/// When something is run again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Watch {
    /// The last statement, after so much time.
    Every(Duration),
    /// A file, when it changes.
    File(PathBuf),
}

/// The shortest time between two runs.
const LEAST: Duration = Duration::from_millis(100);

/// Every command: name, argument, what it does.
pub(super) const COMMANDS: [(&str, &str, &str); 13] = [
    ("?", "[TOPIC]", "this help, or help on a statement, a clause or another topic"),
    (
        "d",
        "[NAME]",
        "list the tables, or describe a table, metric, axis, setting, rule, model, ...",
    ),
    ("e", "[FILE]", "edit the last statement, or a file, in $VISUAL or $EDITOR, and run it"),
    ("format", "[NAME]", "table, auto, record, json, ndjson, csv, markdown, parquet, arrow"),
    ("h", "[TOPIC]", "the topics of help, or one of them; so does `help`"),
    ("i", "FILE", "run the statements of a file"),
    ("o", "[FILE]", "send answers to a file; without a file, back to the screen"),
    ("pager", "[on|off|CMD]", "show what is longer than the screen through a command"),
    ("q", "", "leave (so does Ctrl-D)"),
    ("sql", "", "the SQL or the plan behind the last query"),
    ("timing", "", "turn the time in the footer on or off"),
    (
        "watch",
        "[SECONDS|FILE]",
        "run the last statement again and again, or a file when it changes; Ctrl-C ends it",
    ),
    ("x", "[on|off|auto]", "one column per line; auto: only where no table fits"),
];

/// Whether a line is for the shell rather than for the interpreter.
pub(super) fn is_command(line: &str) -> bool {
    let line = line.trim();
    let mut chars = line.chars();
    match chars.next() {
        Some('\\') => true,
        Some('.') => chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '?'),
        _ => {
            let line = line.trim_end_matches(';').trim_end();
            matches!(line, "quit" | "exit") || line.split_whitespace().next() == Some("help")
        }
    }
}

impl FromStr for Command {
    type Err = Error;

    fn from_str(line: &str) -> Result<Self, Error> {
        let line = line.trim().trim_end_matches(';').trim_end();
        let line = line.strip_prefix(['\\', '.']).unwrap_or(line);
        let (name, argument) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let words = unquoted(argument.trim());
        let given = (!words.is_empty()).then(|| words.to_owned());
        let command = match name {
            "?" if given.is_none() => Self::Help,
            "?" | "h" | "help" => Self::Topic(given),
            "q" | "quit" | "exit" => Self::Quit,
            "x" => Self::Record(given.map(|choice| record(&choice)).transpose()?),
            "timing" => Self::Timing,
            "format" => Self::Format(given.map(|name| name.parse()).transpose()?),
            // `\o FILE force` empties a file that is there.
            "o" => match argument.trim().strip_suffix(" force") {
                Some(file) => Self::Output(Some(unquoted(file.trim()).into()), true),
                None => Self::Output(given.map(PathBuf::from), false),
            },
            "i" => match given {
                Some(file) => Self::Include(file.into()),
                None => {
                    return Err(Error::question(Code::NoFileGiven, "`\\i` needs a file")
                        .help("as in `\\i queries/capacity.aiq`"));
                }
            },
            "sql" => Self::Sql,
            "d" => Self::Describe(given),
            "watch" => Self::Watch(watch(given)?),
            "e" => Self::Edit(given.map(PathBuf::from)),
            "pager" => Self::Pager(given),
            _ => return Err(unknown(name)),
        };
        Ok(command)
    }
}

fn record(choice: &str) -> Result<Format, Error> {
    match choice {
        "on" => Ok(Format::Record),
        "off" => Ok(Format::Table),
        "auto" => Ok(Format::Auto),
        _ => Err(Error::question(
            Code::IncompleteShellCommand,
            format!("`\\x {choice}` means nothing"),
        )
        .help("`\\x on`, `\\x off` or `\\x auto`; `\\x` alone changes between the first two")),
    }
}

fn watch(given: Option<String>) -> Result<Watch, Error> {
    let Some(given) = given else { return Ok(Watch::Every(Duration::from_secs(2))) };
    let number = given.strip_suffix('s').unwrap_or(&given).trim_end();
    let Ok(seconds) = number.parse::<f64>() else { return Ok(Watch::File(given.into())) };
    match Duration::try_from_secs_f64(seconds) {
        Ok(interval) if interval >= LEAST => Ok(Watch::Every(interval)),
        _ => Err(Error::question(
            Code::IncompleteShellCommand,
            format!("`\\watch {given}` is no interval"),
        )
        .help("0.1 seconds is the least, as in `\\watch 5`")),
    }
}

fn unknown(name: &str) -> Error {
    let error =
        Error::question(Code::NoSuchShellCommand, format!("no command is called `\\{name}`"));
    let names = COMMANDS.iter().map(|(name, ..)| *name).chain(["help", "quit"]);
    match nearest(name, names) {
        Some(near) => error.help(format!("the nearest name is `\\{near}`")),
        None => error.help("`\\?` lists the commands"),
    }
}

fn unquoted(text: &str) -> &str {
    let inner = |mark: char| text.strip_prefix(mark)?.strip_suffix(mark);
    inner('\'').or_else(|| inner('"')).unwrap_or(text)
}

/// What `\?` prints.
pub(super) fn help() -> String {
    let mut out = String::from(
        "A statement ends with `;` and may take several lines. For a start:\n\n    \
         search tp in [1, 2, 4, 8] where ttft < 300ms maximize tokens_per_gpu;\n\n\
         `help` lists what the language has, `help search` explains one of it.\n\n",
    );
    for (name, argument, does) in COMMANDS {
        let head = format!("\\{name} {argument}");
        out.push_str(&format!("  {head:<23}{does}\n"));
    }
    out.push_str(
        "\nTab completes, the right arrow takes the hint, Ctrl-R searches the history,\n\
         Ctrl-C stops a query or discards a line.\n",
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read() {
        let read = |line: &str| line.parse::<Command>().unwrap();
        assert_eq!(read("\\?"), Command::Help);
        assert_eq!(read("\\? search"), Command::Topic(Some("search".into())));
        assert_eq!(read("help;"), Command::Topic(None));
        assert_eq!(read("help search;"), Command::Topic(Some("search".into())));
        assert_eq!(read(".q"), Command::Quit);
        assert_eq!(read(" \\x ;"), Command::Record(None));
        assert_eq!(read("\\x auto"), Command::Record(Some(Format::Auto)));
        assert_eq!(read("\\format csv"), Command::Format(Some(Format::Csv)));
        assert_eq!(read("\\format"), Command::Format(None));
        assert_eq!(read("\\o 'my file.csv'"), Command::Output(Some("my file.csv".into()), false));
        assert_eq!(read("\\o 'a b' force"), Command::Output(Some("a b".into()), true));
        assert_eq!(read("\\o"), Command::Output(None, false));
        assert_eq!(read("\\d gemm"), Command::Describe(Some("gemm".into())));
        assert_eq!(read("exit"), Command::Quit);
        let every = |millis| Command::Watch(Watch::Every(Duration::from_millis(millis)));
        assert_eq!(read("\\watch"), every(2000));
        assert_eq!(read("\\watch 0.1"), every(100));
        assert_eq!(read("\\watch 5s"), every(5000));
        assert_eq!(read("\\watch a.aiq"), Command::Watch(Watch::File("a.aiq".into())));
        assert_eq!(read("\\e"), Command::Edit(None));
        assert_eq!(read("\\pager less -S"), Command::Pager(Some("less -S".into())));
    }

    #[test]
    fn what_is_a_command() {
        assert!(is_command("\\x") && is_command(" .x") && is_command("exit"));
        assert!(is_command("help search") && is_command("help;"));
        assert!(!is_command(".5 < ttft") && !is_command("show models") && !is_command(""));
        assert!(!is_command("helper"));
    }

    #[test]
    fn wrong_commands_name_what_is_right() {
        let error_of = |line: &str| {
            let error = line.parse::<Command>().unwrap_err();
            crate::ui::diagnostics::render(&error, false)
        };
        insta::assert_snapshot!(error_of("\\timng"), @r"
        error[AIQ0658]: no command is called `\timng`
          = help: the nearest name is `\timing`
        ");
        insta::assert_snapshot!(error_of("\\watch 0.01"), @r"
        error[AIQ0664]: `\watch 0.01` is no interval
          = help: 0.1 seconds is the least, as in `\watch 5`
        ");
        insta::assert_snapshot!(error_of("\\x maybe"), @r"
        error[AIQ0664]: `\x maybe` means nothing
          = help: `\x on`, `\x off` or `\x auto`; `\x` alone changes between the first two
        ");
        assert_eq!("\\i".parse::<Command>().unwrap_err().code, "AIQ0657");
        assert_eq!("\\format jsn".parse::<Command>().unwrap_err().code, "AIQ0652");
        assert_eq!("\\watch nan".parse::<Command>().unwrap_err().code, "AIQ0664");
    }

    #[test]
    fn help_lists_every_command() {
        insta::assert_snapshot!(help());
    }
}
