//! The table of coverage: what it says of known cases, that every refusal has a reason, and other
//! systems where they were imported.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::support::session::{must, must_rows, session};
use crate::support::worker::shipped;

/// Published systems that are not shipped, with a backend that has data for them.
const OTHERS: [(&str, &str); 5] = [
    ("b300_sxm", "trtllm"),
    ("b60", "vllm"),
    ("gb300", "sglang"),
    ("l40s", "trtllm"),
    ("rtx_pro_6000_server", "sglang"),
];

/// Rows of the table of coverage that meet a condition: status and reason by the search that they
/// are about.
pub(super) fn coverage(condition: &str) -> BTreeMap<String, (String, String)> {
    let rows = must_rows(&mut session(), &format!("select * from coverage where {condition};"));
    let told = |row: &serde_json::Value| {
        let cell = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let [model, system, backend, mode] = ["model", "system", "backend", "mode"].map(cell);
        let search = format!("search for '{model}' on {system} * 8 using {backend} as {mode}");
        (search, (cell("status"), cell("reason")))
    };
    rows.iter().map(told).collect()
}

#[test]
fn the_whole_grid_has_reasons() {
    let begin = Instant::now();
    let rows = coverage("true");
    let (engine, library) = shipped();
    let systems = engine.catalog.systems();
    let pairs = systems.iter().map(|s| engine.catalog.backends(s).expect("backends").len());
    let places = pairs.sum::<usize>() * engine.checkpoints.names().count();
    assert_eq!(rows.len(), places * library.modes.len());
    let mut counts = BTreeMap::new();
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
    let rows = coverage(
        "model in ('Qwen/Qwen3-32B', 'nvidia/DeepSeek-V3.2-NVFP4') and backend = 'trtllm' and \
         system in ('a100_sxm', 'b200_sxm', 'gb200', 'h100_sxm', 'h200_sxm')",
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
    assert_eq!(coverage(one).len(), 2);
    // The whole grid takes many times that.
    assert!(begin.elapsed().as_secs() < 5, "{:?}", begin.elapsed());
}

#[test]
fn definitions_and_settings_count() {
    let mut session = session();
    let ask = "select status from coverage where model = 'Qwen/Qwen3-8B' and \
               system = 'h200_sxm' and backend = 'trtllm' and mode = 'agg';";
    let before = must_rows(&mut session, ask);
    let rule = "rule never require tp > 99 else 'a tp of {tp}'";
    let after = must_rows(&mut session, &format!("{rule}; {ask}"));
    let all = |rows: &[serde_json::Value], status| rows.iter().all(|row| row["status"] == status);
    assert!(all(&before, "measured") && all(&after, "no"), "{before:?} {after:?}");
}

/// Where other systems lie on the search path, they are covered and searched like the shipped ones.
#[test]
fn other_systems_once_imported() {
    let mut session = session();
    let (engine, _) = shipped();
    for (system, backend) in OTHERS {
        if engine.catalog.backends(system).is_err() {
            eprintln!(
                "skipped {system}: not imported; `aiq systems import WHEEL --into DIR` and AIQ_SYSTEMS=DIR add it"
            );
            continue;
        }
        let rows = coverage(&format!("system = '{system}'"));
        assert!(rows.values().any(|(status, _)| status != "no"), "{system}: nothing is covered");
        let text = format!("search for 'Qwen/Qwen3-8B' on {system} * 8 using {backend};");
        assert!(must(&mut session, &text).feasible, "{text}");
    }
}
