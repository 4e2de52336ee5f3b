//! The model text: what an engine does stands in its own file, and no order of files matters.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use aiq::arch::library::Library;
use aiq::lang::ast::{Definition, StatementKind};
use aiq::lang::parse::parse;
use aiq::plan::graph::{fixed, value};
use aiq::plan::value::Value;

/// The files of the model by path, from `models`.
fn files() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let (mut folders, mut files) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "aiq") {
                let text = std::fs::read_to_string(&path).expect("a text");
                files.push((path.strip_prefix(&root).expect("a path below").to_owned(), text));
            }
        }
    }
    files
}

fn definitions(text: &str) -> Vec<Definition> {
    let statements = parse("<test>", text).expect("definitions");
    let definition = |kind| match kind {
        StatementKind::Define(definition) => definition,
        other => panic!("no definition: {other:?}"),
    };
    statements.into_iter().map(|s| definition(s.kind)).collect()
}

/// Whether a text compares the name `backend` with something.
fn asks_for_an_engine(text: &str) -> bool {
    text.match_indices("backend").any(|(at, word)| {
        let part_of_a_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let after = text[at + word.len()..].trim_start();
        !text[..at].ends_with(part_of_a_name)
            && ["=", "!=", "<>", "in ", "in[", "not in"].iter().any(|op| after.starts_with(op))
    })
}

#[test]
fn only_files_of_engines_ask_for_an_engine() {
    assert!(asks_for_an_engine("when a and prefill.backend = 'x'"));
    assert!(!asks_for_an_engine("moe_a2a(comm_backend = library) -- of the backend"));
    for (path, text) in files().iter().filter(|(path, _)| !path.starts_with("engines")) {
        for (i, line) in text.lines().enumerate() {
            let place = format!("models/{}:{}", path.display(), i + 1);
            assert!(!asks_for_an_engine(line), "{place}: ask for what the engine does: {line}");
        }
    }
}

#[test]
fn a_name_is_defined_for_all_engines_in_one_file() {
    let mut places: BTreeMap<(&str, String), PathBuf> = BTreeMap::new();
    for (path, text) in files() {
        for definition in definitions(&text) {
            let name = match definition {
                Definition::Let(d) => ("let", d.name.text),
                Definition::Metric(d) => ("metric", d.name.text),
                Definition::Axis(d) => ("axis", d.name.text),
                Definition::Rule(d) => ("rule", d.name.text),
                Definition::Operation(d) => ("operation", d.name.text),
                Definition::Rows(d) => ("rows", d.name.text),
                Definition::Architecture(d) => ("architecture", d.name.text),
                Definition::Mode(d) => ("mode", d.name.text),
                Definition::Quant(name, _) => ("quant", name.text),
                Definition::Engine(d) => ("engine", d.name.text),
                Definition::Limit(_) | Definition::Vary(_) => continue,
            };
            let before = places.insert(name.clone(), path.clone());
            let moved = before.as_ref().is_some_and(|before| *before != path);
            assert!(!moved, "{name:?} is in {before:?} and {path:?}: which wins?");
        }
    }
}

/// A slip in the name of something that an engine does otherwise would have no effect.
#[test]
fn engines_define_what_is_asked_for() {
    let library = Library::shipped().expect("shipped definitions");
    let texts: BTreeMap<PathBuf, String> = files().into_iter().collect();
    for own in library.lets.iter().filter(|l| l.engine.is_some()) {
        let name = own.name.text.as_str();
        let for_all = library.lets.iter().any(|l| l.engine.is_none() && l.name.text == name);
        let file = own.name.loc.source.name.trim_start_matches("models/");
        let uses = texts[Path::new(file)].matches(name).count();
        assert!(for_all || uses > 1, "`{name}` of {file} is asked for nowhere");
    }
}

/// The value of a name with an engine, after definitions of one's own.
fn with(own: &str, backend: &str, name: &str) -> Value {
    let (engine, mut library) = support::shipped();
    for definition in definitions(own) {
        library.define(definition).expect("sound");
    }
    let target = support::target(&engine, &library, "Qwen/Qwen3-32B", "h200_sxm", backend);
    value(&library, &target, &fixed(&[("tp", 1.0), ("pp", 1.0), ("dp", 1.0)]), name)
        .expect("a value")
}

#[test]
fn an_engine_goes_before_what_holds_for_all_and_what_is_later_before_both() {
    let number = |own: &str, backend: &str| with(own, backend, "kv_fraction");
    assert_eq!(number("", "trtllm"), Value::Number(0.9));
    assert_eq!(number("", "sglang"), Value::Number(0.88));
    let of_one = "engine sglang { let kv_fraction = 0.5 }";
    assert_eq!(number(of_one, "sglang"), Value::Number(0.5));
    assert_eq!(number(of_one, "vllm"), Value::Number(0.92));
    let of_all = "let kv_fraction = 0.7";
    for backend in ["trtllm", "vllm", "sglang"] {
        assert_eq!(number(of_all, backend), Value::Number(0.7));
    }
    assert_eq!(with("", "vllm", "latent_attention"), Value::text("mha"));
    assert_eq!(with("", "sglang", "latent_attention"), Value::text("mla"));
}

#[test]
fn operations_and_rules_are_those_of_the_engine() {
    let (_, mut library) = support::shipped();
    let prices = |library: &Library, backend: &str| {
        library.operations.get("dispatch", backend).expect("an operation").prices.len()
    };
    let of = |library: &Library| ["trtllm", "vllm", "sglang"].map(|b| prices(library, b));
    assert_eq!(of(&library), [2, 2, 4]);
    assert!(library.rules.get("vllm_experts", "vllm").is_some());
    assert!(library.rules.get("vllm_experts", "sglang").is_none());
    for definition in definitions("operation dispatch(width) { price memory(bytes = width) }") {
        library.define(definition).expect("sound");
    }
    assert_eq!(of(&library), [1, 1, 1]);
}
