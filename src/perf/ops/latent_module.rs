//! Latent attention with its projections, measured as one.

use crate::perf::machine::{Rates, Roofline};
use crate::perf::op::Formula;

use super::latent::{self, WIDTHS, Widths, decode_work, prefill_work};
use super::numbers::{concat, take};

/// Widths that are assumed with the projections: those of attention, of the query latent, and of the
/// model.
const ALL_WIDTHS: &[&str] = &concat::<6>(&[WIDTHS, &["q_lora", "hidden"]]);

/// Weights of the projections of `heads` heads: to the latents, from them, and of the output.
fn projections(rates: &Rates, heads: f64) -> [f64; 4] {
    let [.., query_latent, hidden] = rates.assumed;
    let widths @ Widths { latent, plain, value, .. } = Widths::of(rates);
    [
        hidden * (query_latent + widths.cached()),
        query_latent * heads * widths.query(),
        latent * heads * (plain + value),
        heads * value * hidden,
    ]
}

/// Prefill of the whole module: attention over expanded keys and values, and its projections.
pub(super) const CONTEXT: Formula = Formula {
    name: "latent_module_context",
    text: &["fmha", "kv", "gemm", "model"],
    assumed: ALL_WIDTHS,
    rates: |hardware, quants, text| {
        let attention = Rates::of_prefill(hardware, quants, text[0], text[1])?;
        let projections = Rates::of_product(hardware, quants, text[2])?;
        Ok(Rates { kv_bytes: attention.kv_bytes, attention: attention.flops, ..projections })
    },
    roofline: |hardware, rates, numbers| {
        let [heads, batch, seq, _] = take(numbers);
        let (scores, moved) = prefill_work(rates, numbers);
        let weights: f64 = projections(rates, heads).iter().sum();
        let work = [(scores, rates.attention), (2.0 * batch * seq * weights, rates.flops)];
        Roofline::mixed(hardware, &work, moved + weights * rates.bytes)
    },
    ..latent::CONTEXT
};

/// One decode step of the whole module: attention over the latent cache, and the projections, of which
/// those from the latent are absorbed into queries and outputs.
pub(super) const GENERATION: Formula = Formula {
    name: "latent_module_generation",
    text: &["kv", "gemm", "model"],
    assumed: ALL_WIDTHS,
    rates: |hardware, quants, text| {
        let projections = Rates::of_product(hardware, quants, text[1])?;
        let kv_bytes = quants.bytes(text[0])?;
        Ok(Rates { kv_bytes, attention: quants.decode_flops(text[0], hardware)?, ..projections })
    },
    roofline: |hardware, rates, numbers| {
        let [heads, batch, _] = take(numbers);
        let (scores, moved) = decode_work(rates, numbers);
        let weights: f64 = projections(rates, heads).iter().sum();
        let work = [(scores, rates.attention), (2.0 * batch * weights, rates.flops)];
        Roofline::mixed(hardware, &work, moved + weights * rates.bytes)
    },
    ..latent::GENERATION
};

/// Prefill in a deployment with wide expert parallelism: expansion, attention and output.
/// `attention` is the kernel, or `default` for the one that was measured most.
pub(super) const WIDE_CONTEXT: Formula = Formula {
    name: "latent_wide_context",
    text: &["fmha", "kv", "attention"],
    assumed: ALL_WIDTHS,
    rates: |hardware, quants, text| {
        let projections = Rates::of_product(hardware, quants, text[0])?;
        Ok(Rates { attention: quants.flops("bfloat16", hardware)?, ..projections })
    },
    roofline: |hardware, rates, numbers| {
        let [heads, batch, seq, prefix] = take(numbers);
        let [.., query_latent, hidden] = rates.assumed;
        let widths @ Widths { latent, plain, value, .. } = Widths::of(rates);
        let query = widths.query();
        let (full, tokens) = (seq + prefix, batch * seq);
        let expand = plain + value;
        let weights =
            [query_latent * heads * query, latent * heads * expand, heads * value * hidden];
        let products = 2.0 * tokens * weights.iter().sum::<f64>();
        let pairs = batch * (full * full - prefix * prefix) / 2.0;
        let scores = 2.0 * heads * (query + value) * pairs;
        let moved = tokens * (query_latent + latent + heads * value)
            + 2.0 * tokens * (heads * (query + expand) + hidden)
            + 2.0 * batch * heads * (query + value) * (seq + full)
            + weights.iter().sum::<f64>();
        let work = [(products, rates.flops), (scores, rates.attention)];
        Roofline::mixed(hardware, &work, rates.bytes * moved)
    },
    ..latent::CONTEXT
};

/// One decode step in a deployment with wide expert parallelism.
pub(super) const WIDE_GENERATION: Formula = Formula {
    name: "latent_wide_generation",
    text: &["kv", "attention"],
    assumed: ALL_WIDTHS,
    rates: |hardware, quants, text| {
        let projections = Rates::of_product(hardware, quants, "fp8_block")?;
        let kv_bytes = quants.bytes(text[0])?;
        Ok(Rates { kv_bytes, attention: quants.flops("bfloat16", hardware)?, ..projections })
    },
    roofline: |hardware, rates, numbers| {
        let [heads, batch, seq] = take(numbers);
        let [.., query_latent, hidden] = rates.assumed;
        let widths @ Widths { latent, plain, value, .. } = Widths::of(rates);
        let query = widths.query();
        let weights = heads * (query_latent * query + 2.0 * plain * latent + value * hidden);
        let scores = 2.0 * batch * seq * heads * widths.absorbed();
        let activations = batch * (query_latent + heads * (plain + latent + value))
            + 2.0 * batch * (heads * (query + latent + value) + hidden);
        let cache = batch * seq * widths.cached() * rates.kv_bytes;
        let queries = 2.0 * batch * heads * widths.absorbed();
        let bytes = rates.bytes * (weights + activations + queries) + cache;
        let work = [(2.0 * batch * weights, rates.flops), (scores, rates.attention)];
        Roofline::mixed(hardware, &work, bytes)
    },
    ..latent::GENERATION
};
