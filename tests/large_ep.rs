//! Large expert parallelism: tokens go straight to the ranks of their experts.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use aiq::lang::ast::Phase;
use aiq::plan::listing::{Coordinates, GraphOp, fixed, op_graph};
use serde_json::Value as Json;

const AT: Coordinates =
    Coordinates { tokens: 32.0, outputs: 32.0, batch: 32.0, seq: 1500.0, prefix: 0.0 };

fn graph(system: &str, backend: &str, model: &str, wide: f64, phase: Phase) -> Vec<GraphOp> {
    let (engine, library) = support::shipped();
    let target = support::target(&engine, &library, model, system, backend);
    let axes = fixed(&[
        ("tp", 1.0),
        ("pp", 1.0),
        ("dp", 16.0),
        ("moe_tp", 1.0),
        ("moe_ep", 16.0),
        ("cp", 1.0),
        ("wide_ep", wide),
    ]);
    op_graph(&library, &target, &axes, phase, &AT).expect("a graph")
}

fn find<'o>(ops: &'o [GraphOp], label: &str) -> &'o GraphOp {
    let labels: Vec<&str> = ops.iter().map(|o| o.label.as_str()).collect();
    ops.iter().find(|o| o.label == label).unwrap_or_else(|| panic!("{label} of {labels:?}"))
}

fn number(op: &GraphOp, name: &str) -> f64 {
    op.numbers.iter().find(|n| n.0 == name).expect("a number").1
}

#[test]
fn an_exchange_replaces_the_collectives() {
    for (backend, experts) in [("sglang", "wideep_context_moe"), ("trtllm", "wideep_moe")] {
        let ops = graph("h200_sxm", backend, "deepseek-ai/DeepSeek-V3", 1.0, Phase::Context);
        assert!(ops.iter().all(|o| o.op != Some("nccl") && o.op != Some("all_reduce")));
        let experts_op = find(&ops, "experts");
        assert_eq!(experts_op.op, Some(experts));
        assert_eq!(experts_op.count, 58.0);
        assert_eq!(number(experts_op, "tokens"), 32.0 * 16.0);
        // 58 layers of 256 experts over 16 ranks.
        assert_eq!(experts_op.weight, 58.0 * 7168.0 * 2048.0 * 3.0 * 16.0);
        assert_eq!(find(&ops, "exchange_out").op, Some("moe_a2a"));
        assert_eq!(find(&ops, "exchange_back").op, Some("moe_a2a"));
        let fused = graph("h200_sxm", backend, "deepseek-ai/DeepSeek-V3", 0.0, Phase::Context);
        assert_eq!(find(&fused, "dispatch").op, Some("nccl"));
        assert_eq!(find(&fused, "experts").op, Some("moe"));
    }
}

#[test]
fn several_nodes_are_measured_or_scaled() {
    let measured = graph("h200_sxm", "sglang", "deepseek-ai/DeepSeek-V3", 1.0, Phase::Generation);
    let out = find(&measured, "exchange_out");
    assert_eq!((number(out, "nodes"), number(out, "moe_ep"), out.count), (2.0, 16.0, 58.0));
    let scaled = graph("h200_sxm", "sglang", "moonshotai/Kimi-K2-Instruct", 1.0, Phase::Generation);
    let out = find(&scaled, "exchange_out");
    assert_eq!((number(out, "nodes"), number(out, "moe_ep")), (1.0, 8.0));
    // The network is 9 times slower than the links of a node, half of the traffic crosses it.
    assert!((out.count - 60.0 * (1.0 + 0.5 * 0.30 * 9.0)).abs() < 1e-9, "{}", out.count);
}

#[test]
fn a_group_of_ranks_is_that_of_the_measurement() {
    // Nodes of 4: TensorRT-LLM and vLLM were measured on one, SGLang's DeepEP on groups of 8.
    for (backend, ranks) in [("sglang", 8.0), ("vllm", 4.0), ("trtllm", 4.0)] {
        let ops = graph("gb200", backend, "deepseek-ai/DeepSeek-V3", 1.0, Phase::Generation);
        let out = find(&ops, "exchange_out");
        assert_eq!((number(out, "nodes"), number(out, "moe_ep")), (1.0, ranks), "{backend}");
        // All links of a rack are alike.
        let groups = 16.0 / ranks;
        let scale = 1.0 + (groups - 1.0) / groups * 0.30;
        assert!((out.count - 58.0 * scale).abs() < 1e-9, "{backend}: {}", out.count);
    }
}

#[test]
fn one_kernel_exchanges_and_computes() {
    let ops = graph("gb200", "sglang", "deepseek-ai/DeepSeek-V4-Pro", 1.0, Phase::Generation);
    let fused = find(&ops, "experts");
    assert_eq!((fused.op, number(fused, "tokens")), (Some("dsv4_megamoe_module"), 32.0));
    assert_eq!(fused.weight, 61.0 * 7168.0 * 3072.0 * 3.0 * 384.0 / 16.0 / 2.0);
    assert!(ops.iter().all(|o| o.op != Some("moe_a2a") && o.op != Some("nccl")));
}

/// Where rows differ from those of a known tool: backend, label, reason. The two points are
/// DeepSeek-V3 on SGLang and DeepSeek-V3.1 in NVFP4 on TensorRT-LLM, of 16 ranks on two nodes.
const DIFFERENT: &[(&str, &str, &str)] = &[
    ("sglang", "down_proj twice", "the projection stands twice there"),
    ("sglang", "tp_all_gather", "tensor parallel attention is not offered beside an exchange"),
    ("sglang", "tp_reduce_scatter", "tensor parallel attention is not offered"),
    ("sglang", "attention", "all heads on a rank: no tensor parallelism"),
    ("sglang", "q_up", MISSING),
    ("sglang", "kv_up", MISSING),
    ("sglang", "absorb_q", MISSING),
    ("sglang", "absorb_v", MISSING),
    ("sglang", "out_proj", MISSING),
    ("sglang", "norm_ffn", MISSING),
    ("sglang", "router", MISSING),
    ("sglang", "lm_head", MISSING),
    ("", "dense_gate_up", DENSE),
    ("", "dense_activation", DENSE),
    ("", "dense_down", DENSE),
    ("trtllm", "q_norm", FUSED),
    ("trtllm", "rope_kv_write", FUSED),
    ("trtllm", "add_shared", FUSED),
    ("trtllm", "exchange_prepare", NVLINK),
    ("trtllm", "exchange_out", NVLINK),
    ("trtllm", "exchange_back", NVLINK),
];
const MISSING: &str = "has no row there";
const DENSE: &str = "the first layers are dense";
const FUSED: &str = "not a kernel of its own in the model without an exchange";
const NVLINK: &str = "two-sided NVLink was not measured; DeepEP was, and its combine in 16 bits";

const EXPERT_ROWS: &[&str] = &[
    "router",
    "shared_gate_up",
    "shared_activation",
    "shared_down",
    "experts",
    "exchange_out",
    "exchange_back",
];

fn label(name: &str) -> &str {
    match name.split_once('_').map_or(name, |(_, rest)| rest) {
        "add_norm_1" => "norm_attention",
        "add_norm_2" => "norm_ffn",
        "qkv_a_proj_gemm" => "down_proj twice",
        "downscale_gemm" => "down_proj",
        "q_a_layernorm" => "q_norm",
        "q_b_proj_gemm" => "q_up",
        "kv_b_proj_gemm" => "kv_up",
        "proj_gemm" => "out_proj",
        "bmm_pre" => "absorb_q",
        "bmm_post" => "absorb_v",
        "rope_kvcache" => "rope_kv_write",
        "gate_ffn1_gemm" | "shared_gate_up_gemm" => "shared_gate_up",
        "act_gate" | "shared_act_gate" => "shared_activation",
        "ffn2_gemm" | "shared_ffn2_gemm" => "shared_down",
        "router_gemm" => "router",
        "moe_prepare" => "exchange_prepare",
        "moe_dispatch" => "exchange_out",
        "moe" => "experts",
        "moe_combine" => "exchange_back",
        "moe_reduce_add" => "add_shared",
        "logits_gemm" => "lm_head",
        other => other,
    }
}

/// What a row of the known tool computes, at one token.
fn theirs(kind: &str, args: &Json) -> String {
    let n = |key: &str| args[key].as_f64().unwrap_or(0.0);
    let t = |key: &str| args[key].as_str().unwrap_or("");
    match kind {
        "Embedding" => format!("memory {}", 2.0 * n("hidden_size")),
        "Elementwise" => format!("memory {}", n("bytes_per_token")),
        "Gemm" => format!("gemm {} {} {}", t("quant_mode"), n("n"), n("k")),
        "MlaBmm" => format!("bmm {} {}", t("quant_mode"), n("num_heads")),
        "MoeAllToAll" => format!(
            "exchange {} {} {} {:?}",
            t("comm_backend"),
            t("phase"),
            t("comm_dtype"),
            ["hidden_size", "topk", "num_experts", "moe_ep_size", "node_num", "sms"].map(n)
        ),
        "MoeExpertCompute" => format!(
            "experts {} {} {:?}",
            t("quant_mode"),
            t("workload_distribution"),
            ["hidden_size", "inter_size", "topk", "num_experts", "moe_ep_size"].map(n)
        ),
        "Nccl" => format!("{} {}", t("operation"), n("num_gpus")),
        _ => format!("attention {} {}", t("kv_cache_dtype"), n("num_heads")),
    }
}

/// The same of one of our rows.
fn ours(op: &GraphOp) -> String {
    let n = |key: &str| op.numbers.iter().find(|n| n.0 == key).map_or(0.0, |n| n.1);
    let t = |key: &str| op.text.iter().find(|t| t.0 == key).map_or("", |t| t.1.as_str());
    match op.op.unwrap_or("") {
        "memory" => format!("memory {}", n("bytes") / AT.tokens),
        "gemm" => format!("gemm {} {} {}", t("quant"), n("n"), n("k")),
        "mla_bmm" => format!("bmm {} {}", t("quant"), n("heads")),
        "moe_a2a" => format!(
            "exchange {} {} {} {:?}",
            t("comm_backend"),
            t("phase"),
            t("comm_dtype"),
            ["hidden", "topk", "experts", "moe_ep", "nodes", "sms"].map(n)
        ),
        "wideep_moe" | "wideep_context_moe" | "wideep_generation_moe" => format!(
            "experts {} {} {:?}",
            t("quant"),
            t("distribution"),
            ["hidden", "inter", "topk", "experts", "moe_ep"].map(n)
        ),
        _ => format!("attention {} {}", t("kv"), n("heads")),
    }
}

#[test]
fn rows_are_those_of_the_known_tool() {
    let golden = support::table(include_str!("data/opgraph_latent.tsv"));
    let mut seen = BTreeSet::new();
    for (model, system, backend) in [
        ("deepseek-ai/DeepSeek-V3", "h200_sxm", "sglang"),
        ("nvidia/DeepSeek-V3.1-NVFP4", "b200_sxm", "trtllm"),
    ] {
        for (phase, name) in [(Phase::Context, "C"), (Phase::Generation, "G")] {
            let wanted: BTreeMap<(&str, String), [f64; 2]> = golden
                .iter()
                .filter(|r| !r["comm_backend"].is_empty() && r["kind"] != "P2P")
                .filter(|r| r["model"] == model && r["backend"] == backend && r["phase"] == name)
                .map(|r| {
                    let args = serde_json::from_str(r["params"]).expect("arguments");
                    let number = |column: &str| r[column].parse::<f64>().expect("a number");
                    let sizes = ["count", "weight_bytes"].map(number);
                    ((label(r["name"]), theirs(r["kind"], &args)), sizes)
                })
                .collect();
            assert!(wanted.len() > 9, "{model} {name}");
            let ops = graph(system, backend, model, 1.0, phase);
            let found: BTreeMap<(&str, String), [f64; 2]> = ops
                .iter()
                .map(|op| ((op.label.as_str(), ours(op)), [op.count, op.weight]))
                .collect();
            for (key, [count, weight]) in &wanted {
                let Some([our_count, our_weight]) = found.get(key) else { continue };
                // There, the first layers have experts too; a step of decode is stretched by the
                // draft layer, and all but its ends shortened to 0.9.
                let ends = ["embedding", "lm_head"].contains(&key.0);
                let routed = EXPERT_ROWS.contains(&key.0);
                let share = if routed { 58.0 / 61.0 } else { 1.0 };
                let stretch = match (backend, phase) {
                    ("trtllm", Phase::Generation) => 62.0 / 61.0 * if ends { 1.0 } else { 0.9 },
                    _ => 1.0,
                };
                let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs().max(1.0);
                assert!(near(count / stretch * share, *our_count), "{model} {name} {key:?}: count");
                let held = phase == Phase::Generation || near(weight * share, *our_weight);
                assert!(held, "{model} {name} {key:?}: {weight} bytes, ours {our_weight}");
            }
            let wanted: BTreeSet<_> = wanted.into_keys().collect();
            let found: BTreeSet<_> = found.into_keys().collect();
            for (label, what) in wanted.symmetric_difference(&found) {
                let listed = DIFFERENT
                    .iter()
                    .position(|d| (d.0.is_empty() || d.0 == backend) && d.1 == *label);
                let side = if found.contains(&(*label, what.clone())) { "ours" } else { "theirs" };
                seen.insert(listed.unwrap_or_else(|| {
                    panic!("{model} {name}: {side} has {label}: {what}");
                }));
            }
        }
    }
    let idle: Vec<_> = (0..DIFFERENT.len()).filter(|i| !seen.contains(i)).collect();
    assert!(idle.is_empty(), "listed but not seen: {idle:?}");
}
