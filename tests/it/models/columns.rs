//! The registry of columns: every name has a meaning, and a further axis is text alone.

use std::path::Path;

use serde_json::Value;

use crate::support::session::{must, must_rows, session};

#[test]
fn every_axis_and_metric_has_a_meaning() {
    let mut session = session();
    for (list, name) in [("axes", "axis"), ("metrics", "metric")] {
        let rows = must_rows(&mut session, &format!("show {list}"));
        let silent: Vec<&Value> = rows.iter().filter(|r| r["meaning"].is_null()).collect();
        assert!(rows.len() > 10 && silent.is_empty(), "{list} without a meaning: {silent:#?}");
        assert!(rows.iter().all(|r| r[name].is_string()));
    }
}

/// Ranks that share the matrix products of a prompt, in the text that ships.
fn with_a_parallel_axis() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/serving/agg.aiq");
    let agg = std::fs::read_to_string(file).unwrap();
    let divided = agg.replace("/ cp)", "/ (cp * sp))");
    assert_ne!(agg, divided, "prefill is divided among ranks");
    format!(
        "axis sp : worker in [1, 2]
         column sp : size shape of worker, pool 'ranks that share the products of a prompt'
         let gpus_per_worker = tp * pp * dp * cp * sp
         {divided}"
    )
}

#[test]
fn a_parallel_axis_is_text_alone() {
    let mut session = session();
    must(&mut session, &with_a_parallel_axis());
    let shown = must_rows(&mut session, "describe sp");
    let meaning = shown.iter().find(|row| row["property"] == "meaning").unwrap();
    assert_eq!(meaning["value"], "ranks that share the products of a prompt");

    // It is searched by itself, shown of workers and of pools, and prices hang on it.
    let both =
        "let a = search tp = 2, batch = 8 on h200_sxm * 8 using vllm as agg top 2 distinct sp; ";
    let rows = must_rows(
        &mut session,
        &format!("{both} select sp, gpus_per_worker, ttft from a order by sp"),
    );
    let [one, two] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!([&one["sp"], &two["sp"]], [1, 2]);
    assert_eq!([&one["gpus_per_worker"], &two["gpus_per_worker"]], [2, 4]);
    assert!(two["ttft"].as_f64() < one["ttft"].as_f64(), "{rows:?}");
    let pools = must_rows(&mut session, "search on h200_sxm * 8 using vllm as disagg top 1");
    assert_eq!([&pools[0]["prefill_sp"], &pools[0]["decode_sp"]], [1, 1]);
    assert!(pools[0]["sp"].is_null());

    // What is said about candidates says it too.
    let none = "search sp = 2, tp = 2 on h200_sxm * 8 using vllm as agg where ttft < 1ms";
    let notes = must(&mut session, none).notes.join("\n");
    assert!(notes.contains("nearest miss: tp=2 batch=1") && notes.contains(" sp=2;"), "{notes}");
    let why = must_rows(&mut session, "why not sp = 2 in a");
    let rank = why[0]["message"].as_str().expect("a message");
    assert!(rank.starts_with("ranks 2 of 2 feasible candidates; the winner is agg"), "{rank}");
}
