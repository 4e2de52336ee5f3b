//! Speculative decoding: draft layers as rows of their own, their weights and caches, and what a
//! number of drafts is worth.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use aiq::lang::ast::Phase;
use aiq::plan::listing::{Coordinates, GraphOp, fixed, op_graph, value};
use support::binary::{aiq, number as cell};

const AT: Coordinates =
    Coordinates { tokens: 16.0, outputs: 8.0, batch: 8.0, seq: 2000.0, prefix: 0.0 };

fn axes(more: &[(&'static str, f64)]) -> Vec<aiq::lang::ast::AxisTerm> {
    let one = ["tp", "pp", "dp", "moe_tp", "moe_ep", "cp"].map(|name| (name, 1.0));
    // The first value of a name wins.
    fixed(&[more, &one[..], &[("wide_ep", 0.0), ("kv_tokens", 4096.0)]].concat())
}

fn known(model: &str, backend: &str, more: &[(&'static str, f64)], name: &str) -> f64 {
    let (engine, library) = support::shipped();
    let system = if model.contains("K3") { "b200_sxm" } else { "h200_sxm" };
    let target = support::target(&engine, &library, model, system, backend);
    let value = value(&library, &target, &axes(more), name).expect("a value");
    value.as_number().unwrap_or_else(|| panic!("`{name}` of {model} is no number"))
}

fn drafts(model: &str, backend: &str) -> Vec<GraphOp> {
    let (engine, library) = support::shipped();
    let target = support::target(&engine, &library, model, "h200_sxm", backend);
    op_graph(&library, &target, &axes(&[("nextn", 1.0)]), Phase::Draft, &AT).expect("a graph")
}

fn count(ops: &[GraphOp], label: &str) -> f64 {
    ops.iter().filter(|o| o.label == label).map(|o| o.count).sum()
}

#[test]
fn a_draft_module_is_one_layer_between_the_ends_of_the_model() {
    let ops = drafts("deepseek-ai/DeepSeek-V3", "sglang");
    for label in ["embedding", "draft_join", "attention", "router", "experts", "lm_head"] {
        assert_eq!(count(&ops, label), 1.0, "{label}");
    }
    assert_eq!(count(&ops, "dense_down"), 0.0);
    // The ends are those of the model; the join is the module's own.
    let weight = |label: &str| ops.iter().find(|o| o.label == label).expect("a row").weight;
    assert_eq!(weight("embedding") + weight("lm_head"), 0.0);
    assert_eq!(weight("draft_join"), 2.0 * 2.0 * 7168.0 * 7168.0);

    let ops = drafts("Qwen/Qwen3.5-27B", "sglang");
    assert_eq!(count(&ops, "attention"), 1.0);
    assert_eq!(count(&ops, "state"), 0.0);
    assert_eq!(count(&ops, "down"), 1.0);

    let ops = drafts("XiaomiMiMo/MiMo-V2-Flash", "sglang");
    assert_eq!(count(&ops, "local_attention"), 1.0);
    assert_eq!(count(&ops, "global_attention") + count(&ops, "experts"), 0.0);

    // Architectures without draft layers have only what runs once.
    let ops = drafts("Qwen/Qwen3-32B", "sglang");
    assert!(ops.iter().all(|o| o.count <= 1.0 && o.weight == 0.0), "{ops:?}");
}

#[test]
fn draft_layers_weigh_and_cache() {
    let model = "deepseek-ai/DeepSeek-V3";
    let weights = |n: f64| known(model, "sglang", &[("nextn", n)], "weights");
    // 11.5 G parameters of a module beside the shared ends, as published, in 8 bits; the join in 16.
    let module = weights(1.0) - weights(0.0);
    assert!((module / 11.6e9 - 1.0).abs() < 0.02, "{module}");
    // One module, run again for further tokens.
    assert_eq!(weights(3.0), weights(1.0));
    let cache = |n: f64| known(model, "sglang", &[("nextn", n)], "draft_cache");
    assert_eq!(cache(0.0), 0.0);
    assert_eq!(cache(2.0), known(model, "sglang", &[("nextn", 2.0)], "kv_cache") / 61.0);
    // It lives on the last stage.
    let staged = |n: f64| known(model, "sglang", &[("nextn", n), ("pp", 2.0)], "weights");
    let half = staged(1.0) - staged(0.0);
    assert!((half - module).abs() < 1.0, "{half}");

    // Three modules of MiMo, one for each drafted token.
    let model = "XiaomiMiMo/MiMo-V2-Flash";
    let weights = |n: f64| known(model, "sglang", &[("nextn", n)], "weights");
    let (one, three) = (weights(1.0) - weights(0.0), weights(3.0) - weights(0.0));
    assert!((three / one - 3.0).abs() < 1e-6 && weights(4.0) == weights(3.0));

    // States of all drafts until it is known which is kept.
    let model = "Qwen/Qwen3.5-27B";
    let cache = |n: f64| known(model, "sglang", &[("nextn", n), ("kv_tokens", 0.0)], "kv_cache");
    assert_eq!(cache(3.0), 4.0 * cache(0.0));

    // The five layers of Kimi K3.
    let weights = |n: f64| known("moonshotai/Kimi-K3", "sglang", &[("nextn", n)], "weights");
    assert!(weights(2.0) > weights(0.0) + 5.0 * 3.0 * 14336.0 * 7168.0);
}

fn search(question: &str) -> Vec<serde_json::Value> {
    let output = aiq(&["--format", "ndjson", "-c", question]);
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

#[test]
fn the_number_of_drafts_is_searched() {
    for (mode, shape) in [
        ("agg", "dp = 8, tp = 1, moe_ep = 8, moe_tp = 1, batch = 16, ctx_prompts = 1"),
        (
            "disagg",
            "dp = 8, tp = 1, moe_ep = 8, moe_tp = 1, decode.batch = 16, prefill.workers = 1, decode.workers = 1",
        ),
    ] {
        let question = format!(
            "set acceptance = '0.8, 0.5'; search {shape}, nextn in [0, 1, 2, 3] for 'deepseek-ai/DeepSeek-V3' \
             on h200_sxm * 16 as {mode} minimize tpot top 1 per nextn"
        );
        let found = search(&question);
        assert_eq!(found.len(), 4, "{mode}: {found:?}");
        let at = |n: f64| found.iter().find(|r| cell(r, "nextn") == n).expect("a depth");
        let step = |n: f64, accepted: f64| cell(at(n), "tpot") * (1.0 + accepted);
        // 0.8, then 0.8 and 0.8 * 0.5 of the drafts are kept; steps grow with their number.
        let steps = [step(0.0, 0.0), step(1.0, 0.8), step(2.0, 1.2), step(3.0, 1.2)];
        assert!(steps.windows(2).all(|w| w[0] < w[1]), "{mode}: {steps:?}");
        assert!(steps[3] < 2.0 * steps[0], "{mode}: {steps:?}");
        assert!(cell(at(1.0), "tpot") < cell(at(0.0), "tpot"));
        // Drafts beyond the rates given are never kept.
        assert!(cell(at(2.0), "tpot") < cell(at(3.0), "tpot"));
    }
}

#[test]
fn drafts_without_a_use_are_said() {
    let shape = "dp = 8, tp = 1, moe_ep = 8, moe_tp = 1, batch = 16, ctx_prompts = 1";
    let question =
        format!("search {shape}, nextn = 1 for 'deepseek-ai/DeepSeek-V3' on h200_sxm * 8 as agg");
    let said = |question: &str| {
        let output = aiq(&["-c", question]);
        [output.stdout, output.stderr].concat().iter().map(|b| char::from(*b)).collect::<String>()
    };
    assert!(said(&question).contains("accepted = 0"), "{}", said(&question));
    assert!(!said(&question.replace("nextn = 1", "nextn = 0")).contains("accepted"));
    let none = said("search nextn = 1 for 'Qwen/Qwen3-32B' on h200_sxm * 8 as agg");
    assert!(none.contains("no draft layers for nextn = 1"), "{none}");
}

#[test]
fn a_scaled_exchange_is_no_measurement() {
    let origins = |model: &str, backend: &str| {
        let found = search(&format!(
            "explain ops estimate dp = 16, tp = 1, moe_ep = 16, moe_tp = 1, wide_ep = 1, batch = 8, \
             ctx_tokens = 1000, isl = 1000 for '{model}' on h200_sxm * 16 using {backend} as agg"
        ));
        let exchanges = found
            .iter()
            .filter(|r| r["keys"].as_str().is_some_and(|keys| keys.contains("comm_backend=")));
        exchanges.map(|r| r["origin"].as_str().expect("an origin").to_owned()).collect::<Vec<_>>()
    };
    let scaled = origins("moonshotai/Kimi-K2-Instruct", "trtllm");
    assert!(!scaled.is_empty() && scaled.iter().all(|o| o == "extrapolated"), "{scaled:?}");
    let measured = origins("deepseek-ai/DeepSeek-V3", "sglang");
    assert!(measured.iter().any(|o| o != "extrapolated"), "{measured:?}");
}

#[test]
fn a_rule_may_apply_to_some_candidates() {
    let of = |rule: &str| {
        let found = search(&format!(
            "{rule} search tp in [1, 2], batch in [4, 8], ctx_prompts = 1 for 'Qwen/Qwen3-32B' \
             on h200_sxm * 2 as agg minimize tpot top 9"
        ));
        let mut seen: Vec<(f64, f64)> =
            found.iter().map(|r| (cell(r, "tp"), cell(r, "batch"))).collect();
        seen.sort_by(f64_pairs);
        seen
    };
    assert_eq!(of(""), [(1.0, 4.0), (1.0, 8.0), (2.0, 4.0), (2.0, 8.0)]);
    let rule = "rule small when tp = 2 require batch <= 4 else 'a batch of {batch}'";
    assert_eq!(of(rule), [(1.0, 4.0), (1.0, 8.0), (2.0, 4.0)]);
    // On what is priced, and where it never applies.
    let rule = "rule quick when batch > 4 require ttft < 0ms else 'slow'";
    assert_eq!(of(rule), [(1.0, 4.0), (2.0, 4.0)]);
    assert_eq!(of("rule never when tp = 4 require batch <= 4 else 'a batch'").len(), 4);
}

fn f64_pairs(a: &(f64, f64), b: &(f64, f64)) -> std::cmp::Ordering {
    a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal)
}
