//! How many replicas: the budget is filled unless the question is about GPUs, cost or load.

use serde_json::Value;

use crate::support::binary::{rows, typed};
use crate::support::number;
use crate::support::session::{must_rows, session};

const PRICES: &str = "set price h100_sxm = $2.1/gpu_hour, price b200_sxm = $5/gpu_hour; ";

fn ask(text: &str) -> Vec<Value> {
    must_rows(&mut session(), &format!("{PRICES}{text}"))
}

/// The deployment of a row.
fn deployment(row: &Value) -> Vec<Value> {
    let names = [
        "mode",
        "tp",
        "batch",
        "replicas",
        "gpus_used",
        "prefill_workers",
        "prefill_tp",
        "decode_workers",
        "decode_tp",
        "decode_batch",
    ];
    names.map(|name| row[name].clone()).to_vec()
}

#[test]
fn the_cheapest_is_the_smallest_that_carries_the_load() {
    for system in ["h100_sxm", "b200_sxm"] {
        let about = format!("search for 'Qwen/Qwen3-32B-FP8' on {system} * 32");
        let targets = "ttft < 1s and tpot < 30ms and request_rate >= 20req/s";
        let cheapest = ask(&format!("{about} where {targets} minimize cost_per_hour top 1"));
        let fewest = ask(&format!("{about} where {targets} minimize gpus_used top 1"));
        assert_eq!(deployment(&cheapest[0]), deployment(&fewest[0]), "{system}");
        let recommended = rows(&typed(&format!(
            "recommend --model Qwen/Qwen3-32B-FP8 --system {system} --ttft 1000 --tpot 30 \
             --target-request-rate 20 --format json"
        )));
        assert_eq!(deployment(&recommended[0]), deployment(&fewest[0]), "{system}");
        // One GPU fewer does not do.
        let gpus = number(&fewest[0], "gpus_used");
        assert!(gpus < 32.0 * 0.9, "{system}: {gpus}");
        let less = format!("search for 'Qwen/Qwen3-32B-FP8' on {system} * {}", gpus - 1.0);
        assert!(ask(&format!("{less} where {targets} minimize cost_per_hour top 1")).is_empty());
    }
}

#[test]
fn the_budget_is_filled_where_nothing_is_said_of_it() {
    let about = "on h100_sxm * 32 as agg";
    let used = |text: &str| number(&ask(text)[0], "gpus_used");
    assert!(used(&format!("search {about} maximize tokens_per_gpu top 1")) >= 29.0);
    assert!(used(&format!("search {about} maximize request_rate top 1")) >= 29.0);
    let bounded =
        format!("search {about} where cost_per_hour <= $20/hour maximize request_rate top 1");
    let cost = number(&ask(&bounded)[0], "cost_per_hour");
    assert!(cost <= 20.0 && cost > 20.0 - 8.0 * 2.1, "{cost}");
    // Budgets that the question sweeps are each filled.
    let swept = "search gpus in [8, 16] on h100_sxm as agg where request_rate > 1req/s top 1";
    assert!(used(swept) >= 8.0);
}

#[test]
fn requests_under_way_are_those_of_a_replica_unless_there_is_a_budget() {
    let row = |on: &str| ask(&format!("estimate tp=2, concurrency=64 {on} as agg")).swap_remove(0);
    let alone = row("on h200_sxm");
    assert_eq!(["replicas", "batch", "gpus_used"].map(|n| number(&alone, n)), [1.0, 64.0, 2.0]);
    let spread = row("on h200_sxm * 8");
    let names = ["replicas", "batch", "concurrency"];
    assert_eq!(names.map(|name| number(&spread, name)), [4.0, 16.0, 64.0]);
}

#[test]
fn a_frontier_of_cost_tries_every_number_of_replicas() {
    let text = "search tp = 2 on h100_sxm * 16 as agg where tpot < 30ms pareto cost_per_hour, request_rate";
    let replicas: Vec<f64> = ask(text).iter().map(|row| number(row, "replicas")).collect();
    assert_eq!(replicas.len(), 8, "{replicas:?}");
    assert!((1..=8).all(|n| replicas.contains(&f64::from(n))), "{replicas:?}");
}
