//! Commands of the shell itself. They begin with a backslash, or with a dot as in other shells.

use std::path::PathBuf;
use std::str::FromStr;

use crate::Error;
use crate::error::nearest;
use crate::shell::Format;

/// A command of the shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    Help,
    Quit,
    /// Between table and record.
    Record,
    Timing,
    /// Without a name: say which.
    Format(Option<Format>),
    /// Without a file: back to the screen.
    Output(Option<PathBuf>),
    Include(PathBuf),
    Sql,
    /// The tables, the columns of one, or what is known of another name.
    Describe(Option<String>),
}

/// Every command: name, argument, what it does.
pub(super) const COMMANDS: [(&str, &str, &str); 9] = [
    ("?", "", "this help"),
    (
        "d",
        "[NAME]",
        "list the tables, or describe a table, metric, axis, setting, rule, model, ...",
    ),
    ("format", "[NAME]", "table, record, json, ndjson, csv, markdown, parquet, arrow"),
    ("i", "FILE", "run the statements of a file"),
    ("o", "[FILE]", "send answers to a file; without a file, back to the screen"),
    ("q", "", "leave (so does Ctrl-D)"),
    ("sql", "", "the SQL or the plan behind the last query"),
    ("timing", "", "turn the time in the footer on or off"),
    ("x", "", "one column per line, on or off"),
];

/// Whether a line is for the shell rather than for the engine.
pub(super) fn is_command(line: &str) -> bool {
    let line = line.trim();
    let mut chars = line.chars();
    match chars.next() {
        Some('\\') => true,
        Some('.') => chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '?'),
        _ => matches!(line, "help" | "quit" | "exit"),
    }
}

impl FromStr for Command {
    type Err = Error;

    fn from_str(line: &str) -> Result<Self, Error> {
        let line = line.trim().trim_end_matches(';').trim_end();
        let line = line.strip_prefix(['\\', '.']).unwrap_or(line);
        let (name, argument) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let argument = unquoted(argument.trim());
        let given = (!argument.is_empty()).then(|| argument.to_owned());
        let command = match name {
            "?" | "h" | "help" => Self::Help,
            "q" | "quit" | "exit" => Self::Quit,
            "x" => Self::Record,
            "timing" => Self::Timing,
            "format" => Self::Format(given.map(|name| name.parse()).transpose()?),
            "o" => Self::Output(given.map(PathBuf::from)),
            "i" => match given {
                Some(file) => Self::Include(file.into()),
                None => {
                    return Err(Error::question("AIQ0657", "`\\i` needs a file")
                        .help("as in `\\i queries/capacity.aiq`"));
                }
            },
            "sql" => Self::Sql,
            "d" => Self::Describe(given),
            _ => return Err(unknown(name)),
        };
        Ok(command)
    }
}

fn unknown(name: &str) -> Error {
    let error = Error::question("AIQ0658", format!("no command is called `\\{name}`"));
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
         search tp in [1, 2, 4, 8] where ttft < 300ms maximize tokens_per_gpu;\n\n",
    );
    for (name, argument, does) in COMMANDS {
        let head = format!("\\{name} {argument}");
        out.push_str(&format!("  {head:<16}{does}\n"));
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
        assert_eq!(read(".q"), Command::Quit);
        assert_eq!(read(" \\x ;"), Command::Record);
        assert_eq!(read("\\format csv"), Command::Format(Some(Format::Csv)));
        assert_eq!(read("\\format"), Command::Format(None));
        assert_eq!(read("\\o 'my file.csv'"), Command::Output(Some("my file.csv".into())));
        assert_eq!(read("\\o"), Command::Output(None));
        assert_eq!(read("\\d gemm"), Command::Describe(Some("gemm".into())));
        assert_eq!(read("exit"), Command::Quit);
    }

    #[test]
    fn what_is_a_command() {
        assert!(is_command("\\x") && is_command(" .x") && is_command("exit"));
        assert!(!is_command(".5 < ttft") && !is_command("show models") && !is_command(""));
    }

    #[test]
    fn unknown_commands_have_a_nearest_name() {
        let error = "\\timng".parse::<Command>().unwrap_err();
        insta::assert_snapshot!(crate::lang::diagnostics::render(&error, false), @r"
        error[AIQ0658]: no command is called `\timng`
          = help: the nearest name is `\timing`
        ");
        assert_eq!("\\i".parse::<Command>().unwrap_err().code, "AIQ0657");
        assert_eq!("\\format jsn".parse::<Command>().unwrap_err().code, "AIQ0652");
    }

    #[test]
    fn help_lists_every_command() {
        insta::assert_snapshot!(help());
    }
}
