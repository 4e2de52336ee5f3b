//! DeepSeek sparse attention: whole modules, and the parts that are timed on their own for
//! context-parallel prefill (op tables 1.3, 3.6).

use crate::perf::hardware::Hardware;
use crate::perf::op::{OpSpec, Selection};
use crate::perf::quant::QuantModes;
use crate::perf::roofline::{Rates, Roofline};
use crate::perf::scheme::LINEAR;
use crate::perf::spec;

use super::numbers::{pairs, take};

/// The shape of DeepSeek-V3.2.
const USUAL: &[(&str, f64)] = &[
    ("hidden", 7168.0),
    ("q_lora", 1536.0),
    ("kv_lora", 512.0),
    ("nope", 128.0),
    ("rope", 64.0),
    ("v_dim", 128.0),
    ("index_heads", 64.0),
    ("index_dim", 128.0),
    ("index_topk", 2048.0),
];

/// Prefill of `seq` new tokens on top of `prefix` cached ones, each attending to the `index_topk`
/// best. `op` is `full`, or `skip` for a layer that reuses the selection of an earlier one.
pub(crate) const CONTEXT: OpSpec = OpSpec {
    name: "dsa_context_module",
    text: &["op", "architecture", "fmha", "kv", "gemm"],
    numbers: &[
        "heads",
        "batch",
        "seq",
        "prefix",
        "hidden",
        "q_lora",
        "kv_lora",
        "nope",
        "rope",
        "v_dim",
        "index_heads",
        "index_dim",
        "index_topk",
    ],
    table: Some(&spec::DSA_CONTEXT_MODULE),
    axes: &[LINEAR, LINEAR, LINEAR, LINEAR],
    usual: USUAL,
    rates: |hardware, quants, text| {
        Ok(Rates {
            query_bytes: quants.bytes(text[2])?,
            ..rates(hardware, quants, text[0], text[3], text[4])?
        })
    },
    roofline: |hardware, rates, numbers| {
        let [heads, batch, seq, prefix] = take(numbers);
        let shape = Shape::of(heads, &numbers[4..]);
        let full = seq + prefix;
        let cache = heads * full.min(shape.topk);
        let attended = pairs(seq, prefix, shape.topk);
        let index = if full > shape.topk { full } else { 0.0 };
        let queries = batch * seq * heads * (shape.nope + shape.rope) * rates.query_bytes * 2.0;
        shape.module(hardware, rates, [batch, seq, attended, index, cache], queries)
    },
    select: |text| vec![select("dsa_context_module", text)],
    ..OpSpec::PLAIN
};

/// One decode step over `seq` cached tokens of each of `batch` requests; `op` as in prefill.
pub(crate) const GENERATION: OpSpec = OpSpec {
    name: "dsa_generation_module",
    text: &["op", "architecture", "kv", "gemm"],
    numbers: &[
        "heads",
        "batch",
        "seq",
        "hidden",
        "q_lora",
        "kv_lora",
        "nope",
        "rope",
        "v_dim",
        "index_heads",
        "index_dim",
        "index_topk",
    ],
    table: Some(&spec::DSA_GENERATION_MODULE),
    axes: &[LINEAR, LINEAR, LINEAR],
    usual: USUAL,
    rates: |hardware, quants, text| rates(hardware, quants, text[0], text[2], text[3]),
    roofline: |hardware, rates, numbers| {
        let [heads, batch, seq] = take(numbers);
        let shape = Shape::of(heads, &numbers[3..]);
        let attended = seq.min(shape.topk);
        shape.module(hardware, rates, [batch, 1.0, attended, seq, attended], 0.0)
    },
    select: |text| vec![select("dsa_generation_module", text)],
    ..OpSpec::PLAIN
};

/// The index scores of a GLM-5 module.
pub(crate) const GLM5_LOGITS: OpSpec = OpSpec {
    name: "glm5_mqa_logits_module",
    text: &["fmha", "kv", "gemm"],
    numbers: &["heads", "batch", "seq", "prefix", "index_heads", "index_dim"],
    table: Some(&spec::GLM5_MQA_LOGITS_MODULE),
    axes: &[LINEAR, LINEAR, LINEAR],
    usual: &[("index_heads", 32.0), ("index_dim", 128.0)],
    rates: |hardware, quants, _| {
        Ok(Rates { index: index_peak(hardware, quants)?, ..Rates::default() })
    },
    roofline: |hardware, rates, numbers| index_scores(hardware, rates, numbers, 1.0),
    ..OpSpec::PLAIN
};

/// The attention kernel of a GLM-5 module.
pub(crate) const GLM5_ATTENTION: OpSpec = OpSpec {
    name: "glm5_dsa_attn_module",
    text: &["fmha", "kv", "gemm"],
    numbers: &["heads", "batch", "seq", "prefix", "kv_lora", "rope", "index_topk"],
    table: Some(&spec::GLM5_DSA_ATTN_MODULE),
    axes: &[LINEAR, LINEAR, LINEAR],
    usual: &[("kv_lora", 512.0), ("rope", 64.0), ("index_topk", 2048.0)],
    rates: |hardware, quants, text| {
        Ok(Rates {
            flops: quants.flops(text[0], hardware)?,
            kv_bytes: quants.bytes(text[1])?,
            ..Rates::default()
        })
    },
    roofline: |hardware, rates, numbers| {
        let [heads, batch, seq, prefix, latent, rope, topk] = take(numbers);
        let attended = batch * pairs(seq, prefix, topk);
        let ops = 2.0 * heads * (2.0 * latent + rope) * attended;
        let cache = batch * (seq + prefix).min(topk) * (latent + rope) * rates.kv_bytes;
        let queries = 2.0 * batch * seq * heads * (2.0 * latent + rope);
        Roofline::local(hardware, rates.flops, ops, cache + queries)
    },
    ..OpSpec::PLAIN
};

/// The selection of the best tokens in a GLM-5 module; `score_mode` is `flat` for equal scores and
/// `top_last` for the best at the end.
pub(crate) const GLM5_TOPK: OpSpec = OpSpec {
    name: "glm5_topk_module",
    text: &["fmha", "kv", "gemm", "score_mode"],
    numbers: &["heads", "batch", "seq", "prefix"],
    table: Some(&spec::GLM5_TOPK_MODULE),
    axes: &[LINEAR, LINEAR, LINEAR],
    roofline: |hardware, _, numbers| scores_read(hardware, numbers, 1.0),
    ..OpSpec::PLAIN
};

/// The bound of the scores of `seq` new tokens against an index of all, one entry for each `ratio`.
pub(super) fn index_scores(
    hardware: &Hardware,
    rates: &Rates,
    numbers: &[f64],
    ratio: f64,
) -> Roofline {
    let [_, batch, seq, prefix, heads, dim] = take(numbers);
    let entries = (seq + prefix) / ratio;
    let ops = 2.0 * batch * seq * heads * dim * entries;
    let bytes = batch * (entries * index_bytes(dim) + seq * heads * dim + 4.0 * seq * entries);
    Roofline::local(hardware, rates.index, ops, bytes)
}

/// The bound of reading scores of `seq` new tokens, 4 bytes each, one for each `ratio` tokens.
pub(super) fn scores_read(hardware: &Hardware, numbers: &[f64], ratio: f64) -> Roofline {
    let [_, batch, seq, prefix] = take(numbers);
    let bytes = 4.0 * batch * seq * (seq + prefix) / ratio;
    Roofline { memory: 1e3 * bytes / hardware.mem_bw, ..Roofline::default() }
}

/// Peak arithmetic of index scores: 8 bits where the system has them.
pub(super) fn index_peak(hardware: &Hardware, quants: &QuantModes) -> crate::Result<f64> {
    let has_fp8 = hardware.flops.contains_key("fp8");
    quants.flops(if has_fp8 { "fp8" } else { "bfloat16" }, hardware)
}

/// Bytes of an index entry: 8 bits a number and a scale for each 128.
fn index_bytes(dim: f64) -> f64 {
    dim + 4.0 * (dim / 128.0).ceil()
}

/// A layer that reuses a selection has no index to score: it takes no time.
fn rates(
    hardware: &Hardware,
    quants: &QuantModes,
    op: &str,
    kv: &str,
    gemm: &str,
) -> crate::Result<Rates> {
    let skips = op == "skip" || op.ends_with("_skip_indexer");
    Ok(Rates {
        flops: quants.flops(gemm, hardware)?,
        bytes: quants.bytes(gemm)?,
        kv_bytes: quants.bytes(kv)?,
        attention: quants.flops("bfloat16", hardware)?,
        index: if skips { f64::INFINITY } else { index_peak(hardware, quants)? },
        ..Rates::default()
    })
}

fn select(name: &str, text: &[&str]) -> Selection {
    let mut text = text.to_vec();
    let skipping = format!("{name}_skip_indexer");
    match text[0] {
        "full" => text[0] = name,
        "skip" => text[0] = &skipping,
        _ => {}
    }
    Selection::all(&text)
}

/// Widths of a module.
struct Shape {
    heads: f64,
    hidden: f64,
    query_latent: f64,
    latent: f64,
    nope: f64,
    rope: f64,
    value: f64,
    index_heads: f64,
    index_dim: f64,
    topk: f64,
}

impl Shape {
    fn of(heads: f64, widths: &[f64]) -> Self {
        let [hidden, query_latent, latent, nope, rope, value, index_heads, index_dim, topk] =
            take(widths);
        Self {
            heads,
            hidden,
            query_latent,
            latent,
            nope,
            rope,
            value,
            index_heads,
            index_dim,
            topk,
        }
    }

    /// The bound of `batch` requests with `seq` new tokens each, that attend to `attended` pairs,
    /// score an index of `index` entries, and read `cache` entries, a request.
    fn module(
        &self,
        hardware: &Hardware,
        rates: &Rates,
        [batch, seq, attended, index, cache]: [f64; 5],
        queries: f64,
    ) -> Roofline {
        let Self { heads, hidden, query_latent, latent, nope, rope, value, .. } = *self;
        let Self { index_heads, index_dim, .. } = *self;
        let tokens = batch * seq;
        let down = hidden * (query_latent + latent + rope + index_dim);
        let up = query_latent * heads * (nope + rope);
        let indexer = query_latent * index_heads * index_dim + hidden * index_heads;
        let out = heads * value * hidden;
        let absorbed = heads * latent * (nope + value);
        let weights = down + up + indexer + out;
        let is_indexed = rates.index.is_finite();
        let index = if is_indexed { index } else { 0.0 };
        let work = [
            (2.0 * tokens * (weights + absorbed), rates.flops),
            (2.0 * tokens * index_heads * index_dim * index, rates.index),
            (2.0 * heads * (2.0 * latent + rope) * batch * attended, rates.attention),
        ];
        let bytes = weights * rates.bytes
            + batch * cache * (latent + rope) * rates.kv_bytes
            + batch * index * index_bytes(index_dim)
            + queries;
        Roofline::mixed(hardware, &work, bytes)
    }
}
