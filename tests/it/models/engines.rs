//! The model text: what an engine does stands in its own file, and no order of files matters.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use aiq::lang::ast::{Definition, StatementKind};
use aiq::lang::parse::parse;
use aiq::model::library::Library;

use crate::support::worker::{Worker, shipped};
use crate::support::{files_below, root, text_of};

/// The files of the model by path, from `models`.
fn files() -> Vec<(PathBuf, String)> {
    let models = root().join("models");
    let all = files_below(&models).into_iter();
    let texts = all.filter(|path| path.extension().is_some_and(|e| e == "aiq"));
    texts.map(|path| (path.clone(), text_of(models.join(path)))).collect()
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
                Definition::Assume(d) => ("assume", d.name.text),
                Definition::Operation(d) => ("operation", d.name.text),
                Definition::Rows(d) => ("rows", d.name.text),
                Definition::Architecture(d) => ("architecture", d.name.text),
                Definition::Mode(d) => ("mode", d.name.text),
                Definition::Quant(name, _) => ("quant", name.text),
                // Written by a command, with names that no other text has.
                Definition::Engine(_) if path.ends_with("bands.aiq") => continue,
                Definition::Engine(d) => ("engine", d.name.text),
                Definition::Column(d) => ("column", d.name.text),
                Definition::Meaning(name, _) => ("meaning", name.text),
                Definition::Limit(_)
                | Definition::Vary(_)
                | Definition::Alias(..)
                | Definition::Unmodelled(..)
                | Definition::Ranking(_)
                | Definition::Compromise(_) => continue,
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
    let library = &shipped().1;
    let texts: BTreeMap<PathBuf, String> = files().into_iter().collect();
    for own in library.lets.iter().filter(|l| l.engine.is_some()) {
        let name = own.name.text.as_str();
        let for_all = library.lets.iter().any(|l| l.engine.is_none() && l.name.text == name);
        let file = own.name.loc.source.name.trim_start_matches("models/");
        let uses = texts[Path::new(file)].matches(name).count();
        assert!(for_all || uses > 1, "`{name}` of {file} is asked for nowhere");
    }
}

/// The shipped definitions, then some of one's own.
fn with(own: &str) -> Library {
    let mut library = shipped().1.clone();
    for definition in definitions(own) {
        library.define(definition).expect("sound");
    }
    library
}

/// The share of memory for the KV cache of each engine, after definitions of one's own.
fn shares(own: &str) -> [f64; 3] {
    let library = with(own);
    ["trtllm", "vllm", "sglang"].map(|backend| {
        let search = format!("for 'Qwen/Qwen3-32B' on h200_sxm * 8 using {backend}");
        Worker::defined(&library, &search).number(&[], "kv_fraction")
    })
}

#[test]
fn an_engine_goes_before_what_holds_for_all_and_what_is_later_before_both() {
    assert_eq!(shares(""), [0.9, 0.92, 0.88]);
    assert_eq!(shares("engine sglang { let kv_fraction = 0.5 }"), [0.9, 0.92, 0.5]);
    assert_eq!(shares("let kv_fraction = 0.7"), [0.7; 3]);
}

#[test]
fn operations_and_rules_are_those_of_the_engine() {
    let prices = |library: &Library| {
        ["trtllm", "vllm", "sglang"].map(|backend| {
            library.operations.get("dispatch", backend).expect("an operation").prices.len()
        })
    };
    let rules = &shipped().1.rules;
    assert_eq!(prices(&shipped().1), [2, 2, 4]);
    assert!(rules.get("vllm_experts", "vllm").is_some());
    assert!(rules.get("vllm_experts", "sglang").is_none());
    let own = "operation dispatch(width) { price memory(bytes = width) }";
    assert_eq!(prices(&with(own)), [1, 1, 1]);
}
