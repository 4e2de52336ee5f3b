//! The op graphs of the DeepSeek kind against those of a known tool: shapes, precisions, counts,
//! lanes, weights. What differs on purpose is listed with its reason.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeMap;

use aiq::lang::ast::Phase;
use aiq::plan::listing::{Coordinates, GraphOp, fixed, op_graph, value};
use serde_json::Value as Json;

/// A difference meant to be there: beginning of the model, backend (empty: any), our label, and
/// whether it is a row of theirs that we lack or have otherwise, or one of ours.
struct Deliberate(&'static str, &'static str, &'static str, Side, &'static str);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Side {
    Ours,
    Theirs,
}

use Side::{Ours, Theirs};

const DENSE: &str = "the first layers are dense, with reductions of their own";
const DELIBERATE: &[Deliberate] = &[
    Deliberate("", "", "dense_gate_up", Ours, DENSE),
    Deliberate("", "", "dense_activation", Ours, DENSE),
    Deliberate("", "", "dense_down", Ours, DENSE),
    Deliberate("", "", "reduce_dense", Ours, DENSE),
    Deliberate("", "", "reduce_dense_attention", Ours, DENSE),
    Deliberate(
        "deepseek-ai/DeepSeek-V3",
        "vllm",
        "reduce_layers",
        Theirs,
        "dispatch and combine reduce",
    ),
    Deliberate("moonshotai/Kimi-K2.5", "", "attention", Theirs, "64 heads, not 128"),
    Deliberate("moonshotai/Kimi-K2.5", "", "attention", Ours, "64 heads, not 128"),
    Deliberate("deepseek-ai/DeepSeek-V3.2", "", "shared_gate_up", Theirs, SHARDS),
    Deliberate("deepseek-ai/DeepSeek-V3.2", "", "shared_gate_up", Ours, SHARDS),
    Deliberate("deepseek-ai/DeepSeek-V3.2", "", "shared_activation", Theirs, SHARDS),
    Deliberate("deepseek-ai/DeepSeek-V3.2", "", "shared_activation", Ours, SHARDS),
    Deliberate("deepseek-ai/DeepSeek-V3.2", "", "shared_down", Theirs, SHARDS),
    Deliberate("deepseek-ai/DeepSeek-V3.2", "", "shared_down", Ours, SHARDS),
    Deliberate("deepseek-ai/DeepSeek-V3.2", "", "attention", Theirs, INDEX),
    Deliberate("deepseek-ai/DeepSeek-V3.2", "", "attention", Ours, INDEX),
    Deliberate("zai-org/GLM-5.2-FP8", "", "attention", Theirs, NORMS),
    Deliberate("zai-org/GLM-5.2-FP8", "", "attention", Ours, NORMS),
    Deliberate("zai-org/GLM-5.2-FP8", "", "shared_gate_up", Theirs, SPLIT),
    Deliberate("zai-org/GLM-5.2-FP8", "", "shared_gate_up", Ours, SPLIT),
    Deliberate("zai-org/GLM-5.2-FP8", "", "shared_activation", Theirs, SPLIT),
    Deliberate("zai-org/GLM-5.2-FP8", "", "shared_activation", Ours, SPLIT),
    Deliberate("zai-org/GLM-5.2-FP8", "", "shared_down", Theirs, SPLIT),
    Deliberate("zai-org/GLM-5.2-FP8", "", "shared_down", Ours, SPLIT),
    Deliberate("zai-org/GLM-5.2-FP8", "", "router", Theirs, SPLIT),
    Deliberate("zai-org/GLM-5.2-FP8", "", "router", Ours, SPLIT),
    Deliberate("zai-org/GLM-5.2-FP8", "", "embedding", Theirs, SPLIT),
    Deliberate("zai-org/GLM-5.2-FP8", "", "embedding", Ours, SPLIT),
    Deliberate("MiniMaxAI/MiniMax-M3", "", "attention", Theirs, FULL),
    Deliberate("MiniMaxAI/MiniMax-M3", "", "attention", Ours, FULL),
    Deliberate("MiniMaxAI/MiniMax-M3", "", "full_attention", Ours, FULL),
    Deliberate("MiniMaxAI/MiniMax-M3", "", "qkv", Ours, FULL),
    Deliberate("MiniMaxAI/MiniMax-M3", "", "out_proj", Ours, FULL),
    Deliberate("MiniMaxAI/MiniMax-M3", "", "qk_norm", Ours, FULL),
    Deliberate("MiniMaxAI/MiniMax-M3", "", "rope_kv_write", Ours, FULL),
    Deliberate("moonshotai/Kimi-K3", "", "dispatch", Theirs, "attention has its own reduction"),
];
const SHARDS: &str = "shared experts are sharded with attention, as in V3";
const INDEX: &str = "the key projection of the index has weights";
const NORMS: &str = "norms left out of quantisation say nothing of the projections";
const SPLIT: &str = "every product of a prompt shared by ranks sees its share of the tokens";
const FULL: &str = "the first layers attend to everything; projections and index have weights";

const PREFILL: Coordinates =
    Coordinates { tokens: 6000.0, outputs: 2.0, batch: 2.0, seq: 3000.0, prefix: 0.0 };
const DECODE: Coordinates =
    Coordinates { tokens: 16.0, outputs: 16.0, batch: 16.0, seq: 1501.0, prefix: 0.0 };

type Row = BTreeMap<&'static str, &'static str>;

/// A row of the known tool as an op with the arguments that are compared.
#[derive(Debug, Clone)]
struct Wanted {
    label: &'static str,
    op: &'static str,
    text: Vec<(&'static str, String)>,
    numbers: Vec<(&'static str, f64)>,
    count: f64,
    weight: f64,
    lane: Option<usize>,
}

impl Wanted {
    fn is(&self, op: &GraphOp, phase: Phase) -> bool {
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0);
        let text = |n: &str| op.text.iter().find(|t| t.0 == n).map(|t| t.1.as_str());
        let number = |n: &str| op.numbers.iter().find(|t| t.0 == n).map_or(f64::NAN, |t| t.1);
        op.label == self.label
            && op.op == Some(self.op)
            && op.lane.map(|l| l.lane) == self.lane
            && self.text.iter().all(|(n, v)| text(n) == Some(v))
            && self.numbers.iter().all(|(n, v)| near(number(n), *v))
            && near(op.count, self.count)
            && (phase == Phase::Generation || near(op.weight, self.weight))
    }
}

struct Point {
    backend: &'static str,
    phase: Phase,
    tp: f64,
    dp: f64,
    cp: f64,
    /// Decode in their graph is stretched by draft layers; here the whole step is.
    stretch: f64,
    /// Share of layers with experts.
    routed: f64,
    at: Coordinates,
}

impl Point {
    fn wanted(&self, row: &Row) -> Vec<Wanted> {
        let args: Json = serde_json::from_str(row["params"]).expect("arguments");
        let n = |key: &str| args[key].as_f64().unwrap_or(0.0);
        let t = |key: &str| args[key].as_str().unwrap_or("").to_owned();
        let label = match &args["attn_kind"] {
            kind if kind == "Csa" => "csa_attention",
            kind if kind == "Hca" => "hca_attention",
            _ => label(row["name"]),
        };
        let split = n("seq_split").max(n("scale_num_tokens")).max(1.0);
        let tokens = (self.at.tokens / split).ceil();
        let at = self.at;
        let context = self.phase == Phase::Context;
        let mut share = 1.0;
        let (op, text, numbers): Price = match row["kind"] {
            "P2P" | "CustomAllReduce" if n("tp_size") <= 1.0 && row["kind"] != "P2P" => {
                return vec![];
            }
            "P2P" if row["count"] == "0.0" => return vec![],
            "Embedding" => ("memory", vec![], vec![("bytes", 2.0 * n("hidden_size") * tokens)]),
            "Elementwise" => ("memory", vec![], vec![("bytes", n("bytes_per_token") * tokens)]),
            "Gemm" => {
                let m = if label.ends_with("lm_head") { at.outputs } else { tokens };
                (
                    "gemm",
                    vec![("quant", t("quant_mode"))],
                    vec![("m", m), ("n", n("n")), ("k", n("k"))],
                )
            }
            "CustomAllReduce" => (
                "all_reduce",
                vec![],
                vec![("ranks", n("tp_size")), ("elements", n("hidden_size") * tokens)],
            ),
            "ContextAttention" | "GenerationAttention" => (
                if context { "context_attention" } else { "generation_attention" },
                vec![("kv", t("kv_cache_dtype"))],
                vec![
                    ("heads", n("n")),
                    ("kv_heads", n("n_kv")),
                    ("head_dim", n("head_size")),
                    ("batch", at.batch),
                    ("seq", at.seq),
                ],
            ),
            "ContextMla" | "GenerationMla" => (
                if context { "context_mla" } else { "generation_mla" },
                vec![("kv", t("kv_cache_dtype"))],
                vec![("heads", n("num_heads")), ("batch", at.batch), ("seq", at.seq)],
            ),
            "MlaModuleContext" | "MlaModuleGeneration" => (
                if context { "mla_context_module" } else { "mla_generation_module" },
                vec![("kv", t("kv_cache_dtype")), ("gemm", t("gemm_quant_mode"))],
                vec![("heads", n("num_heads")), ("batch", at.batch), ("seq", at.seq)],
            ),
            "MlaBmm" => {
                let op = if args["is_pre"] == true { "mla_gen_pre" } else { "mla_gen_post" };
                let text = vec![("quant", t("quant_mode")), ("op", op.to_owned())];
                ("mla_bmm", text, vec![("heads", n("num_heads")), ("tokens", at.tokens)])
            }
            "DsaContext" | "DsaGeneration" => {
                share = n("full_frac");
                (
                    if context { "dsa_context_module" } else { "dsa_generation_module" },
                    vec![
                        ("kv", t("kv_cache_dtype")),
                        ("gemm", t("gemm_quant_mode")),
                        ("architecture", t("architecture")),
                    ],
                    vec![
                        ("heads", n("num_heads")),
                        ("batch", at.batch),
                        ("seq", (at.seq / self.cp).ceil()),
                        ("index_topk", n("index_topk")),
                    ],
                )
            }
            "Dsv4Context" | "Dsv4Generation" => {
                let mut numbers = vec![
                    ("native_heads", n("native_heads")),
                    ("heads", n("num_heads")),
                    ("batch", at.batch),
                    ("seq", at.seq),
                ];
                for (ours, theirs) in [
                    ("hidden", "hidden_size"),
                    ("q_lora", "q_lora_rank"),
                    ("o_lora", "o_lora_rank"),
                    ("head_dim", "head_dim"),
                    ("rope", "rope_head_dim"),
                    ("o_groups", "o_groups"),
                    ("window", "window_size"),
                ] {
                    numbers.push((ours, n(theirs)));
                }
                let name = match (args["attn_kind"] == "Csa", context) {
                    (true, true) => "dsv4_csa_context_module",
                    (true, false) => "dsv4_csa_generation_module",
                    (false, true) => "dsv4_hca_context_module",
                    (false, false) => "dsv4_hca_generation_module",
                };
                (name, vec![("kv", t("kv_cache_dtype")), ("gemm", t("gemm_quant_mode"))], numbers)
            }
            "MsaContext" | "MsaGeneration" => (
                if context { "msa_context_module" } else { "msa_generation_module" },
                vec![("kv", t("kv_cache_dtype")), ("gemm", t("gemm_quant_mode"))],
                vec![
                    ("heads", n("num_heads")),
                    ("kv_heads", n("num_kv_heads")),
                    ("index_topk", n("index_topk")),
                ],
            ),
            "Mhc" => (
                "mhc_module",
                vec![("op", t("op"))],
                vec![
                    ("hc_mult", n("hc_mult")),
                    ("hidden", n("hidden_size")),
                    ("tokens", at.tokens),
                ],
            ),
            "Kda" => {
                let part = if label == "kda_conv" { "conv" } else { "scan" };
                let drafts = n("draft_tokens").max(1.0);
                let (batch, seq) =
                    if context { (at.batch, at.seq) } else { (at.batch / drafts, drafts) };
                let numbers = vec![
                    ("d_model", n("d_model")),
                    ("d_conv", n("d_conv")),
                    ("k_heads", n("num_k_heads")),
                    ("v_dim", n("head_v_dim")),
                    ("batch", batch),
                    ("seq", seq),
                ];
                ("kda", vec![("phase", t("phase")), ("part", part.to_owned())], numbers)
            }
            "Moe" => (
                "moe",
                vec![("distribution", t("workload_distribution"))],
                vec![
                    ("tokens", (at.tokens / self.cp).ceil() * self.cp * self.dp),
                    ("hidden", n("hidden_size")),
                    ("inter", n("inter_size")),
                    ("topk", n("topk")),
                    ("experts", n("num_experts")),
                    ("moe_tp", n("moe_tp_size")),
                    ("moe_ep", n("moe_ep_size")),
                ],
            ),
            "MoeDispatch" => return self.dispatch(row, &args, label),
            other => panic!("{other}"),
        };
        vec![self.one(row, label, op, text, numbers, share)]
    }

    fn one(
        &self,
        row: &Row,
        label: &'static str,
        op: &'static str,
        text: Vec<(&'static str, String)>,
        numbers: Vec<(&'static str, f64)>,
        share: f64,
    ) -> Wanted {
        let of_experts = [
            "router",
            "dispatch",
            "experts",
            "combine",
            "shared_gate_up",
            "shared_activation",
            "shared_down",
        ];
        let layers = if of_experts.contains(&label) { self.routed } else { 1.0 };
        let number = |key: &str| row[key].parse::<f64>().expect("a number");
        let lane = (row["block_kind"] == "overlap").then(|| usize::from(row["lane"] == "b"));
        let count = number("count") / self.stretch * layers * share;
        let weight = number("weight_bytes") / self.stretch * layers;
        Wanted { label, op, text, numbers, count, weight, lane }
    }

    /// Collectives around the experts, on a system that reduces no payload for these precisions.
    fn dispatch(&self, row: &Row, args: &Json, label: &'static str) -> Vec<Wanted> {
        let n = |key: &str| args[key].as_f64().unwrap_or(0.0);
        let ranks = n("moe_tp_size") * n("moe_ep_size");
        let pre = args["pre_dispatch"] == true;
        let (one, all) =
            (n("hidden_size") * self.at.tokens, n("hidden_size") * self.at.tokens * self.dp);
        let nccl = |elements| {
            let op = if pre { "all_gather" } else { "reduce_scatter" };
            let text = vec![("op", op.to_owned())];
            self.one(row, label, "nccl", text, vec![("ranks", ranks), ("elements", elements)], 1.0)
        };
        let reduce = || {
            let numbers = vec![("ranks", ranks), ("elements", one)];
            self.one(row, label, "all_reduce", vec![], numbers, 1.0)
        };
        match (self.backend, ranks > 1.0, self.tp > 1.0, self.dp > 1.0, self.cp > 1.0) {
            (_, false, ..) => vec![],
            ("sglang", _, _, _, true) if self.phase == Phase::Context => vec![nccl(one)],
            (_, _, true, false, _) => vec![reduce()],
            ("sglang", _, _, _, true) if pre => vec![],
            ("sglang", _, _, _, true) => vec![reduce()],
            (_, _, false, true, _) => vec![nccl(all)],
            _ => panic!("no such point"),
        }
    }
}

/// Our label of a row of the known tool.
/// An op, its texts and its numbers.
type Price = (&'static str, Vec<(&'static str, String)>, Vec<(&'static str, f64)>);

fn label(name: &str) -> &'static str {
    let name = name.trim_start_matches("context_").trim_start_matches("generation_");
    match name {
        "embedding" => "embedding",
        "embedding_ar" => "reduce_embedding",
        "add_norm_1" | "attn_norm" => "norm_attention",
        "add_norm_2" | "ffn_norm" => "norm_ffn",
        "mla_module" | "attention" => "attention",
        "downscale_gemm" | "mla_downscale_gemm" => "down_proj",
        "q_b_proj_gemm" | "mla_q_b_gemm" => "q_up",
        "kv_b_proj_gemm" | "mla_kv_b_gemm" => "kv_up",
        "proj_gemm" | "mla_o_gemm" => "out_proj",
        "bmm_pre" => "absorb_q",
        "bmm_post" => "absorb_v",
        "shared_gate_up_gemm" => "shared_gate_up",
        "shared_act_gate" => "shared_activation",
        "shared_ffn2_gemm" | "shared_down_gemm" => "shared_down",
        "router_gemm" => "router",
        "moe_pre_dispatch" => "dispatch",
        "moe" => "experts",
        "moe_post_dispatch" => "combine",
        "logits_gemm" => "lm_head",
        "tp_allreduce" => "reduce_layers",
        "p2p" => "p2p",
        "mhc_pre" => "streams_in",
        "mhc_post" => "streams_out",
        "kda_norm" => "kda_norm",
        "kda_qkvg_gemm" => "kda_qkvg",
        "kda_bfa_gemm" => "kda_bfa",
        "kda_fb_gemm" => "kda_fb",
        "kda_conv1d" => "kda_conv",
        "kda_scan" | "kda_verify" => "kda_scan",
        "kda_onorm" => "kda_out_norm",
        "kda_o_gemm" => "kda_out",
        "kda_ar" => "reduce_kda",
        "mla_norm" => "mla_norm",
        "mla_gate_gemm" => "gate",
        "mla_gate_mul" => "gating",
        "mla_ar" => "reduce_mla",
        "attn_res" => "residuals",
        "dense_gate_up_gemm" => "dense_gate_up",
        "dense_act_gate" => "dense_activation",
        "dense_down_gemm" => "dense_down",
        "dense_ffn_ar" => "reduce_dense",
        "latent_down_gemm" => "latent_down",
        "latent_norm" => "latent_norm",
        "latent_up_gemm" => "latent_up",
        "draft_embedding" => "draft_embedding",
        "draft_norm" => "draft_norm",
        "draft_downscale_gemm" => "draft_down_proj",
        "draft_q_b_gemm" => "draft_q_up",
        "draft_attention" => "draft_attention",
        "draft_proj_gemm" => "draft_out_proj",
        "draft_gate_up_gemm" => "draft_gate_up",
        "draft_act_gate" => "draft_activation",
        "draft_down_gemm" => "draft_down",
        "draft_ar" => "reduce_draft",
        "draft_kv_proj_gemm" => "draft_kv_proj",
        "draft_logits_gemm" => "draft_lm_head",
        other => panic!("{other}"),
    }
}

#[test]
fn op_graphs_are_those_of_the_known_tool() {
    let (engine, library) = support::shipped();
    let golden = support::table(include_str!("data/opgraph_latent.tsv"));
    let axes = ["tp", "pp", "dp", "moe_tp", "moe_ep", "cp", "nextn"];
    let mut points: Vec<Vec<&str>> = Vec::new();
    // Plans over all-to-all tables are compared in `tests/large_ep.rs`.
    for row in golden.iter().filter(|r| r["comm_backend"].is_empty()) {
        let key: Vec<&str> = ["model", "backend"].iter().chain(&axes).map(|c| row[c]).collect();
        if !points.contains(&key) {
            points.push(key);
        }
    }
    assert_eq!(points.len(), 8);
    let mut used = vec![false; DELIBERATE.len()];
    let mut wrong = Vec::new();
    for key in &points {
        let system = if key[0].contains("V4-Pro") { "b200_sxm" } else { "h200_sxm" };
        let target = support::target(&engine, &library, key[0], system, key[1]);
        let values: Vec<(&str, f64)> =
            axes.iter().zip(&key[2..]).map(|(n, v)| (*n, v.parse().expect("a number"))).collect();
        let values = [values.as_slice(), &[("wide_ep", 0.0)]].concat();
        let axis = |name: &str| values.iter().find(|v| v.0 == name).expect("an axis").1;
        let known = |name: &str| {
            let value = value(&library, &target, &fixed(&values), name).expect("a value");
            value.as_number().expect("a number")
        };
        let layers = known("layers");
        let own_drafts = key[0].contains("Kimi-K3");
        for (phase, tag) in [(Phase::Context, "C"), (Phase::Generation, "G")] {
            let at = if phase == Phase::Context { PREFILL } else { DECODE };
            let drafted = phase == Phase::Generation && !own_drafts;
            let stretch = if drafted { (layers + axis("nextn")) / layers } else { 1.0 };
            let routed = if own_drafts { 1.0 } else { known("per_moe_layer") / layers };
            let (tp, dp, cp) = (axis("tp"), axis("dp"), axis("cp"));
            let point = Point { backend: key[1], phase, tp, dp, cp, stretch, routed, at };
            let mut own = at;
            if phase == Phase::Context {
                own.tokens = (at.tokens / cp).ceil();
            }
            let mut ops =
                op_graph(&library, &target, &fixed(&values), phase, &own).expect("a graph");
            let module =
                ops.iter().any(|o| o.op.is_some_and(|n| n.contains("mla") && n.contains("module")));
            let rows = golden.iter().filter(|row| {
                let same = ["model", "backend"]
                    .iter()
                    .chain(&axes)
                    .map(|c| row[c])
                    .eq(key.iter().copied());
                same && row["phase"] == tag && row["comm_backend"].is_empty()
            });
            let alternative = |row: &&Row| {
                row["block_kind"] != "fallback" || (row["lane"] == "primary") == module
            };
            // The module of the known tool weighs nothing; its alternative has the weights.
            let stored: f64 = (golden.iter())
                .filter(|row| {
                    ["model", "backend"].iter().chain(&axes).map(|c| row[c]).eq(key.iter().copied())
                })
                .filter(|r| r["phase"] == tag && r["lane"] == "alt")
                .map(|r| r["weight_bytes"].parse::<f64>().expect("bytes"))
                .sum();
            let mut missing = Vec::new();
            for mut wanted in rows.filter(alternative).flat_map(|row| point.wanted(row)) {
                if wanted.op == "mla_context_module" {
                    wanted.weight = stored;
                }
                match ops.iter().position(|op| wanted.is(op, phase)) {
                    Some(i) => drop(ops.remove(i)),
                    None => missing.push((Theirs, wanted.label.to_owned(), format!("{wanted:?}"))),
                }
            }
            let ours = ops.iter().map(|op| (Ours, op.label.clone(), format!("{op:?}")));
            for (side, label, line) in missing.into_iter().chain(ours) {
                let listed = DELIBERATE.iter().position(|d| {
                    key[0].starts_with(d.0)
                        && (d.1.is_empty() || d.1 == key[1])
                        && d.2 == label
                        && d.3 == side
                        && !d.4.is_empty()
                });
                match listed {
                    Some(i) => used[i] = true,
                    None => wrong.push(format!("{} {tag} {side:?}: {line}", key.join(" "))),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let idle: Vec<&str> =
        DELIBERATE.iter().zip(&used).filter(|(_, u)| !**u).map(|(d, _)| d.2).collect();
    assert!(idle.is_empty(), "listed but not seen: {idle:?}");
}
