//! Attention to the best tokens of an index: whole modules, and the parts that are timed on their own
//! for context-parallel prefill.

use crate::perf::machine::{Hardware, QuantModes, Rates, Roofline};
use crate::perf::op::Formula;

use super::numbers::{concat, pairs, place, take};

/// Widths of a module; [`Shape::of`] reads them.
const WIDTHS: &[&str] = &[
    "hidden",
    "q_lora",
    "kv_lora",
    "nope",
    "rope",
    "v_dim",
    "index_heads",
    "index_dim",
    "index_topk",
];
const PROMPT: &[&str] = &concat::<13>(&[&["heads", "batch", "seq", "prefix"], WIDTHS]);
const STEP: &[&str] = &concat::<12>(&[&["heads", "batch", "seq"], WIDTHS]);
const PROMPT_WIDTHS: usize = place(PROMPT, WIDTHS[0]);
const STEP_WIDTHS: usize = place(STEP, WIDTHS[0]);

/// Prefill of `seq` new tokens on top of `prefix` cached ones, each attending to the `index_topk`
/// best. `op` is `full`, or `skip` for a layer that reuses the selection of an earlier one.
pub(super) const CONTEXT: Formula = Formula {
    name: "indexed_context",
    text: &["op", "architecture", "fmha", "kv", "gemm"],
    numbers: PROMPT,
    rates: |hardware, quants, text| {
        Ok(Rates {
            query_bytes: quants.bytes(text[2])?,
            ..rates(hardware, quants, text[0], text[3], text[4])?
        })
    },
    roofline: |hardware, rates, numbers| {
        let [heads, batch, seq, prefix] = take(numbers);
        let shape = Shape::of(heads, &numbers[PROMPT_WIDTHS..]);
        let full = seq + prefix;
        // Heads share the latent cache; tokens choose for themselves, together at least `topk`.
        let cache = full.min(shape.topk);
        let attended = pairs(seq, prefix, shape.topk);
        let index = if full > shape.topk { full } else { 0.0 };
        let queries = batch * seq * heads * (shape.nope + shape.rope) * rates.query_bytes * 2.0;
        shape.module(hardware, rates, [batch, seq, attended, index, cache], queries)
    },
    ..Formula::PLAIN
};

/// One decode step over `seq` cached tokens of each of `batch` requests; `op` as in prefill.
pub(super) const GENERATION: Formula = Formula {
    name: "indexed_generation",
    text: &["op", "architecture", "kv", "gemm"],
    numbers: STEP,
    rates: |hardware, quants, text| rates(hardware, quants, text[0], text[2], text[3]),
    roofline: |hardware, rates, numbers| {
        let [heads, batch, seq] = take(numbers);
        let shape = Shape::of(heads, &numbers[STEP_WIDTHS..]);
        let attended = seq.min(shape.topk);
        shape.module(hardware, rates, [batch, 1.0, attended, seq, attended], 0.0)
    },
    ..Formula::PLAIN
};

/// The scores of an index that has one entry for each `ratio` tokens.
pub(super) const SCORES: Formula = Formula {
    name: "index_scores",
    text: &["fmha", "kv", "gemm"],
    numbers: &["heads", "batch", "seq", "prefix", "index_heads", "index_dim"],
    assumed: &["ratio"],
    rates: |hardware, quants, _| {
        Ok(Rates { index: quants.index_flops(hardware)?, ..Rates::default() })
    },
    roofline: |hardware, rates, numbers| {
        let [_, batch, seq, prefix, heads, dim] = take(numbers);
        let entries = (seq + prefix) / rates.assumed[0];
        let ops = 2.0 * batch * seq * heads * dim * entries;
        let bytes = batch * (entries * index_bytes(dim) + seq * heads * dim + 4.0 * seq * entries);
        Roofline::local(hardware, rates.index, ops, bytes)
    },
    ..Formula::PLAIN
};

/// The attention kernel of a module.
pub(super) const KERNEL: Formula = Formula {
    name: "indexed_kernel",
    text: &["fmha", "kv", "gemm"],
    numbers: &["heads", "batch", "seq", "prefix", "kv_lora", "rope", "index_topk"],
    rates: |hardware, quants, text| Rates::of_prefill(hardware, quants, text[0], text[1]),
    roofline: |hardware, rates, numbers| {
        let [heads, batch, seq, prefix, latent, rope, topk] = take(numbers);
        let attended = batch * pairs(seq, prefix, topk);
        let ops = 2.0 * heads * (2.0 * latent + rope) * attended;
        let cache = batch * (seq + prefix).min(topk) * (latent + rope) * rates.kv_bytes;
        let queries = 2.0 * batch * seq * heads * (2.0 * latent + rope);
        Roofline::local(hardware, rates.flops, ops, cache + queries)
    },
    ..Formula::PLAIN
};

/// The selection of the best from scores, 4 bytes each, one for each `ratio` tokens. `score_mode`
/// ends in `flat` for equal scores and in `top_last` for the best at the end. Modules were timed on
/// the former; the latter are nearer to real scores.
pub(super) const TOP_K: Formula = Formula {
    name: "top_k",
    text: &["fmha", "kv", "gemm", "score_mode"],
    numbers: &["heads", "batch", "seq", "prefix"],
    assumed: &["ratio"],
    roofline: |hardware, rates, numbers| {
        let [_, batch, seq, prefix] = take(numbers);
        let bytes = 4.0 * batch * seq * (seq + prefix) / rates.assumed[0];
        Roofline::of_memory(hardware, bytes)
    },
    ..Formula::PLAIN
};

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
        index: if skips { f64::INFINITY } else { quants.index_flops(hardware)? },
        ..Rates::default()
    })
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
