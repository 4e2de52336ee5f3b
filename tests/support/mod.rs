//! What the tests of the model text share.

#![allow(dead_code, reason = "each test takes what it needs")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

pub(crate) mod binary;
pub(crate) mod session;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use aiq::arch::library::Library;
use aiq::lang::ast::StatementKind;
use aiq::lang::parse::parse;
use aiq::plan::question::{NoNames, Question};
use aiq::plan::target::Target;
use aiq::{Engine, Session};
use datafusion::arrow::array::{Array, AsArray};

/// The shipped definitions and data.
pub(crate) fn shipped() -> (Engine, Library) {
    let systems = Path::new(env!("CARGO_MANIFEST_DIR")).join("systems");
    let engine = Engine::open(&[systems]).expect("the shipped data opens");
    (engine, Library::shipped().expect("the shipped definitions are sound"))
}

/// The one target of a model on a system with a backend, precisions inferred.
pub(crate) fn target(
    engine: &Engine,
    library: &Library,
    model: &str,
    system: &str,
    backend: &str,
) -> Target {
    let text = format!("search for '{model}' on {system} * 8 using {backend};");
    let statements = parse("<test>", &text).expect("a question");
    let StatementKind::Search(search) = &statements[0].kind else { panic!("{text}") };
    let asked = Question::new(&search.axes, &search.clauses, &[], &NoNames).expect("a question");
    let mut targets = engine.targets(library, &asked, "").expect("a target");
    assert_eq!(targets.len(), 1, "{text}");
    targets.remove(0)
}

/// A table with a header line, columns separated by tabs.
pub(crate) fn table(text: &str) -> Vec<BTreeMap<&str, &str>> {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().expect("a header").split('\t').collect();
    lines.map(|l| header.iter().copied().zip(l.split('\t')).collect()).collect()
}

/// Rows of the table of coverage that meet a condition: status and reason by the search that they
/// are about.
pub(crate) fn coverage(condition: &str, systems: &PathBuf) -> BTreeMap<String, (String, String)> {
    let mut session = Session::open(std::slice::from_ref(systems)).expect("a session");
    let sql = format!("select * from coverage where {condition};");
    let mut rows = BTreeMap::new();
    session.run("<coverage>", &sql, &mut |answer| {
        for batch in answer.expect("coverage is computed").batches {
            let cell = |name: &str, row: usize| {
                let column = batch.column_by_name(name).expect("a column").as_string::<i32>();
                if column.is_null(row) { String::new() } else { column.value(row).to_owned() }
            };
            for row in 0..batch.num_rows() {
                let [model, system, backend, mode] =
                    ["model", "system", "backend", "mode"].map(|name| cell(name, row));
                let search =
                    format!("search for '{model}' on {system} * 8 using {backend} as {mode}");
                rows.insert(search, (cell("status", row), cell("reason", row)));
            }
        }
        ControlFlow::Continue(())
    });
    rows
}
