//! `aiq lint`, `aiq fmt` and `aiq explain`, as a user would run them.

use crate::support::binary::{aiq, printed};
use crate::support::{read, text_of};

#[test]
fn lint_says_what_is_likely_not_meant() {
    let output = aiq(&["lint", "tests/data/lint.aiq"]);
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!(printed(&output));
}

#[test]
fn lint_in_json_has_places() {
    let output = aiq(&["lint", "tests/data/lint.aiq", "--format", "json"]);
    let found: Vec<serde_json::Value> =
        serde_json::from_slice(&output.stdout).expect("one array of objects");
    let source = read("tests/data/lint.aiq");
    for error in &found {
        let at = |key: &str| error["span"][key].as_u64().expect("a place") as usize;
        assert!(source.get(at("start")..at("end")).is_some_and(|t| !t.is_empty()), "{error}");
    }
    let codes: Vec<&str> = found.iter().filter_map(|e| e["code"].as_str()).collect();
    for code in ["AIQ0201", "AIQ0801", "AIQ0802", "AIQ0803", "AIQ0804"] {
        assert!(codes.contains(&code), "{codes:?}");
    }
}

/// Shipped questions have nothing to warn of, but defaults.
#[test]
fn shipped_queries_are_clean() {
    let output = aiq(&["lint", "queries"]);
    assert!(output.status.success(), "{}", printed(&output));
}

#[test]
fn files_are_laid_out_in_place() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("a.aiq");
    std::fs::write(&file, "search   tp=1 -- one\n;").expect("written");
    let path = file.to_str().expect("a path");
    let checked = aiq(&["fmt", "--check", path]);
    assert_eq!(checked.status.code(), Some(1));
    assert!(printed(&checked).ends_with("a.aiq:1: not in its layout\n"), "{}", printed(&checked));
    assert!(aiq(&["fmt", path]).status.success());
    assert_eq!(aiq(&["fmt", "--check", path]).status.code(), Some(0));
    let laid_out = text_of(&file);
    assert_eq!(laid_out, "search tp = 1 -- one\n    ;\n");
    // What does not parse stays as it is, and nothing is left beside it.
    std::fs::write(&file, "search where").expect("written");
    assert_eq!(aiq(&["fmt", path]).status.code(), Some(2));
    assert_eq!(text_of(&file), "search where");
    assert_eq!(std::fs::read_dir(directory.path()).expect("a directory").count(), 1);
}

#[test]
fn codes_are_explained() {
    let known = aiq(&["explain", "AIQ0203"]);
    assert!(known.status.success());
    assert!(printed(&known).starts_with("AIQ0203: a unit is missing\n"), "{}", printed(&known));
    let unknown = aiq(&["explain", "AIQ0998"]);
    assert_eq!(unknown.status.code(), Some(2));
    let said = printed(&unknown);
    assert!(said.contains("docs/errors.md") && !said.contains("did you mean"), "{said}");
}

#[test]
fn errors_for_editors() {
    let output = aiq(&["-c", "search where ttft < 300", "--error_format", "json"]);
    let error: serde_json::Value = serde_json::from_slice(&output.stderr).expect("an object");
    assert_eq!(error["code"], "AIQ0203");
    assert_eq!(
        (error["span"]["line"].as_u64(), error["span"]["column"].as_u64()),
        (Some(1), Some(21))
    );
}

/// SQL is planned against what it reads, as far as that is known without running anything.
#[test]
fn lint_plans_sql() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("a.aiq");
    let lines = [
        "let a = search tp in [1, 2] for 'Qwen/Qwen3-32B' on h200_sxm * 8 as agg maximize ttft;",
        "select tp, ttft, rank from a where tpot < 10;",
        "select ttftt from a;",
        "select m from gem;",
        "select latencyy from gemm;",
        "estimate from (select 1 as tp, batchh from gemm);",
        "estimate from (select tp, batch from a);",
        "create view v as select m from gemm;",
        "select anything from v;",
        "select * from 'not-written-yet.csv';",
        "describe ttft;",
        "let e = estimate tp = 1;",
        "select something from e;",
    ];
    std::fs::write(&file, lines.join("\n")).expect("written");
    let output = aiq(&["lint", file.to_str().expect("a path"), "--format", "json"]);
    let found: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).expect("an array");
    let errors =
        found.iter().filter(|e| !e["code"].as_str().is_some_and(|c| c.starts_with("AIQ08")));
    let told: Vec<(u64, &str)> = errors
        .map(|e| (e["span"]["line"].as_u64().unwrap_or(0), e["code"].as_str().unwrap_or("")))
        .collect();
    let expected = [(3, "AIQ0201"), (4, "AIQ0237"), (5, "AIQ0201"), (6, "AIQ0201")];
    assert_eq!(told, expected, "{found:#?}");
}
