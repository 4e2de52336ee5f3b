//! Attention over a compressed cache, which has one entry for each `ratio` tokens: all entries are
//! attended to, or the best of an index; and a window of the latest tokens beside them.

use crate::perf::machine::{Hardware, QuantModes, Rates, Roofline};
use crate::perf::op::{Estimate, Failure, Formula, Measurements, Origin, Probe};

use super::numbers::{compressed_pairs, concat, pairs, place, take};

/// Widths of a module, and of its index where it has one; [`module`] reads them.
const WIDTHS: &[&str] = &["hidden", "q_lora", "o_lora", "head_dim", "rope", "o_groups", "window"];
const INDEX: &[&str] = &["index_heads", "index_dim", "index_topk"];
/// Arguments before the widths: over a prompt, and in a decode step.
const PROMPT: &[&str] = &["native_heads", "heads", "batch", "seq", "prefix"];
const STEP: &[&str] = &["native_heads", "heads", "batch", "seq"];
/// Place of the heads of this rank among the numeric arguments.
const HEADS: usize = place(STEP, "heads");

/// Prefill of `seq` new tokens on top of `prefix` cached ones, over all entries.
pub(super) const CONTEXT: Formula = Formula {
    name: "compressed_context",
    text: &["fmha", "kv", "gemm"],
    numbers: &concat::<12>(&[PROMPT, WIDTHS]),
    assumed: &["ratio"],
    rates: |hardware, quants, text| rates(hardware, quants, text[0], text[1], text[2]),
    roofline: |hardware, rates, numbers| {
        let [_, heads, batch, seq, prefix] = take(numbers);
        module(hardware, rates, [heads, batch, seq, prefix], &numbers[PROMPT.len()..])
    },
    answer: other_heads,
    ..Formula::PLAIN
};

/// The same over the best entries.
pub(super) const INDEXED_CONTEXT: Formula = Formula {
    name: "compressed_indexed_context",
    numbers: &concat::<15>(&[PROMPT, WIDTHS, INDEX]),
    ..CONTEXT
};

/// One decode step over `seq` cached tokens of each of `batch` requests, over all entries.
pub(super) const GENERATION: Formula = Formula {
    name: "compressed_generation",
    text: &["kv", "gemm"],
    numbers: &concat::<11>(&[STEP, WIDTHS]),
    rates: |hardware, quants, text| rates(hardware, quants, "bfloat16", text[0], text[1]),
    roofline: |hardware, rates, numbers| {
        let [_, heads, batch, seq] = take(numbers);
        // The new token is the last of `seq`, which is one more than are attended to.
        let before = (seq - 2.0).max(0.0);
        module(hardware, rates, [heads, batch, 1.0, before], &numbers[STEP.len()..])
    },
    ..CONTEXT
};

/// The same over the best entries.
pub(super) const INDEXED_GENERATION: Formula = Formula {
    name: "compressed_indexed_generation",
    numbers: &concat::<14>(&[STEP, WIDTHS, INDEX]),
    ..GENERATION
};

/// The attention kernel of a module over all entries.
pub(super) const KERNEL: Formula = Formula {
    name: "compressed_kernel",
    text: &["fmha", "kv", "gemm"],
    numbers: &["heads", "batch", "seq", "prefix", "head_dim", "window"],
    assumed: &["ratio"],
    rates: |hardware, quants, text| rates(hardware, quants, text[0], text[1], text[2]),
    roofline: |hardware, rates, numbers| {
        let [heads, batch, seq, prefix, dim, window] = take(numbers);
        let [ratio] = take(&rates.assumed);
        let attended = batch * attended(seq, prefix, window, ratio, f64::INFINITY);
        let ops = 4.0 * heads * dim * attended;
        let cache = batch * ((seq + prefix) / ratio + window.min(seq + prefix));
        let bytes = cache * dim * rates.kv_bytes + 4.0 * batch * seq * heads * dim;
        Roofline::local(hardware, rates.attention, ops, bytes)
    },
    ..Formula::PLAIN
};

fn rates(
    hardware: &Hardware,
    quants: &QuantModes,
    fmha: &str,
    kv: &str,
    gemm: &str,
) -> crate::Result<Rates> {
    Ok(Rates {
        flops: quants.flops(gemm, hardware)?,
        bytes: quants.bytes(gemm)?,
        kv_bytes: quants.bytes(kv)?,
        attention: quants.flops(fmha, hardware)?,
        query_bytes: quants.bytes(fmha)?,
        index: quants.index_flops(hardware)?,
        ..Rates::default()
    })
}

/// Peak arithmetic at 16 bits; what attention runs at where the system does not say.
fn half(hardware: &Hardware, rates: &Rates) -> f64 {
    hardware.flops.get("bfloat16").copied().unwrap_or(rates.attention)
}

/// Pairs of new tokens and what they attend to: the window, and entries of the cache.
fn attended(seq: f64, prefix: f64, window: f64, ratio: f64, limit: f64) -> f64 {
    let limit = limit.min(((seq + prefix) / ratio).floor());
    pairs(seq, prefix, window) + compressed_pairs(seq, prefix, ratio, limit)
}

/// The bound of `batch` requests with `seq` new tokens each on top of `prefix`.
fn module(
    hardware: &Hardware,
    rates: &Rates,
    [heads, batch, seq, prefix]: [f64; 4],
    widths: &[f64],
) -> Roofline {
    let [hidden, query_latent, out_latent, dim, rope, groups, window] = take(widths);
    let index = &widths[WIDTHS.len()..];
    let [index_heads, index_dim, topk] = take(index);
    let [ratio] = take(&rates.assumed);
    let has_index = !index.is_empty();
    let if_indexed = |x: f64| if has_index { x } else { 0.0 };
    let groups = groups.max(1.0);
    let (tokens, length) = (batch * seq, seq + prefix);
    let entries = (length / ratio).floor();
    // A fine compressor overlaps its blocks, and there is a second one for the index.
    let folds = if has_index { 2.0 } else { 1.0 };
    let index_width = index_heads * index_dim;
    let projections =
        hidden * (query_latent + dim + groups * out_latent) + query_latent * heads * dim;
    let compressors = 2.0 * hidden * folds * dim + if_indexed(4.0 * hidden * index_dim);
    let gating = folds * dim + if_indexed(2.0 * index_dim);
    let absorbed = heads * dim * out_latent + if_indexed(hidden * index_heads);
    let limit = if has_index { topk } else { f64::INFINITY };
    let pairs = batch * attended(seq, prefix, window, ratio, limit);
    let work = [
        (2.0 * tokens * (projections + compressors + gating), rates.flops),
        (2.0 * tokens * absorbed, half(hardware, rates)),
        (
            if_indexed(2.0 * tokens * (query_latent * index_width + entries * index_width)),
            rates.index,
        ),
        (4.0 * heads * dim * pairs, rates.attention),
    ];
    let weights = projections + 2.0 * hidden * folds * dim + if_indexed(query_latent * index_width);
    let activations = tokens * (hidden + query_latent + heads * dim + dim + groups * out_latent);
    let bytes = (weights + activations) * rates.bytes
        + 2.0 * absorbed
        + pairs * dim * rates.kv_bytes
        + if_indexed(batch * entries * index_dim * 0.5)
        + tokens * heads * rope * rates.query_bytes;
    Roofline::mixed(hardware, &work, bytes)
}

/// Where these heads a rank were not measured: the next fewer, else the next more. More heads
/// than measured take as much longer as the bound does; fewer take no less than was measured.
fn other_heads(
    measured: &dyn Measurements,
    numbers: &[f64],
    probe: &mut Probe,
) -> Result<Estimate, Failure> {
    let first = measured.lookup(0, numbers, probe);
    let Err(Failure::Miss(_)) = first else { return first };
    let heads = numbers[HEADS];
    let sizes = measured.sizes(0, "heads")?;
    let split = sizes.partition_point(|&h| f64::from(h) < heads);
    let (fewer, more) = sizes.split_at(split);
    for &other in fewer.iter().rev().chain(more) {
        let mut moved = numbers.to_vec();
        moved[HEADS] = f64::from(other);
        // Not every number of heads was measured for every model.
        let value = match measured.lookup(0, &moved, probe) {
            Err(Failure::Miss(_)) => continue,
            value => value?,
        };
        let bound = measured.roofline(&moved).total();
        let ratio = if bound > 0.0 { measured.roofline(numbers).total() / bound } else { 1.0 };
        let latency = value.latency * ratio.max(1.0);
        return Ok(Estimate::new(latency, value.origin).at_best(Origin::Transferred));
    }
    first
}
