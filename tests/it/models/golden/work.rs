//! What a row of the known tool computes: an op and its arguments by kind.

use aiq::lang::ast::Phase;
use serde_json::Value as Json;

use super::Theirs;
use super::theirs::{Point, number, short};
use crate::support::worker::Coordinates;

/// An op with its arguments in text and in numbers.
pub(super) struct Work {
    pub(super) op: &'static str,
    pub(super) text: Vec<(&'static str, String)>,
    pub(super) numbers: Vec<(&'static str, f64)>,
}

fn work<const T: usize, const N: usize>(
    op: &'static str,
    text: [(&'static str, String); T],
    numbers: [(&'static str, f64); N],
) -> Work {
    Work { op, text: text.to_vec(), numbers: numbers.to_vec() }
}

fn collective(op: &str, ranks: f64, elements: f64) -> Work {
    let text = [("op", op.to_owned()), ("dtype", "half".to_owned())];
    work("nccl", text, [("ranks", ranks), ("elements", elements)])
}

fn all_reduce(ranks: f64, elements: f64) -> Work {
    work("all_reduce", [], [("ranks", ranks), ("elements", elements)])
}

fn memory(bytes: f64) -> Work {
    work("memory", [], [("bytes", bytes)])
}

impl Point<'_> {
    /// What a row computes.
    pub(super) fn work(
        &self,
        row: &Theirs<'_>,
        args: &Json,
        phase: Phase,
        at: &Coordinates,
    ) -> Vec<Work> {
        let n = |key: &str| args[key].as_f64().unwrap_or(0.0);
        let t = |key: &str| args[key].as_str().unwrap_or_default().to_owned();
        let name = short(row["name"]);
        let merged = name.starts_with("encoder_projector") || name.starts_with("encoder_dp");
        let rows = if merged || name.ends_with("logits_gemm") { at.outputs } else { at.tokens };
        let split = n("seq_split").max(n("scale_num_tokens")).max(1.0);
        let tokens = (rows / split).ceil();
        let context = phase == Phase::Context;
        vec![match row["kind"] {
            "P2P" if number(row, "count") == 0.0 => return Vec::new(),
            "CustomAllReduce" if n("tp_size") <= 1.0 => return Vec::new(),
            "ContextAttention" => return self.context_attention(args, at),
            "MoeDispatch" => return self.dispatch(args, phase, n("hidden_size") * tokens),
            "Embedding" => memory(2.0 * n("hidden_size") * tokens),
            "Elementwise" => memory(n("bytes_per_token") * tokens),
            "P2P" => work("link", [], [("bytes", 2.0 * n("hidden_size") * tokens)]),
            "CustomAllReduce" => all_reduce(n("tp_size"), n("hidden_size") * tokens),
            "Nccl" => collective(&t("operation"), n("num_gpus"), n("hidden_size") * rows),
            "Gemm" => {
                let numbers = [("m", tokens), ("n", n("n")), ("k", n("k"))];
                let is_given = args["low_precision_input"] == true;
                let quant = match t("quant_mode") {
                    quant if is_given && quant == "fp8_static" => "fp8_given".to_owned(),
                    quant => quant,
                };
                work("gemm", [("quant", quant)], numbers)
            }
            "GenerationAttention" => work(
                "generation_attention",
                [("kv", t("kv_cache_dtype"))],
                [
                    ("heads", n("n")),
                    ("kv_heads", n("n_kv")),
                    ("head_dim", n("head_size")),
                    ("window", n("window_size")),
                    ("batch", at.batch),
                    ("seq", at.seq),
                ],
            ),
            "EncoderAttention" => work(
                "encoder_attention",
                [("fmha", t("fmha_quant_mode"))],
                [
                    ("heads", n("n")),
                    ("head_dim", n("head_size")),
                    ("batch", at.batch),
                    ("seq", at.seq),
                ],
            ),
            "ContextMla" | "GenerationMla" => work(
                if context { "context_mla" } else { "generation_mla" },
                [("kv", t("kv_cache_dtype"))],
                [("heads", n("num_heads")), ("batch", at.batch), ("seq", at.seq)],
            ),
            "WideEpContextMla" | "WideEpGenerationMla" => work(
                if context { "wideep_context_mla" } else { "wideep_generation_mla" },
                [("kv", t("kv_cache_dtype"))],
                [("heads", n("num_heads"))],
            ),
            "MlaModuleContext" | "MlaModuleGeneration" => work(
                if context { "mla_context_module" } else { "mla_generation_module" },
                [("kv", t("kv_cache_dtype")), ("gemm", t("gemm_quant_mode"))],
                [("heads", n("num_heads")), ("batch", at.batch), ("seq", at.seq)],
            ),
            "MlaBmm" => {
                let op = if args["is_pre"] == true { "mla_gen_pre" } else { "mla_gen_post" };
                work(
                    "mla_bmm",
                    [("quant", t("quant_mode")), ("op", op.to_owned())],
                    [("heads", n("num_heads")), ("tokens", at.tokens)],
                )
            }
            "DsaContext" | "DsaGeneration" => work(
                if context { "dsa_context_module" } else { "dsa_generation_module" },
                [
                    ("kv", t("kv_cache_dtype")),
                    ("gemm", t("gemm_quant_mode")),
                    ("architecture", t("architecture")),
                ],
                [
                    ("heads", n("num_heads")),
                    ("batch", at.batch),
                    ("seq", (at.seq / self.axis("cp")).ceil()),
                    ("index_topk", n("index_topk")),
                ],
            ),
            "Dsv4Context" | "Dsv4Generation" => work(
                match (args["attn_kind"] == "Csa", context) {
                    (true, true) => "dsv4_csa_context_module",
                    (true, false) => "dsv4_csa_generation_module",
                    (false, true) => "dsv4_hca_context_module",
                    (false, false) => "dsv4_hca_generation_module",
                },
                [("kv", t("kv_cache_dtype")), ("gemm", t("gemm_quant_mode"))],
                [
                    ("native_heads", n("native_heads")),
                    ("heads", n("num_heads")),
                    ("batch", at.batch),
                    ("seq", at.seq),
                    ("hidden", n("hidden_size")),
                    ("q_lora", n("q_lora_rank")),
                    ("o_lora", n("o_lora_rank")),
                    ("head_dim", n("head_dim")),
                    ("rope", n("rope_head_dim")),
                    ("o_groups", n("o_groups")),
                    ("window", n("window_size")),
                ],
            ),
            "MsaContext" | "MsaGeneration" => work(
                if context { "msa_context_module" } else { "msa_generation_module" },
                [("kv", t("kv_cache_dtype")), ("gemm", t("gemm_quant_mode"))],
                [
                    ("heads", n("num_heads")),
                    ("kv_heads", n("num_kv_heads")),
                    ("index_topk", n("index_topk")),
                ],
            ),
            "Mhc" => work(
                "mhc_module",
                [("op", t("op"))],
                [("hc_mult", n("hc_mult")), ("hidden", n("hidden_size")), ("tokens", at.tokens)],
            ),
            "Mamba2" | "Gdn" | "Kda" => state(row["kind"], args, phase, at),
            "Moe" => work(
                "moe",
                [("quant", t("quant_mode")), ("distribution", t("workload_distribution"))],
                [
                    ("tokens", at.tokens * self.axis("dp")),
                    ("hidden", n("hidden_size")),
                    ("inter", n("inter_size")),
                    ("topk", n("topk")),
                    ("experts", n("num_experts")),
                    ("moe_tp", n("moe_tp_size")),
                    ("moe_ep", n("moe_ep_size")),
                ],
            ),
            "MoeExpertCompute" => work(
                match (self.backend, context) {
                    ("trtllm", _) => "wideep_moe",
                    (_, true) => "wideep_context_moe",
                    (_, false) => "wideep_generation_moe",
                },
                [("quant", t("quant_mode")), ("distribution", t("workload_distribution"))],
                [
                    ("hidden", n("hidden_size")),
                    ("inter", n("inter_size")),
                    ("topk", n("topk")),
                    ("experts", n("num_experts")),
                    ("moe_ep", n("moe_ep_size")),
                ],
            ),
            "MoeAllToAll" => work(
                "moe_a2a",
                ["comm_backend", "phase", "comm_dtype"].map(|name| (name, t(name))),
                [
                    ("hidden", n("hidden_size")),
                    ("topk", n("topk")),
                    ("experts", n("num_experts")),
                    ("moe_ep", n("moe_ep_size")),
                    ("nodes", n("node_num")),
                    ("sms", n("sms")),
                ],
            ),
            other => panic!("{other}"),
        }]
    }

    /// With context parallelism, two chunks of a sequence: one from each end.
    fn context_attention(&self, args: &Json, at: &Coordinates) -> Vec<Work> {
        let n = |key: &str| args[key].as_f64().unwrap_or(0.0);
        let t = |key: &str| args[key].as_str().unwrap_or_default().to_owned();
        let chunk = (at.seq / (2.0 * self.axis("cp"))).ceil();
        let parts = match self.axis("cp") > 1.0 {
            true => vec![(chunk, at.prefix), (chunk, at.prefix + at.seq - chunk)],
            false => vec![(at.seq, at.prefix)],
        };
        let whole = |(seq, prefix)| {
            work(
                "context_attention",
                [("fmha", t("fmha_quant_mode")), ("kv", t("kv_cache_dtype"))],
                [
                    ("heads", n("n")),
                    ("kv_heads", n("n_kv")),
                    ("head_dim", n("head_size")),
                    ("window", n("window_size")),
                    ("batch", at.batch),
                    ("seq", seq),
                    ("prefix", prefix),
                ],
            )
        };
        parts.into_iter().map(whole).collect()
    }

    /// The collectives that bring tokens to their experts or back, on a system without the
    /// reduced payload of Blackwell; `one` are the activations of one rank.
    fn dispatch(&self, args: &Json, phase: Phase, one: f64) -> Vec<Work> {
        let n = |key: &str| args[key].as_f64().unwrap_or(0.0);
        let [tp, dp, cp] = ["tp", "dp", "cp"].map(|axis| self.axis(axis));
        let ranks = n("moe_tp_size") * n("moe_ep_size");
        if ranks <= 1.0 {
            return Vec::new();
        }
        let (there, back) = ("all_gather", "reduce_scatter");
        let before = args["pre_dispatch"] == true;
        let (exchange, opposite) = if before { (there, back) } else { (back, there) };
        let all = collective(exchange, ranks, one * dp);
        match (self.backend, tp > 1.0, dp > 1.0) {
            ("sglang", ..) if cp > 1.0 && phase == Phase::Context => {
                vec![collective(exchange, ranks, one)]
            }
            ("sglang", ..) if cp > 1.0 && before => Vec::new(),
            ("sglang", ..) if cp > 1.0 => vec![all_reduce(ranks, one)],
            ("vllm", true, true) => vec![all_reduce(ranks, one), all],
            ("sglang", true, true) => vec![all, collective(opposite, tp, one)],
            (_, true, _) => vec![all_reduce(ranks, one)],
            (_, false, true) => vec![all],
            _ => Vec::new(),
        }
    }
}

/// Layers that keep a state in place of a cache.
fn state(kind: &str, args: &Json, phase: Phase, at: &Coordinates) -> Work {
    let n = |key: &str| args[key].as_f64().unwrap_or(0.0);
    let conv = args["kernel_source"].as_str().is_some_and(|k| k.starts_with("causal_conv1d"));
    let part = if conv { "conv" } else { "scan" };
    // Drafts are verified together.
    let drafts = n("draft_tokens").max(1.0);
    let decode = phase == Phase::Generation;
    let (batch, seq) = if decode { (at.batch / drafts, drafts) } else { (at.batch, at.seq) };
    let text = |phase: &str| [("phase", phase.to_owned()), ("part", part.to_owned())];
    let phase = args["phase"].as_str().unwrap_or_default();
    let shape: &[(&str, &str)] = match kind {
        "Mamba2" => &[
            ("d_state", "d_state"),
            ("heads", "nheads"),
            ("head_dim", "head_dim"),
            ("groups", "n_groups"),
            ("chunk", "chunk_size"),
        ],
        "Gdn" => &[
            ("k_heads", "num_k_heads"),
            ("k_dim", "head_k_dim"),
            ("v_heads", "num_v_heads"),
            ("v_dim", "head_v_dim"),
        ],
        _ => &[("k_heads", "num_k_heads"), ("v_dim", "head_v_dim")],
    };
    let op = match kind {
        "Mamba2" => "mamba2",
        "Gdn" => "gdn",
        _ => "kda",
    };
    let own = [("d_model", n("d_model")), ("d_conv", n("d_conv")), ("batch", batch), ("seq", seq)];
    let numbers = shape.iter().map(|(ours, theirs)| (*ours, n(theirs))).chain(own).collect();
    Work { op, text: text(phase).to_vec(), numbers }
}
