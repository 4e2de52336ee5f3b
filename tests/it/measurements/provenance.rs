//! An answer names the releases its prices came from, where these are not the one asked for.

use crate::support::binary::{run, stderr};

/// Experts of 192 columns in fp8: measured with vLLM 0.19.0, not since.
const DONATED: &str = "estimate tp = 8, moe_tp = 8, batch = 8, moe = fp8 \
     for 'MiniMaxAI/MiniMax-M2.5' on h200_sxm * 8 using vllm as agg";
const OWN: &str =
    "estimate tp = 2, batch = 8 for 'Qwen/Qwen3-32B-FP8' on h200_sxm * 8 using vllm as agg";

fn footers(queries: &[&str]) -> Vec<String> {
    let output = run(&queries.join("; "));
    let text = stderr(&output);
    text.lines().filter(|l| l.contains("candidate")).map(str::to_owned).collect()
}

#[test]
fn donors_are_named_by_the_answers_they_are_in() {
    let found = footers(&["set repairs = none", DONATED, OWN, DONATED]);
    let data: Vec<&str> = found.iter().filter_map(|l| l.split(" | ").nth(1)).collect();
    let own = "h200_sxm vllm 0.24.0 repairs = none";
    let donated = format!("{own} (moe from 0.19.0)");
    assert_eq!(data, [&donated, own, &donated], "{found:?}");
}

/// A search asked again runs the plan it had.
#[test]
fn donors_are_named_when_a_plan_runs_again() {
    let query = "search moe = fp8, tp = 8, dp = 1, moe_tp = 8, moe_ep = 1, batch = 8 \
         for 'MiniMaxAI/MiniMax-M2.5' on h200_sxm * 8 using vllm as agg top 1";
    let found = footers(&[query, OWN, query]);
    assert!(found[0].contains("(moe from 0.19.0, gemm repaired)"), "{found:?}");
    assert!(found[2].contains("(moe from 0.19.0, gemm repaired)"), "{found:?}");
}

#[test]
fn libraries_are_named_with_their_own_version() {
    let query = "estimate tp = 1, dp = 8, moe_tp = 8, batch = 56 \
         for 'mistralai/Mixtral-8x7B-v0.1' on h100_sxm * 8 using trtllm as agg";
    let found = footers(&[query]);
    assert!(found[0].contains("h100_sxm trtllm 1.3.0rc20 (nccl 2.27.3)"), "{found:?}");
}
