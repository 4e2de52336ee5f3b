//! The op graphs of hybrid architectures against those of a known tool: what is priced with which
//! arguments, how often, and what it weighs. Rows of the same work are added up, for the graphs
//! are cut into rows in different ways. What differs on purpose is listed with its reason.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use aiq::lang::ast::Phase;
use aiq::plan::listing::{Coordinates, fixed, op_graph, value};
use serde_json::Value as Json;

const PREFILL: Coordinates =
    Coordinates { tokens: 6000.0, outputs: 2.0, batch: 2.0, seq: 3000.0, prefix: 0.0 };
const DECODE: Coordinates =
    Coordinates { tokens: 16.0, outputs: 16.0, batch: 16.0, seq: 1501.0, prefix: 0.0 };
/// Patches of two images; four patches become one token.
const IMAGES: Coordinates =
    Coordinates { tokens: 8192.0, outputs: 2048.0, batch: 2.0, seq: 4096.0, prefix: 0.0 };

type Row = BTreeMap<&'static str, &'static str>;

/// How often a piece of work runs, what it weighs, and the rows it came from.
#[derive(Debug, Default, Clone)]
struct Work {
    count: f64,
    weight: f64,
    rows: BTreeSet<String>,
}

/// Work by op and arguments.
#[derive(Debug, Default)]
struct Graph(BTreeMap<String, Work>);

impl Graph {
    fn add(&mut self, row: &str, op: &str, text: &[&str], numbers: &[f64], much: (f64, f64)) {
        let numbers: Vec<String> = numbers.iter().map(|n| format!("{}", n.round())).collect();
        let key =
            format!("{op}({})", [&text.join(" "), &numbers.join(" ")].map(|s| &**s).join(" "));
        let work = self.0.entry(key).or_default();
        work.count += much.0;
        work.weight += much.1;
        work.rows.insert(row.to_owned());
    }
}

/// The work a row of the known tool stands for, at the coordinates of its phase.
fn add_theirs(graph: &mut Graph, row: &Row, at: &Coordinates, draft_share: f64) {
    let args: Json = serde_json::from_str(row["params"]).expect("arguments");
    let n = |key: &str| args[key].as_f64().unwrap_or(0.0);
    let t = |key: &str| args[key].as_str().unwrap_or("");
    let number = |column: &str| row[column].parse::<f64>().expect("a number") / draft_share;
    let much = (number("count"), number("weight_bytes"));
    let name = row["name"].trim_start_matches("context_").trim_start_matches("generation_");
    let merged = name.starts_with("encoder_projector") || name.starts_with("encoder_dp");
    let tokens = if merged { at.outputs } else { at.tokens };
    let decode = row["phase"] == "G";
    let phase = if decode { "generation" } else { "context" };
    let part = if t("kernel_source").starts_with("causal_conv1d") { "conv" } else { "scan" };
    let seq = if decode { 1.0 } else { at.seq };
    let mut add =
        |op: &str, text: &[&str], numbers: &[f64]| graph.add(name, op, text, numbers, much);
    match row["kind"] {
        "Embedding" => add("memory", &[], &[2.0 * n("hidden_size") * tokens]),
        "Elementwise" => add("memory", &[], &[n("bytes_per_token") * tokens]),
        "Gemm" => {
            let m = if name == "logits_gemm" { at.outputs } else { tokens };
            add("gemm", &[t("quant_mode")], &[m, n("n"), n("k")]);
        }
        "ContextAttention" => {
            let text = [t("fmha_quant_mode"), t("kv_cache_dtype")];
            let shape = [n("n"), n("n_kv"), n("head_size"), n("window_size")];
            add("context_attention", &text, &[&shape[..], &[at.batch, at.seq, at.prefix]].concat());
        }
        "GenerationAttention" => {
            let shape = [n("n"), n("n_kv"), n("head_size"), n("window_size")];
            let text = [t("kv_cache_dtype")];
            add("generation_attention", &text, &[&shape[..], &[at.batch, at.seq]].concat());
        }
        "EncoderAttention" => {
            let shape = [n("n"), n("head_size"), at.batch, at.seq];
            add("encoder_attention", &[t("fmha_quant_mode")], &shape);
        }
        "Mamba2" => {
            let shape =
                ["d_model", "d_conv", "d_state", "nheads", "head_dim", "n_groups", "chunk_size"];
            let numbers = [&shape.map(n)[..], &[at.batch, seq]].concat();
            add("mamba2", &[phase, part], &numbers);
        }
        "Gdn" => {
            let shape =
                ["d_model", "d_conv", "num_k_heads", "head_k_dim", "num_v_heads", "head_v_dim"];
            add("gdn", &[phase, part], &[&shape.map(n)[..], &[at.batch, seq]].concat());
        }
        "Moe" => {
            let dp = n("attention_dp_size");
            let shape =
                ["hidden_size", "inter_size", "topk", "num_experts", "moe_tp_size", "moe_ep_size"];
            let numbers = [&[tokens * dp], &shape.map(n)[..]].concat();
            add("moe", &[t("quant_mode"), t("workload_distribution")], &numbers);
        }
        "CustomAllReduce" if n("tp_size") > 1.0 => {
            add("all_reduce", &[], &[n("tp_size"), n("hidden_size") * tokens]);
        }
        "Nccl" => {
            let text = [t("operation"), "half"];
            add("nccl", &text, &[n("num_gpus"), n("hidden_size") * tokens]);
        }
        "MoeDispatch" => {
            let (ranks, dp) = (n("moe_tp_size") * n("moe_ep_size"), n("attention_dp_size"));
            let one = n("hidden_size") * tokens / args["scale_num_tokens"].as_f64().unwrap_or(1.0);
            let (before, tp) = (args["pre_dispatch"] == true, ranks / dp);
            let exchange = if before { "all_gather" } else { "reduce_scatter" };
            match (ranks > 1.0, row["backend"], tp > 1.0, dp > 1.0) {
                (true, "sglang", true, true) => {
                    add("nccl", &[exchange, "half"], &[ranks, one * dp]);
                    let other = if before { "reduce_scatter" } else { "all_gather" };
                    add("nccl", &[other, "half"], &[tp, one]);
                }
                (true, _, true, false) => add("all_reduce", &[], &[ranks, one]),
                (false, ..) => {}
                other => panic!("{other:?}"),
            }
        }
        "CustomAllReduce" | "P2P" => {}
        other => panic!("{other}"),
    }
}

/// Rows that differ in every model, and why: the rows of both sides that do the same work.
const EVERYWHERE: &[(&str, &str)] = &[
    ("embedding | embedding", "each rank holds its share of the vocabulary, as in other decoders"),
    (" | rope_kv_write", "grows with the tokens, not a constant inside attention"),
    (" | qk_norm", "grows with the tokens, not a constant inside attention"),
    (" | global_rope_kv_write", "grows with the tokens, not a constant inside attention"),
    (" | local_rope_kv_write", "grows with the tokens, not a constant inside attention"),
    (" | global_rope_kv_write local_rope_kv_write", "as above, with equal widths"),
    (" | global_qk_norm local_qk_norm", "as above"),
];

/// A difference meant to be there: the model and phase (empty: every one), the rows of both sides
/// that do the same work, how often it runs there and here, and why.
type Deliberate = (&'static str, &'static str, &'static str, f64, f64, &'static str);

const MIMO: &str = "XiaomiMiMo/MiMo-V2";
const LLAMA4: &str = "meta-llama/Llama-4";
const GEMMA: &str = "google/gemma-4";
const STEP: &str = "stepfun-ai/Step";
const NAS: &str = "nvidia/Llama-3_3-Nemotron-Super";
const HYBRID: &str = "nvidia/NVIDIA-Nemotron-3-Super";
const QWEN: &str = "Qwen/Qwen3.5-397B";

const REDUCED: &str = "dense layers reduce attention and network, the embedding is reduced once";
const PATTERN: &str = "1 marks windowed layers";
const FULL: &str = "every fourth layer is full attention";
const SHARED: &str = "each routed layer has a shared expert";
const LATENT: &str = "projections to the latent space are held whole by each rank";
const ONCE: &str = "the block before was reduced, one reduction adds up routed and shared experts";
const SPLIT: &str = "the heads of a state are split over ranks";
const WHOLE: &str = "all tokens of a rank are exchanged";

const DELIBERATE: &[Deliberate] = &[
    (
        MIMO,
        "",
        "global_moe_post_dispatch global_moe_pre_dispatch swa_moe_post_dispatch swa_moe_pre_dispatch \
         | combine dispatch reduce_attention reduce_embedding reduce_ffn",
        94.0,
        97.0,
        REDUCED,
    ),
    (MIMO, "", "attention | global_attention", 39.0, 9.0, PATTERN),
    (MIMO, "", "attention | local_attention", 9.0, 39.0, PATTERN),
    (MIMO, "", "global_qkv_gemm | global_qkv", 39.0, 9.0, PATTERN),
    (MIMO, "", "swa_dense_qkv_gemm swa_qkv_gemm | local_qkv", 9.0, 39.0, PATTERN),
    (
        GEMMA,
        "",
        "global_moe_post_dispatch global_moe_pre_dispatch swa_moe_post_dispatch swa_moe_pre_dispatch \
         | combine dispatch reduce_embedding reduce_ffn",
        60.0,
        91.0,
        "the dense network beside the experts is reduced apart, for each is normalised",
    ),
    (GEMMA, "", "logits_gemm | lm_head", 1.0, 1.0, "tied to the embedding, held once"),
    (
        GEMMA,
        "C",
        "global_attn_norm global_ffn_norm swa_attn_norm swa_ffn_norm \
         | global_rope_kv_write norm_attention norm_ffn",
        60.0,
        65.0,
        "rows of rotary embedding happen to be as wide",
    ),
    (
        LLAMA4,
        "",
        "global_moe_post_dispatch global_moe_pre_dispatch \
         | combine dispatch reduce_attention reduce_embedding reduce_ffn",
        48.0,
        97.0,
        REDUCED,
    ),
    (LLAMA4, "", "attention | global_attention", 24.0, 12.0, FULL),
    (LLAMA4, "", "attention | local_attention", 24.0, 36.0, FULL),
    (LLAMA4, "", " | shared_gate_up", 0.0, 24.0, SHARED),
    (LLAMA4, "", " | shared_activation", 0.0, 24.0, SHARED),
    (LLAMA4, "", " | shared_down", 0.0, 24.0, SHARED),
    (
        NAS,
        "",
        "ar_1 ar_2 | reduce_attention reduce_embedding reduce_ffn",
        129.0,
        130.0,
        "the embedding is shared over ranks and reduced",
    ),
    (
        HYBRID,
        "",
        "attn_ar mamba_ar moe_ar | reduce_attention reduce_embedding reduce_experts reduce_mamba",
        88.0,
        89.0,
        "the embedding is shared over ranks and reduced",
    ),
    (HYBRID, "", "moe_post_dispatch moe_pre_dispatch | ", 80.0, 0.0, ONCE),
    (HYBRID, "", " | latent_in", 0.0, 40.0, LATENT),
    (HYBRID, "", "fc1_latent_proj_gemm | ", 40.0, 0.0, LATENT),
    (HYBRID, "", "proj_gemm | latent_out out_proj", 8.0, 48.0, LATENT),
    (HYBRID, "", "fc2_latent_proj_gemm | ", 40.0, 0.0, LATENT),
    (HYBRID, "C", "shared_relu2 | rope_kv_write shared_activation", 40.0, 48.0, "as wide"),
    (HYBRID, "", "mamba_conv1d | mamba", 40.0, 10.0, SPLIT),
    (HYBRID, "", "mamba_ssm | mamba", 40.0, 10.0, SPLIT),
    (
        STEP,
        "",
        "global_moe_post_dispatch global_moe_pre_dispatch swa_moe_post_dispatch swa_moe_pre_dispatch \
         | combine dispatch reduce_attention reduce_embedding reduce_ffn",
        84.0,
        91.0,
        REDUCED,
    ),
    (QWEN, "C", "full_moe_pre_dispatch gdn_moe_pre_dispatch | ", 60.0, 0.0, WHOLE),
    (QWEN, "C", " | dispatch", 0.0, 60.0, WHOLE),
];

#[test]
fn op_graphs_of_hybrids_are_those_of_the_known_tool() {
    let (engine, library) = support::shipped();
    let golden = support::table(include_str!("data/opgraph_golden_hybrid.tsv"));
    let columns = ["model", "backend", "tp", "pp", "dp", "moe_tp", "moe_ep", "cp", "nextn"];
    let key = |row: &Row| columns.map(|c| row[c]);
    let points: BTreeSet<_> = golden.iter().map(key).collect();
    assert_eq!(points.len(), 9);
    let mut used = vec![false; DELIBERATE.len()];
    let mut seen = vec![false; EVERYWHERE.len()];
    let mut wrong = Vec::new();
    for point in &points {
        let target = support::target(&engine, &library, point[0], "h200_sxm", point[1]);
        let values: Vec<(&str, f64)> = (columns[2..].iter().zip(&point[2..]))
            .map(|(n, v)| (*n, v.parse().expect("a number")))
            .collect();
        let axes = fixed(&values);
        for (phase, tag, at) in [
            (Phase::Context, "C", PREFILL),
            (Phase::Generation, "G", DECODE),
            (Phase::Encoder, "E", IMAGES),
        ] {
            // There, drafts are a share of all layers; here, rows of a phase of their own.
            let layers = value(&library, &target, &axes, "layers").expect("layers");
            let layers = layers.as_number().expect("a number");
            let drafts: f64 = point[8].parse().expect("a number");
            let share = if tag == "G" { (layers + drafts) / layers } else { 1.0 };
            let mut theirs = Graph::default();
            for row in golden.iter().filter(|r| key(r) == *point && r["phase"] == tag) {
                add_theirs(&mut theirs, row, &at, share);
            }
            if tag == "E" && theirs.0.is_empty() {
                continue; // Only Qwen3-VL has an encoder there.
            }
            let mut ours = Graph::default();
            for op in op_graph(&library, &target, &axes, phase, &at).expect("a graph") {
                let text: Vec<&str> = op.text.iter().map(|(_, t)| t.as_str()).collect();
                let numbers: Vec<f64> = op.numbers.iter().map(|(_, n)| *n).collect();
                ours.add(&op.label, op.op.unwrap_or("-"), &text, &numbers, (op.count, op.weight));
            }
            let keys: BTreeSet<&String> = theirs.0.keys().chain(ours.0.keys()).collect();
            for work in keys {
                let there = theirs.0.get(work).cloned().unwrap_or_default();
                let here = ours.0.get(work).cloned().unwrap_or_default();
                let near = |a: f64, b: f64| (a - b).abs() <= 1e-6 * a.abs().max(b.abs());
                if near(there.count, here.count) && near(there.weight, here.weight) {
                    continue;
                }
                let names = |rows: &BTreeSet<String>| {
                    rows.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
                };
                let rows = format!("{} | {}", names(&there.rows), names(&here.rows));
                if let Some(i) = EVERYWHERE.iter().position(|d| d.0 == rows && !d.1.is_empty()) {
                    seen[i] = true;
                    continue;
                }
                let listed = DELIBERATE.iter().position(|d| {
                    point[0].starts_with(d.0)
                        && (d.1.is_empty() || d.1 == tag)
                        && d.2 == rows
                        && near(d.3, there.count)
                        && near(d.4, here.count)
                        && !d.5.is_empty()
                });
                match listed {
                    Some(i) => used[i] = true,
                    None => wrong.push(format!(
                        "{} {tag} [{rows}] {work}: {} and {}, weighs {} and {}",
                        point[0], there.count, here.count, there.weight, here.weight
                    )),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let idle: Vec<_> = DELIBERATE.iter().zip(&used).filter(|(_, u)| !**u).map(|(d, _)| d).collect();
    assert!(idle.is_empty(), "listed but not seen: {idle:?}");
    let idle: Vec<_> = EVERYWHERE.iter().zip(&seen).filter(|(_, s)| !**s).map(|(d, _)| d).collect();
    assert!(idle.is_empty(), "listed but not seen: {idle:?}");
}
