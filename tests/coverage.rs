//! The table of coverage: what it says of known cases, that every refusal has a reason, and other
//! systems where they were imported.

#![allow(clippy::expect_used, clippy::print_stderr, reason = "a test fails by panicking")]

mod support;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use aiq::Session;

/// Published systems that are not shipped, with a backend that has data for them.
const OTHERS: [(&str, &str); 5] = [
    ("b300_sxm", "trtllm"),
    ("b60", "vllm"),
    ("gb300", "sglang"),
    ("l40s", "trtllm"),
    ("rtx_pro_6000_server", "sglang"),
];

fn systems() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("systems")
}

#[test]
fn the_whole_grid_has_reasons() {
    let begin = Instant::now();
    let rows = support::coverage("true", &systems());
    let (engine, library) = support::shipped();
    let systems = engine.catalog.systems();
    let pairs = systems.iter().map(|s| engine.catalog.backends(s).expect("backends").len());
    let places = pairs.sum::<usize>() * engine.checkpoints.names().count();
    assert_eq!(rows.len(), places * library.modes.len());
    let mut counts = std::collections::BTreeMap::new();
    for (search, (status, reason)) in &rows {
        *counts.entry(status.as_str()).or_insert(0) += 1;
        assert!(["measured", "hybrid", "no"].contains(&status.as_str()), "{search}: {status}");
        assert_eq!(reason.is_empty(), status == "measured", "{search}: {status}, {reason}");
        assert!(!reason.contains("AIQ02"), "{search}: {reason}");
    }
    println!("{} rows in {:.1?}: {counts:?}", rows.len(), begin.elapsed());
    assert!(counts.len() == 3, "{counts:?}");
}

#[test]
fn known_cases() {
    let rows = support::coverage(
        "model in ('Qwen/Qwen3-32B', 'nvidia/DeepSeek-V3.2-NVFP4') and backend = 'trtllm' and \
         system in ('a100_sxm', 'b200_sxm', 'gb200', 'h100_sxm', 'h200_sxm')",
        &systems(),
    );
    let text: Vec<String> = rows
        .iter()
        .map(|(search, (status, reason))| {
            format!("{search}: {status} {reason}").trim_end().to_owned()
        })
        .collect();
    insta::assert_snapshot!(text.join("\n"));
}

#[test]
fn only_what_is_asked_for_is_looked_at() {
    let begin = Instant::now();
    let one = "model = 'Qwen/Qwen3-8B' and system = 'h200_sxm' and backend = 'trtllm'";
    assert_eq!(support::coverage(one, &systems()).len(), 2);
    // The whole grid takes many times that.
    assert!(begin.elapsed().as_secs() < 5, "{:?}", begin.elapsed());
}

#[test]
fn definitions_and_settings_count() {
    let mut session = Session::open(&[systems()]).expect("a session");
    let mut seen = Vec::new();
    let ask = "select status from coverage where model = 'Qwen/Qwen3-8B' and \
               system = 'h200_sxm' and backend = 'trtllm' and mode = 'agg';";
    let text = format!("{ask} rule never require tp > 99 else 'a tp of {{tp}}'; {ask}");
    session.run("<test>", &text, &mut |answer| {
        let answer = answer.expect("an answer");
        let columns =
            answer.batches.iter().flat_map(datafusion::arrow::array::RecordBatch::columns);
        seen.extend(columns.map(|c| format!("{c:?}")));
        ControlFlow::Continue(())
    });
    assert!(seen[0].contains("measured") && seen[1].contains("no"), "{seen:?}");
}

/// Where other systems lie on the search path, they are covered and searched like the shipped ones.
#[test]
fn other_systems_once_imported() {
    let mut session = Session::open(&[systems()]).expect("a session");
    let (engine, _) = support::shipped();
    for (system, backend) in OTHERS {
        if engine.catalog.backends(system).is_err() {
            eprintln!(
                "skipped {system}: not imported; `aiq systems import WHEEL --into DIR` and AIQ_SYSTEMS=DIR add it"
            );
            continue;
        }
        let rows = support::coverage(&format!("system = '{system}'"), &systems());
        assert!(rows.values().any(|(status, _)| status != "no"), "{system}: nothing is covered");
        let text = format!("search for 'Qwen/Qwen3-8B' on {system} * 8 using {backend};");
        session.run("<test>", &text, &mut |answer| {
            assert!(answer.expect("an answer").feasible, "{text}");
            ControlFlow::Continue(())
        });
    }
}
