//! Speculative decoding: draft layers as rows of their own, their weights and caches, and what a
//! number of drafts is worth.

use crate::support::binary::{aiq, must, printed};
use crate::support::number as cell;
use crate::support::worker::{Axes, Coordinates, GraphOp, Worker};
use aiq::lang::ast::Phase;

const AT: Coordinates =
    Coordinates { tokens: 16.0, outputs: 8.0, batch: 8.0, seq: 2000.0, prefix: 0.0 };

fn known(model: &str, axes: Axes<'_>, name: &str) -> f64 {
    let system = if model.contains("K3") { "b200_sxm" } else { "h200_sxm" };
    let axes = [axes, &[("kv_tokens", 4096.0)]].concat();
    Worker::new(model, system, "sglang").number(&axes, name)
}

fn drafts(model: &str) -> Vec<GraphOp> {
    Worker::new(model, "h200_sxm", "sglang").ops(&[("nextn", 1.0)], Phase::Draft, &AT)
}

fn count(ops: &[GraphOp], label: &str) -> f64 {
    ops.iter().filter(|o| o.label == label).map(|o| o.count).sum()
}

#[test]
fn a_draft_module_is_one_layer_between_the_ends_of_the_model() {
    let ops = drafts("deepseek-ai/DeepSeek-V3");
    for label in ["embedding", "draft_join", "attention", "router", "experts", "lm_head"] {
        assert_eq!(count(&ops, label), 1.0, "{label}");
    }
    assert_eq!(count(&ops, "dense_down"), 0.0);
    // The ends are those of the model; the join is the module's own.
    let weight = |label: &str| ops.iter().find(|o| o.label == label).expect("a row").weight;
    assert_eq!(weight("embedding") + weight("lm_head"), 0.0);
    assert_eq!(weight("draft_join"), 2.0 * 2.0 * 7168.0 * 7168.0);

    let ops = drafts("Qwen/Qwen3.5-27B");
    assert_eq!(count(&ops, "attention"), 1.0);
    assert_eq!(count(&ops, "state"), 0.0);
    assert_eq!(count(&ops, "down"), 1.0);

    let ops = drafts("XiaomiMiMo/MiMo-V2-Flash");
    assert_eq!(count(&ops, "local_attention"), 1.0);
    assert_eq!(count(&ops, "global_attention") + count(&ops, "experts"), 0.0);

    // Architectures without draft layers have only what runs once.
    let ops = drafts("Qwen/Qwen3-32B");
    assert!(ops.iter().all(|o| o.count <= 1.0 && o.weight == 0.0), "{ops:?}");
}

#[test]
fn draft_layers_weigh_and_cache() {
    let model = "deepseek-ai/DeepSeek-V3";
    let weights = |n: f64| known(model, &[("nextn", n)], "weights");
    // 11.5 G parameters of a module beside the shared ends, as published, in 8 bits; the join in 16.
    let module = weights(1.0) - weights(0.0);
    assert!((module / 11.6e9 - 1.0).abs() < 0.02, "{module}");
    // One module, run again for further tokens.
    assert_eq!(weights(3.0), weights(1.0));
    let cache = |n: f64| known(model, &[("nextn", n)], "draft_cache");
    assert_eq!(cache(0.0), 0.0);
    assert_eq!(cache(2.0), known(model, &[("nextn", 2.0)], "kv_cache") / 61.0);
    // It lives on the last stage.
    let staged = |n: f64| known(model, &[("nextn", n), ("pp", 2.0)], "weights");
    let half = staged(1.0) - staged(0.0);
    assert!((half - module).abs() < 1.0, "{half}");

    // Three modules of MiMo, one for each drafted token.
    let model = "XiaomiMiMo/MiMo-V2-Flash";
    let weights = |n: f64| known(model, &[("nextn", n)], "weights");
    let (one, three) = (weights(1.0) - weights(0.0), weights(3.0) - weights(0.0));
    assert!((three / one - 3.0).abs() < 1e-6 && weights(4.0) == weights(3.0));

    // States of all drafts until it is known which is kept.
    let model = "Qwen/Qwen3.5-27B";
    let cache = |n: f64| known(model, &[("nextn", n), ("kv_tokens", 0.0)], "kv_cache");
    assert_eq!(cache(3.0), 4.0 * cache(0.0));

    // The five layers of Kimi K3.
    let weights = |n: f64| known("moonshotai/Kimi-K3", &[("nextn", n)], "weights");
    assert!(weights(2.0) > weights(0.0) + 5.0 * 3.0 * 14336.0 * 7168.0);
}

#[test]
fn the_number_of_drafts_is_searched() {
    for (mode, shape) in [
        ("agg", "dp = 8, tp = 1, moe_ep = 8, moe_tp = 1, batch = 16"),
        (
            "disagg",
            "dp = 8, tp = 1, moe_ep = 8, moe_tp = 1, decode.batch = 16, prefill.workers = 1, decode.workers = 1",
        ),
    ] {
        let question = format!(
            "set acceptance = '0.8, 0.5'; search {shape}, nextn in [0, 1, 2, 3] for 'deepseek-ai/DeepSeek-V3' \
             on h200_sxm * 16 as {mode} minimize tpot top 1 per nextn"
        );
        let found = must(&question);
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
    let shape = "dp = 8, tp = 1, moe_ep = 8, moe_tp = 1, batch = 16";
    let question =
        format!("search {shape}, nextn = 1 for 'deepseek-ai/DeepSeek-V3' on h200_sxm * 8 as agg");
    let said = |question: &str| printed(&aiq(&["-c", question]));
    assert!(said(&question).contains("accepted = 0"), "{}", said(&question));
    assert!(!said(&question.replace("nextn = 1", "nextn = 0")).contains("accepted"));
    let none = said("search nextn = 1 for 'Qwen/Qwen3-32B' on h200_sxm * 8 as agg");
    assert!(none.contains("no draft layers for nextn = 1"), "{none}");
}
