//! Running the binary as a user would.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use super::{root, systems};

/// Runs it in the folder of the project.
pub(crate) fn aiq(arguments: &[&str]) -> Output {
    command(root(), arguments).output().expect("the binary runs")
}

/// Runs it in a folder of its own, with the measurements that ship.
pub(crate) fn aiq_in(folder: &Path, arguments: &[&str]) -> Output {
    let systems = systems().display().to_string();
    let arguments = [&["--systems", &systems], arguments].concat();
    command(folder, &arguments).output().expect("the binary runs")
}

/// The binary with its arguments, about to run in a folder.
pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aiq"));
    command.args(arguments).current_dir(folder).env_remove("COLUMNS");
    command
}

/// Runs statements with their answers as JSON.
pub(crate) fn run(text: &str) -> Output {
    aiq(&["--format", "json", "-c", text])
}

/// The rows of the first answer to statements; none if there was no answer.
pub(crate) fn ask(text: &str) -> Vec<Value> {
    rows(&run(text))
}

/// The rows of the first answer to statements that must all succeed.
pub(crate) fn must(text: &str) -> Vec<Value> {
    let output = run(text);
    succeeded(&output, text);
    rows(&output)
}

/// That a run ended well; `what` says which one.
pub(crate) fn succeeded(output: &Output, what: &str) {
    assert_eq!(output.status.code(), Some(0), "{what}: {}", stderr(output));
}

/// The rows of every answer it printed as JSON; none where an object says that nothing is feasible.
pub(crate) fn answers(output: &Output) -> Vec<Vec<Value>> {
    let text = stdout(output);
    let lines = text.lines().filter(|line| !line.is_empty());
    let rows = |line: &str| match serde_json::from_str(line).expect("one JSON value a line") {
        Value::Array(rows) => rows,
        why => {
            assert_eq!(why["feasible"], false, "{line}");
            Vec::new()
        }
    };
    lines.map(rows).collect()
}

/// The rows of the first answer; none if there was no answer.
pub(crate) fn rows(output: &Output) -> Vec<Value> {
    answers(output).into_iter().next().unwrap_or_default()
}

/// What it printed as its answers.
pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

/// What it printed beside its answers.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("text")
}

/// All that it printed.
pub(crate) fn printed(output: &Output) -> String {
    stdout(output) + &stderr(output)
}

/// Runs a command line as it is typed.
pub(crate) fn typed(line: &str) -> Output {
    aiq(&words(line))
}

/// The words of a command line, between blanks; what follows `-c` is one word.
pub(crate) fn words(line: &str) -> Vec<&str> {
    match line.strip_prefix("-c ") {
        Some(text) => vec!["-c", text],
        None => line.split_whitespace().collect(),
    }
}
