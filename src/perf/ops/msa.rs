//! MiniMax sparse attention: whole modules that attend to the best blocks (op tables 3.6).

use crate::perf::hardware::Hardware;
use crate::perf::op::OpSpec;
use crate::perf::quant::QuantModes;
use crate::perf::roofline::{Rates, Roofline};
use crate::perf::scheme::LINEAR;
use crate::perf::spec;

use super::dsa::index_peak;
use super::numbers::{pairs, take};

/// The shape of MiniMax-M3.
const USUAL: &[(&str, f64)] = &[
    ("kv_heads", 4.0),
    ("hidden", 6144.0),
    ("head_dim", 128.0),
    ("v_dim", 128.0),
    ("index_heads", 4.0),
    ("index_dim", 128.0),
    ("index_topk", 2048.0),
    ("block", 128.0),
];

/// Prefill of `seq` new tokens on top of `prefix` cached ones, each attending to the `index_topk`
/// best, chosen by blocks of `block`.
pub(crate) const CONTEXT: OpSpec = OpSpec {
    name: "msa_context_module",
    text: &["architecture", "fmha", "kv", "gemm"],
    numbers: &[
        "heads",
        "batch",
        "seq",
        "prefix",
        "kv_heads",
        "hidden",
        "head_dim",
        "v_dim",
        "index_heads",
        "index_dim",
        "index_topk",
        "block",
    ],
    table: Some(&spec::MSA_CONTEXT_MODULE),
    axes: &[LINEAR, LINEAR, LINEAR, LINEAR],
    usual: USUAL,
    rates: |hardware, quants, text| {
        Ok(Rates {
            query_bytes: quants.bytes(text[1])?,
            ..rates(hardware, quants, text[2], text[3])?
        })
    },
    roofline: |hardware, rates, numbers| {
        let [heads, batch, seq, prefix] = take(numbers);
        let topk = numbers[10];
        let attended = pairs(seq, prefix, topk);
        module(hardware, rates, [heads, batch, seq, seq + prefix, attended], &numbers[4..])
    },
    ..OpSpec::PLAIN
};

/// One decode step over `seq` cached tokens of each of `batch` requests.
pub(crate) const GENERATION: OpSpec = OpSpec {
    name: "msa_generation_module",
    text: &["architecture", "kv", "gemm"],
    numbers: &[
        "heads",
        "batch",
        "seq",
        "kv_heads",
        "hidden",
        "head_dim",
        "v_dim",
        "index_heads",
        "index_dim",
        "index_topk",
        "block",
    ],
    table: Some(&spec::MSA_GENERATION_MODULE),
    axes: &[LINEAR, LINEAR, LINEAR],
    usual: USUAL,
    rates: |hardware, quants, text| {
        Ok(Rates {
            query_bytes: quants.bytes("bfloat16")?,
            ..rates(hardware, quants, text[1], text[2])?
        })
    },
    roofline: |hardware, rates, numbers| {
        let [heads, batch, seq] = take(numbers);
        let cached = (seq - 1.0).max(0.0);
        let attended = cached.min(numbers[9]);
        module(hardware, rates, [heads, batch, 1.0, cached, attended], &numbers[3..])
    },
    ..OpSpec::PLAIN
};

fn rates(hardware: &Hardware, quants: &QuantModes, kv: &str, gemm: &str) -> crate::Result<Rates> {
    Ok(Rates {
        flops: quants.flops(gemm, hardware)?,
        bytes: quants.bytes(gemm)?,
        kv_bytes: quants.bytes(kv)?,
        attention: quants.flops("bfloat16", hardware)?,
        index: index_peak(hardware, quants)?,
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
