//! The op graphs of decoders against those of a known tool, row by row: shapes, precisions,
//! counts, weights. What differs on purpose is listed below with its reason.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeMap;

use aiq::lang::ast::Phase;
use aiq::plan::listing::{Coordinates, GraphOp, fixed, op_graph};
use serde_json::Value as Json;

/// Which side of a comparison has a row that the other lacks.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Side {
    Ours,
    Theirs,
}

/// A difference meant to be there: where, which row, and why.
struct Deliberate {
    /// Beginning of the model's name; empty: every model.
    model: &'static str,
    backend: &'static str,
    phase: Option<Phase>,
    label: &'static str,
    side: Side,
    reason: &'static str,
}

const fn ours(phase: Option<Phase>, label: &'static str, reason: &'static str) -> Deliberate {
    Deliberate { model: "", backend: "", phase, label, side: Side::Ours, reason }
}

const CONTEXT: Option<Phase> = Some(Phase::Context);

/// Every row that differs. `docs/deliberate-differences.md` gives the sizes.
const DELIBERATE: &[Deliberate] = &[
    ours(CONTEXT, "rope_kv_write", "grows with the tokens, not a constant inside attention"),
    Deliberate {
        model: "Qwen/",
        ..ours(CONTEXT, "qk_norm", "grows with the tokens, not a constant inside attention")
    },
    Deliberate {
        model: "Qwen/Qwen3-235B",
        ..ours(CONTEXT, "lm_head", "prefill makes the first token with the output matrix")
    },
    Deliberate {
        model: "openai/gpt-oss",
        ..ours(CONTEXT, "lm_head", "prefill makes the first token with the output matrix")
    },
    Deliberate {
        model: "meta-llama/Meta-Llama-3.1-70B",
        backend: "sglang",
        ..ours(CONTEXT, "lm_head", LAST_TOKENS)
    },
    Deliberate {
        model: "meta-llama/Meta-Llama-3.1-70B",
        backend: "sglang",
        side: Side::Theirs,
        ..ours(CONTEXT, "lm_head", LAST_TOKENS)
    },
];

const LAST_TOKENS: &str = "the last tokens of all prompts are not spread over context ranks";

/// Tokens of one rank when tokens are not split, sequences, and their lengths.
const PREFILL: Coordinates =
    Coordinates { tokens: 6000.0, outputs: 2.0, batch: 2.0, seq: 3000.0, prefix: 0.0 };
const DECODE: Coordinates =
    Coordinates { tokens: 16.0, outputs: 16.0, batch: 16.0, seq: 1501.0, prefix: 0.0 };

type Row = BTreeMap<&'static str, &'static str>;

/// A priced op in a form that compares: label, op, text, numbers, count, weight.
fn line(op: &GraphOp) -> String {
    let text: Vec<String> = op.text.iter().map(|(n, v)| format!("{n}={v}")).collect();
    let numbers: Vec<String> = op.numbers.iter().map(|(n, v)| format!("{n}={v}")).collect();
    let (text, numbers) = (text.join(" "), numbers.join(" "));
    let name = op.op.unwrap_or("-");
    format!("{} {name}({text} {numbers}) x {} weighs {}", op.label, op.count, op.weight)
}

/// One worker of the known tool, with the coordinates of a phase.
struct Point {
    backend: &'static str,
    phase: Phase,
    dp: f64,
    cp: f64,
    at: Coordinates,
}

impl Point {
    /// The ops a row of the known tool stands for.
    fn expected(&self, row: &Row) -> Vec<GraphOp> {
        let args: Json = serde_json::from_str(row["params"]).expect("arguments");
        let n = |key: &str| args[key].as_f64().unwrap_or(0.0);
        let t = |key: &str| args[key].as_str().unwrap_or("").to_owned();
        let split = args["seq_split"].as_f64().unwrap_or(1.0);
        let tokens = (self.at.tokens / split).ceil();
        let label = label(row["name"], n("window_size") > 0.0);
        let mut ops = match row["kind"] {
            "Embedding" => vec![op("memory", &[], &[("bytes", 2.0 * n("hidden_size") * tokens)])],
            "Elementwise" => vec![op("memory", &[], &[("bytes", n("bytes_per_token") * tokens)])],
            "Gemm" => {
                let rows = if label == "lm_head" { self.at.outputs } else { self.at.tokens };
                let numbers = [("m", (rows / split).ceil()), ("n", n("n")), ("k", n("k"))];
                vec![op("gemm", &[("quant", t("quant_mode"))], &numbers)]
            }
            "ContextAttention" => self.context_attention(&args),
            "GenerationAttention" => {
                let numbers = [
                    ("heads", n("n")),
                    ("kv_heads", n("n_kv")),
                    ("head_dim", n("head_size")),
                    ("window", n("window_size")),
                    ("batch", self.at.batch),
                    ("seq", self.at.seq),
                ];
                vec![op("generation_attention", &[("kv", t("kv_cache_dtype"))], &numbers)]
            }
            "CustomAllReduce" if n("tp_size") <= 1.0 => Vec::new(),
            "CustomAllReduce" => vec![all_reduce(n("tp_size"), n("hidden_size") * tokens)],
            "P2P" if row["count"] == "0.0" => Vec::new(),
            "P2P" => vec![op("link", &[], &[("bytes", 2.0 * n("hidden_size") * tokens)])],
            "Nccl" => {
                vec![nccl(&t("operation"), n("num_gpus"), n("hidden_size") * self.at.tokens)]
            }
            "Moe" => {
                let text =
                    [("quant", t("quant_mode")), ("distribution", t("workload_distribution"))];
                let numbers = [
                    ("tokens", self.at.tokens * self.dp),
                    ("hidden", n("hidden_size")),
                    ("inter", n("inter_size")),
                    ("topk", n("topk")),
                    ("experts", n("num_experts")),
                    ("moe_tp", n("moe_tp_size")),
                    ("moe_ep", n("moe_ep_size")),
                ];
                vec![op("moe", &text, &numbers)]
            }
            "MoeDispatch" => self.dispatch(&args),
            other => panic!("{other}"),
        };
        for (i, op) in ops.iter_mut().enumerate() {
            label.clone_into(&mut op.label);
            op.count = row["count"].parse().expect("a count");
            op.weight = if i == 0 { row["weight_bytes"].parse().expect("bytes") } else { 0.0 };
        }
        ops
    }

    /// With context parallelism, two chunks of a sequence: one from each end.
    fn context_attention(&self, args: &Json) -> Vec<GraphOp> {
        let n = |key: &str| args[key].as_f64().unwrap_or(0.0);
        let t = |key: &str| args[key].as_str().unwrap_or("").to_owned();
        let (seq, prefix) = (self.at.seq, self.at.prefix);
        let chunk = (seq / (2.0 * self.cp)).ceil();
        let parts = if self.cp > 1.0 {
            vec![(chunk, prefix), (chunk, prefix + seq - chunk)]
        } else {
            vec![(seq, prefix)]
        };
        let text = [("fmha", t("fmha_quant_mode")), ("kv", t("kv_cache_dtype"))];
        let whole = |(seq, prefix)| {
            let numbers = [
                ("heads", n("n")),
                ("kv_heads", n("n_kv")),
                ("head_dim", n("head_size")),
                ("window", n("window_size")),
                ("batch", self.at.batch),
                ("seq", seq),
                ("prefix", prefix),
            ];
            op("context_attention", &text, &numbers)
        };
        parts.into_iter().map(whole).collect()
    }

    /// The collectives that bring tokens to their experts or back, on a system without the
    /// reduced payload of Blackwell.
    fn dispatch(&self, args: &Json) -> Vec<GraphOp> {
        let n = |key: &str| args[key].as_f64().unwrap_or(0.0);
        let before = args["pre_dispatch"] == true;
        let ranks = n("moe_tp_size") * n("moe_ep_size");
        let attention = ranks / self.dp;
        let (one, all) =
            (n("hidden_size") * self.at.tokens, n("hidden_size") * self.at.tokens * self.dp);
        if ranks <= 1.0 {
            return Vec::new();
        }
        let exchange = match before {
            true => nccl("all_gather", ranks, all),
            false => nccl("reduce_scatter", ranks, all),
        };
        let (tensor, data) = (attention > 1.0, self.dp > 1.0);
        match (self.backend, tensor, data, before) {
            ("vllm", true, true, _) => vec![all_reduce(ranks, one), exchange],
            ("sglang", true, true, true) => {
                vec![exchange, nccl("reduce_scatter", attention, one)]
            }
            ("sglang", true, true, false) => vec![exchange, nccl("all_gather", attention, one)],
            (_, true, _, _) => vec![all_reduce(ranks, one)],
            (_, false, true, _) => vec![exchange],
            _ => Vec::new(),
        }
    }
}

fn op(
    name: &'static str,
    text: &[(&'static str, String)],
    numbers: &[(&'static str, f64)],
) -> GraphOp {
    GraphOp {
        label: String::new(),
        lane: None,
        op: Some(name),
        text: text.to_vec(),
        numbers: numbers.to_vec(),
        count: 0.0,
        weight: 0.0,
    }
}

fn all_reduce(ranks: f64, elements: f64) -> GraphOp {
    op("all_reduce", &[], &[("ranks", ranks), ("elements", elements)])
}

fn nccl(operation: &str, ranks: f64, elements: f64) -> GraphOp {
    let text = [("op", operation.to_owned()), ("dtype", "half".to_owned())];
    op("nccl", &text, &[("ranks", ranks), ("elements", elements)])
}

/// Our label of a row of the known tool.
fn label(name: &str, windowed: bool) -> &'static str {
    let name = name.trim_start_matches("context_").trim_start_matches("generation_");
    match name {
        "embedding" => "embedding",
        "add_norm_1" => "norm_attention",
        "qkv_gemm" => "qkv",
        "attention" if windowed => "attention_window",
        "attention" => "attention",
        "cp_all_gather" => "kv_all_gather",
        "proj_gemm" => "out_proj",
        "add_norm_2" => "norm_ffn",
        "gate_ffn1_gemm" => "gate_up",
        "act_gate" => "activation",
        "ffn2_gemm" => "down",
        "logits_gemm" => "lm_head",
        "embedding_ar" => "reduce_embedding",
        "ar_1" => "reduce_attention",
        "ar_2" => "reduce_ffn",
        "p2p" => "p2p",
        "router_gemm" => "router",
        "moe" => "experts",
        "moe_pre_dispatch" => "dispatch",
        "moe_post_dispatch" => "combine",
        other => panic!("{other}"),
    }
}

#[test]
fn op_graphs_are_those_of_the_known_tool() {
    let (engine, library) = support::shipped();
    let golden = support::table(include_str!("data/opgraph_golden.tsv"));
    let axes = ["tp", "pp", "dp", "moe_tp", "moe_ep", "cp"];
    let mut points: Vec<Vec<&str>> = Vec::new();
    for row in &golden {
        let key: Vec<&str> = ["model", "backend"].iter().chain(&axes).map(|c| row[c]).collect();
        if !points.contains(&key) {
            points.push(key);
        }
    }
    assert_eq!(points.len(), 6);
    let mut used = vec![false; DELIBERATE.len()];
    let mut wrong = Vec::new();
    for key in &points {
        let target = support::target(&engine, &library, key[0], "h200_sxm", key[1]);
        let values: Vec<(&str, f64)> =
            axes.iter().zip(&key[2..]).map(|(n, v)| (*n, v.parse().expect("a number"))).collect();
        let value = |name: &str| values.iter().find(|v| v.0 == name).expect("an axis").1;
        for (phase, tag) in [(Phase::Context, "C"), (Phase::Generation, "G")] {
            let at = if phase == Phase::Context { PREFILL } else { DECODE };
            let (dp, cp) = (value("dp"), value("cp"));
            let point = Point { backend: key[1], phase, dp, cp, at };
            let mut own = at;
            if phase == Phase::Context {
                own.tokens = (at.tokens / cp).ceil();
            }
            let ops = op_graph(&library, &target, &fixed(&values), phase, &own).expect("a graph");
            let mut actual: Vec<String> = ops.iter().map(line).collect();
            let same = |row: &&Row| {
                ["model", "backend"].iter().chain(&axes).map(|c| row[c]).eq(key.iter().copied())
                    && row["phase"] == tag
            };
            let mut missing = Vec::new();
            for op in golden.iter().filter(same).flat_map(|row| point.expected(row)) {
                let expected = line(&op);
                match actual.iter().position(|a| *a == expected) {
                    Some(i) => drop(actual.remove(i)),
                    None => missing.push(expected),
                }
            }
            let left = missing.into_iter().map(|l| (Side::Theirs, l));
            for (side, line) in left.chain(actual.into_iter().map(|l| (Side::Ours, l))) {
                let label = line.split(' ').next().unwrap_or("");
                let listed = DELIBERATE.iter().position(|d| {
                    key[0].starts_with(d.model)
                        && (d.backend.is_empty() || d.backend == point.backend)
                        && d.phase.is_none_or(|p| p == point.phase)
                        && d.label == label
                        && d.side == side
                        && !d.reason.is_empty()
                });
                match listed {
                    Some(i) => used[i] = true,
                    None => wrong.push(format!("{} {tag} {side:?}: {line}", key[..].join(" "))),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let idle: Vec<&str> =
        DELIBERATE.iter().zip(&used).filter(|(_, u)| !**u).map(|(d, _)| d.label).collect();
    assert!(idle.is_empty(), "listed but not seen: {idle:?}");
}
