//! Pages of help: their examples have answers, and the command line finds them.

use aiq::shell::help;

use crate::support::binary::{aiq_in, printed, succeeded, typed};
use crate::support::read;
use crate::support::session::{must, session};

/// Everything a page of help tells a user to paste, other than what writes files.
#[test]
fn examples_of_help_have_answers() {
    let mut ran = 0;
    for topic in help::topics() {
        // Examples set and define; the next topic begins anew.
        let mut session = session();
        for example in topic.examples().into_iter().filter(|e| e.runs) {
            assert!(must(&mut session, example.text).feasible, "{}", example.text);
            ran += 1;
        }
    }
    assert!(ran > 50, "{ran} examples");
}

/// The glossary says of each name what the model says; `INSTA_UPDATE=always` writes it anew.
#[test]
fn the_glossary_is_what_the_model_says() {
    const HEAD: &str = "Names of columns, axes, metrics and settings:\n\n";
    let session = session();
    let names = session.library().columns.glossary();
    let lines: String = names.map(|(name, meaning)| format!("- {name}: {meaning}\n")).collect();
    let page = read("docs/glossary.md");
    let (before, after) = page.split_once(HEAD).expect("the list of names");
    if after != lines && std::env::var("INSTA_UPDATE").is_ok_and(|how| how == "always") {
        let path = crate::support::root().join("docs/glossary.md");
        std::fs::write(path, format!("{before}{HEAD}{lines}")).expect("written");
        return;
    }
    assert_eq!(after, lines, "docs/glossary.md is not what models/columns.aiq says");
}

/// Every axis, every metric and every setting with a meaning has a sentence and a line to try.
#[test]
fn names_are_explained() {
    let mut session = session();
    let names: Vec<String> = {
        let library = session.library();
        let scopes = library.modes.values().flat_map(|m| m.scopes());
        let axes = library.axes.iter().chain(scopes.flat_map(|s| &s.axes));
        let axes = axes.map(|a| a.name.text.clone());
        let metrics = library.metrics.iter().map(|m| m.name.text.clone());
        axes.chain(metrics).chain(["max_idle".to_owned(), "host_layer".to_owned()]).collect()
    };
    // A table of that name is described in its place.
    for name in names.into_iter().filter(|name| !["gemm", "moe"].contains(&name.as_str())) {
        let answer = must(&mut session, &format!("describe {name}"));
        let mut out = Vec::new();
        aiq::output::write(&answer, aiq::output::Encoding::Json, &mut out).expect("rows");
        let rows: Vec<serde_json::Value> = serde_json::from_slice(&out).expect("JSON");
        let of = |property: &str| {
            let row = rows.iter().find(|row| row["property"] == property);
            row.and_then(|row| row["value"].as_str()).map(str::to_owned)
        };
        assert!(of("meaning").is_some(), "{name} has no meaning");
        // What has no value of its own by default has no example.
        if let Some(example) = of("example") {
            let parsed = aiq::lang::parse::parse("example", &example);
            assert!(parsed.is_ok(), "{name}: {example}");
        }
    }
}

/// Examples under `--help` run, in order, on what ships.
#[test]
fn examples_of_commands_run() {
    let folder = tempfile::tempdir().expect("a folder");
    for shared in ["queries", "examples"] {
        let from = crate::support::root().join(shared);
        std::os::unix::fs::symlink(from, folder.path().join(shared)).expect("linked");
    }
    let help = printed(&typed("help"));
    let commands = help.split("\nCommands:\n").nth(1).expect("commands");
    let names = commands.lines().take_while(|line| !line.is_empty());
    let names = names.filter(|line| !line.starts_with("   "));
    let mut ran = 0;
    for name in names.filter_map(|line| line.split_whitespace().next()) {
        let page = printed(&typed(&format!("{name} --help")));
        let examples = page.split("Examples:\n").nth(1).unwrap_or_else(|| panic!("{name}: {page}"));
        for line in examples.lines().map(str::trim).filter(|line| line.starts_with("aiq ")) {
            let line = line.split(" >").next().expect("a command");
            let words: Vec<&str> = line.split_whitespace().skip(1).collect();
            let output = aiq_in(folder.path(), &words);
            succeeded(&output, line);
            ran += 1;
        }
    }
    assert!(ran > 15, "{ran} examples");
}

#[test]
fn help_from_the_command_line() {
    for line in ["help top", "-c help distinct;", "-c \\? per"] {
        let output = typed(line);
        succeeded(&output, line);
        let page = printed(&output);
        assert!(page.starts_with("top, per, distinct (clause)\n"), "{page}");
    }
    for (line, said) in [
        ("help tp", "tensor parallelism: GPUs that share every layer"),
        ("help tp", "search tp in [1, 2, 4] top 3"),
        ("help max_idle", "a number from 0 to 1"),
        ("help glossary", "- ttft: time from a request to its first token"),
        ("help default", "Usage: aiq default"),
        ("help default", "\nExamples:\n  aiq default --model"),
        ("help default", "\nOptions of every command:\n"),
    ] {
        let page = printed(&typed(line));
        assert!(page.contains(said), "{line}: {page}");
    }
    // A command that is no topic.
    assert!(printed(&typed("help recommend")).contains("--target-request-rate"));
    assert!(printed(&typed("help")).contains("\nClauses of a question\n"));
    let unknown = typed("help serch");
    assert_eq!(unknown.status.code(), Some(2));
    assert!(printed(&unknown).contains("did you mean `help search`?"), "{}", printed(&unknown));
}
