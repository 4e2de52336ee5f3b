//! Attention to the best blocks of tokens: whole modules.

use crate::perf::machine::{Hardware, QuantModes, Rates, Roofline};
use crate::perf::op::Formula;

use super::numbers::{concat, pairs, place, take};

/// Widths of a module; [`module`] reads them.
const WIDTHS: &[&str] =
    &["kv_heads", "hidden", "head_dim", "v_dim", "index_heads", "index_dim", "index_topk", "block"];
const TOPK: usize = place(WIDTHS, "index_topk");
const PROMPT: &[&str] = &concat::<12>(&[&["heads", "batch", "seq", "prefix"], WIDTHS]);
const STEP: &[&str] = &concat::<11>(&[&["heads", "batch", "seq"], WIDTHS]);
const PROMPT_WIDTHS: usize = place(PROMPT, WIDTHS[0]);
const STEP_WIDTHS: usize = place(STEP, WIDTHS[0]);

/// Prefill of `seq` new tokens on top of `prefix` cached ones, each attending to the `index_topk`
/// best, chosen by blocks of `block`.
pub(super) const CONTEXT: Formula = Formula {
    name: "block_sparse_context",
    text: &["architecture", "fmha", "kv", "gemm"],
    numbers: PROMPT,
    rates: |hardware, quants, text| {
        Ok(Rates {
            query_bytes: quants.bytes(text[1])?,
            ..rates(hardware, quants, text[2], text[3])?
        })
    },
    roofline: |hardware, rates, numbers| {
        let [heads, batch, seq, prefix] = take(numbers);
        let widths = &numbers[PROMPT_WIDTHS..];
        let attended = pairs(seq, prefix, widths[TOPK]);
        module(hardware, rates, [heads, batch, seq, seq + prefix, attended], widths)
    },
    ..Formula::PLAIN
};

/// One decode step over `seq` cached tokens of each of `batch` requests.
pub(super) const GENERATION: Formula = Formula {
    name: "block_sparse_generation",
    text: &["architecture", "kv", "gemm"],
    numbers: STEP,
    rates: |hardware, quants, text| {
        Ok(Rates {
            query_bytes: quants.bytes("bfloat16")?,
            ..rates(hardware, quants, text[1], text[2])?
        })
    },
    roofline: |hardware, rates, numbers| {
        let [heads, batch, seq] = take(numbers);
        let cached = (seq - 1.0).max(0.0);
        let widths = &numbers[STEP_WIDTHS..];
        let attended = cached.min(widths[TOPK]);
        module(hardware, rates, [heads, batch, 1.0, cached, attended], widths)
    },
    ..Formula::PLAIN
};

fn rates(hardware: &Hardware, quants: &QuantModes, kv: &str, gemm: &str) -> crate::Result<Rates> {
    Ok(Rates {
        flops: quants.flops(gemm, hardware)?,
        bytes: quants.bytes(gemm)?,
        kv_bytes: quants.bytes(kv)?,
        attention: quants.flops("bfloat16", hardware)?,
        index: quants.index_flops(hardware)?,
        ..Rates::default()
    })
}

/// The bound of `batch` requests with `seq` new tokens each, `length` in all, that attend to
/// `attended` pairs a request.
fn module(
    hardware: &Hardware,
    rates: &Rates,
    [heads, batch, seq, length, attended]: [f64; 5],
    widths: &[f64],
) -> Roofline {
    let [kv_heads, hidden, dim, value, index_heads, index_dim, topk, block] = take(widths);
    let tokens = batch * seq;
    let weights = hidden * (heads * dim + 2.0 * kv_heads * dim + index_heads * index_dim)
        + heads * value * hidden;
    let blocks = if length > topk { (length / block.max(1.0)).ceil() } else { 0.0 };
    let work = [
        (2.0 * tokens * weights, rates.flops),
        (2.0 * heads * (dim + value) * batch * attended, rates.attention),
        (2.0 * tokens * index_heads * index_dim * blocks, rates.index),
    ];
    let bytes = weights * rates.bytes
        + batch * kv_heads * length.min(topk) * (dim + value) * rates.kv_bytes
        + batch * blocks * index_heads * index_dim
        + 2.0 * tokens * heads * dim * rates.query_bytes;
    Roofline::mixed(hardware, &work, bytes)
}
