//! Latent attention with its projections, measured as one (op tables 3.4, 3.6).

use crate::perf::op::{OpSpec, Selection};
use crate::perf::roofline::{Rates, Roofline};
use crate::perf::scheme::{LINEAR, SQRT};
use crate::perf::spec;

use super::mla::{CACHED, LATENT, decode_work, prefill};
use super::numbers::{over_prefix, take};

/// Width of the models that were measured, and of their query latent.
const HIDDEN: f64 = 7168.0;
const QUERY_LATENT: f64 = 1536.0;
/// Of a head: query, without rotation, and value.
const QUERY: f64 = 192.0;
const PLAIN: f64 = 128.0;
const VALUE: f64 = 128.0;

/// Prefill of the whole module. The bound leaves out the projections, as the published one does.
pub(crate) const CONTEXT: OpSpec = OpSpec {
    name: "mla_context_module",
    text: &["fmha", "kv", "gemm", "model"],
    numbers: &["heads", "batch", "seq", "prefix"],
    table: Some(&spec::MLA_CONTEXT_MODULE),
    axes: &[LINEAR, SQRT, LINEAR],
    rates: |hardware, quants, text| {
        Ok(Rates {
            flops: quants.flops(text[0], hardware)?,
            kv_bytes: quants.bytes(text[1])?,
            ..Rates::default()
        })
    },
    roofline: prefill,
    answer: |pricer, numbers, probe| {
        over_prefix(numbers, [2, 3], |whole: &mut [f64; 4]| pricer.lookup(0, whole, probe))
    },
    ..OpSpec::PLAIN
};

/// One decode step of the whole module. The bound counts the products around the latent.
pub(crate) const GENERATION: OpSpec = OpSpec {
    name: "mla_generation_module",
    text: &["kv", "gemm", "model"],
    numbers: &["heads", "batch", "seq"],
    table: Some(&spec::MLA_GENERATION_MODULE),
    axes: &[LINEAR, LINEAR, LINEAR],
    rates: |hardware, quants, text| {
        let fp8 = text[0] == "fp8" && hardware.sm >= 89;
        Ok(Rates {
            flops: quants.flops(text[1], hardware)?,
            bytes: quants.bytes(text[1])?,
            kv_bytes: quants.bytes(text[0])?,
            attention: quants.flops(if fp8 { "fp8" } else { "bfloat16" }, hardware)?,
            ..Rates::default()
        })
    },
    roofline: |hardware, rates, numbers| {
        let [heads, batch, _] = take(numbers);
        let (ops, bytes) = decode_work(rates, numbers);
        let products = 4.0 * batch * heads * PLAIN * LATENT;
        let weights = 2.0 * heads * ((PLAIN + LATENT) * batch + PLAIN * LATENT) * rates.bytes;
        let work = [(ops, rates.attention), (products, rates.flops)];
        Roofline::mixed(hardware, &work, bytes + weights)
    },
    ..OpSpec::PLAIN
};

/// Prefill in a deployment with wide expert parallelism: expansion, attention and output.
/// `attention` is the kernel, or `default` for the one that was measured most.
pub(crate) const WIDE_CONTEXT: OpSpec = OpSpec {
    name: "wideep_context_mla",
    text: &["fmha", "kv", "attention"],
    numbers: &["heads", "batch", "seq", "prefix"],
    table: Some(&spec::WIDEEP_CONTEXT_MLA),
    axes: &[LINEAR, SQRT, LINEAR],
    rates: |hardware, quants, text| {
        Ok(Rates {
            flops: quants.flops(text[0], hardware)?,
            bytes: quants.bytes(text[0])?,
            attention: quants.flops("bfloat16", hardware)?,
            ..Rates::default()
        })
    },
    roofline: |hardware, rates, numbers| {
        let [heads, batch, seq, prefix] = take(numbers);
        let (full, tokens) = (seq + prefix, batch * seq);
        let expand = PLAIN + VALUE;
        let weights =
            [QUERY_LATENT * heads * QUERY, LATENT * heads * expand, heads * VALUE * HIDDEN];
        let products = 2.0 * tokens * weights.iter().sum::<f64>();
        let pairs = batch * (full * full - prefix * prefix) / 2.0;
        let scores = 2.0 * heads * (QUERY + VALUE) * pairs;
        let moved = tokens * (QUERY_LATENT + LATENT + heads * VALUE)
            + 2.0 * tokens * (heads * (QUERY + expand) + HIDDEN)
            + 2.0 * batch * heads * (QUERY + VALUE) * (seq + full)
            + weights.iter().sum::<f64>();
        let work = [(products, rates.flops), (scores, rates.attention)];
        Roofline::mixed(hardware, &work, rates.bytes * moved)
    },
    select: |text| vec![of_kernel(text, text[2])],
    answer: |pricer, numbers, probe| {
        over_prefix(numbers, [2, 3], |whole: &mut [f64; 4]| pricer.lookup(0, whole, probe))
    },
    ..OpSpec::PLAIN
};

/// One decode step in a deployment with wide expert parallelism.
pub(crate) const WIDE_GENERATION: OpSpec = OpSpec {
    name: "wideep_generation_mla",
    text: &["kv", "attention"],
    numbers: &["heads", "batch", "seq"],
    table: Some(&spec::WIDEEP_GENERATION_MLA),
    axes: &[LINEAR, LINEAR, LINEAR],
    rates: |hardware, quants, text| {
        Ok(Rates {
            flops: quants.flops("fp8_block", hardware)?,
            bytes: quants.bytes("fp8_block")?,
            kv_bytes: quants.bytes(text[0])?,
            attention: quants.flops("bfloat16", hardware)?,
            ..Rates::default()
        })
    },
    roofline: |hardware, rates, numbers| {
        let [heads, batch, seq] = take(numbers);
        let weights = heads * (QUERY_LATENT * QUERY + 2.0 * PLAIN * LATENT + VALUE * HIDDEN);
        let scores = 2.0 * batch * seq * heads * (CACHED + LATENT);
        let activations = batch * (QUERY_LATENT + heads * (PLAIN + LATENT + VALUE))
            + 2.0 * batch * (heads * (QUERY + LATENT + VALUE) + HIDDEN);
        let cache = batch * seq * CACHED * rates.kv_bytes;
        let queries = 2.0 * batch * heads * (CACHED + LATENT);
        let bytes = rates.bytes * (weights + activations + queries) + cache;
        let work = [(2.0 * batch * weights, rates.flops), (scores, rates.attention)];
        Roofline::mixed(hardware, &work, bytes)
    },
    select: |text| vec![of_kernel(text, text[1])],
    ..OpSpec::PLAIN
};

/// The rows of a kernel, or of all.
fn of_kernel(text: &[&str], kernel: &str) -> Selection {
    match kernel {
        "default" => Selection::all(text),
        _ => {
            let wanted = kernel.to_owned();
            Selection::of(text, move |kernel| kernel == wanted)
        }
    }
}
