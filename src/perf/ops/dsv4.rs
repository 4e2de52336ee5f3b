//! Attention modules of DeepSeek-V4 over a compressed cache: one entry for each 4 tokens, of which
//! the best are attended to (CSA), or one for each 128, all attended to (HCA); both with a window
//! of the latest tokens (op tables 1.3, 3.6).

use crate::perf::hardware::Hardware;
use crate::perf::op::{Failure, OpSpec};
use crate::perf::origin::Origin;
use crate::perf::pricer::{Pricer, Probe};
use crate::perf::quant::QuantModes;
use crate::perf::roofline::{Rates, Roofline};
use crate::perf::scheme::{LINEAR, Value};
use crate::perf::spec;

use super::dsa::{index_peak, index_scores, scores_read};
use super::numbers::{compressed_pairs, pairs, take};

/// Tokens to an entry of the cache.
const CSA_RATIO: f64 = 4.0;
const HCA_RATIO: f64 = 128.0;
/// Place of the heads of this rank among the numeric arguments.
const HEADS: usize = 1;

/// The shape of DeepSeek-V4-Pro.
const USUAL: &[(&str, f64)] = &[
    ("hidden", 7168.0),
    ("q_lora", 1536.0),
    ("o_lora", 1024.0),
    ("head_dim", 512.0),
    ("rope", 64.0),
    ("o_groups", 16.0),
    ("window", 128.0),
    ("index_heads", 64.0),
    ("index_dim", 128.0),
    ("index_topk", 1024.0),
];

/// Prefill of `seq` new tokens on top of `prefix` cached ones, ratio 4.
pub(crate) const CSA_CONTEXT: OpSpec = OpSpec {
    name: "dsv4_csa_context_module",
    numbers: &[
        "native_heads",
        "heads",
        "batch",
        "seq",
        "prefix",
        "hidden",
        "q_lora",
        "o_lora",
        "head_dim",
        "rope",
        "o_groups",
        "window",
        "index_heads",
        "index_dim",
        "index_topk",
    ],
    table: Some(&spec::DSV4_CSA_CONTEXT_MODULE),
    roofline: |hardware, rates, numbers| prefill(hardware, rates, numbers, CSA_RATIO),
    ..CONTEXT
};

/// Prefill of `seq` new tokens on top of `prefix` cached ones, ratio 128.
pub(crate) const HCA_CONTEXT: OpSpec = OpSpec {
    name: "dsv4_hca_context_module",
    numbers: &[
        "native_heads",
        "heads",
        "batch",
        "seq",
        "prefix",
        "hidden",
        "q_lora",
        "o_lora",
        "head_dim",
        "rope",
        "o_groups",
        "window",
    ],
    table: Some(&spec::DSV4_HCA_CONTEXT_MODULE),
    roofline: |hardware, rates, numbers| prefill(hardware, rates, numbers, HCA_RATIO),
    ..CONTEXT
};

/// One decode step over `seq` cached tokens of each of `batch` requests, ratio 4.
pub(crate) const CSA_GENERATION: OpSpec = OpSpec {
    name: "dsv4_csa_generation_module",
    numbers: &[
        "native_heads",
        "heads",
        "batch",
        "seq",
        "hidden",
        "q_lora",
        "o_lora",
        "head_dim",
        "rope",
        "o_groups",
        "window",
        "index_heads",
        "index_dim",
        "index_topk",
    ],
    table: Some(&spec::DSV4_CSA_GENERATION_MODULE),
    roofline: |hardware, rates, numbers| decode(hardware, rates, numbers, CSA_RATIO),
    ..GENERATION
};

/// One decode step over `seq` cached tokens of each of `batch` requests, ratio 128.
pub(crate) const HCA_GENERATION: OpSpec = OpSpec {
    name: "dsv4_hca_generation_module",
    numbers: &[
        "native_heads",
        "heads",
        "batch",
        "seq",
        "hidden",
        "q_lora",
        "o_lora",
        "head_dim",
        "rope",
        "o_groups",
        "window",
    ],
    table: Some(&spec::DSV4_HCA_GENERATION_MODULE),
    roofline: |hardware, rates, numbers| decode(hardware, rates, numbers, HCA_RATIO),
    ..GENERATION
};

/// What prefill of either ratio has in common.
const CONTEXT: OpSpec = OpSpec {
    text: &["fmha", "kv", "gemm"],
    axes: &[LINEAR, LINEAR, LINEAR],
    usual: USUAL,
    rates: |hardware, quants, text| rates(hardware, quants, text[0], text[1], text[2]),
    answer,
    ..OpSpec::PLAIN
};

/// What decode of either ratio has in common.
const GENERATION: OpSpec = OpSpec {
    text: &["kv", "gemm"],
    axes: &[LINEAR, LINEAR],
    usual: USUAL,
    rates: |hardware, quants, text| rates(hardware, quants, "bfloat16", text[0], text[1]),
    answer,
    ..OpSpec::PLAIN
};

/// Top-k selection on equal scores (`score_mode` ends in `flat`) or with the best at the end (ends
/// in `top_last`). Modules were timed on the former; the latter are nearer to real scores.
pub(crate) const TOPK_CALIBRATION: OpSpec = OpSpec {
    name: "dsv4_csa_topk_calib",
    text: &["fmha", "kv", "gemm", "score_mode"],
    numbers: &["heads", "batch", "seq", "prefix"],
    table: Some(&spec::DSV4_CSA_TOPK_CALIB),
    axes: &[LINEAR, LINEAR, LINEAR],
    roofline: |hardware, _, numbers| scores_read(hardware, numbers, CSA_RATIO),
    ..OpSpec::PLAIN
};

/// The index scores of a module of ratio 4.
pub(crate) const LOGITS: OpSpec = OpSpec {
    name: "dsv4_paged_mqa_logits_module",
    text: &["fmha", "kv", "gemm"],
    numbers: &["heads", "batch", "seq", "prefix", "index_heads", "index_dim"],
    table: Some(&spec::DSV4_PAGED_MQA_LOGITS_MODULE),
    axes: &[LINEAR, LINEAR, LINEAR],
    usual: USUAL,
    rates: |hardware, quants, _| {
        Ok(Rates { index: index_peak(hardware, quants)?, ..Rates::default() })
    },
    roofline: |hardware, rates, numbers| index_scores(hardware, rates, numbers, CSA_RATIO),
    ..OpSpec::PLAIN
};

/// The attention kernel of a module of ratio 128.
pub(crate) const HCA_ATTENTION: OpSpec = OpSpec {
    name: "dsv4_hca_attn_module",
    text: &["fmha", "kv", "gemm"],
    numbers: &["heads", "batch", "seq", "prefix", "head_dim", "window"],
    table: Some(&spec::DSV4_HCA_ATTN_MODULE),
    axes: &[LINEAR, LINEAR, LINEAR],
    usual: USUAL,
    rates: |hardware, quants, text| rates(hardware, quants, text[0], text[1], text[2]),
    roofline: |hardware, rates, numbers| {
        let [heads, batch, seq, prefix, dim, window] = take(numbers);
        let attended = batch * attended(seq, prefix, window, HCA_RATIO, f64::INFINITY);
        let ops = 4.0 * heads * dim * attended;
        let cache = batch * ((seq + prefix) / HCA_RATIO + window.min(seq + prefix));
        let bytes = cache * dim * rates.kv_bytes + 4.0 * batch * seq * heads * dim;
        Roofline::local(hardware, rates.attention, ops, bytes)
    },
    ..OpSpec::PLAIN
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
        index: index_peak(hardware, quants)?,
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

fn prefill(hardware: &Hardware, rates: &Rates, numbers: &[f64], ratio: f64) -> Roofline {
    let [_, heads, batch, seq, prefix] = take(numbers);
    module(hardware, rates, [heads, batch, seq, prefix, ratio], &numbers[5..])
}

fn decode(hardware: &Hardware, rates: &Rates, numbers: &[f64], ratio: f64) -> Roofline {
    let [_, heads, batch, seq] = take(numbers);
    // The new token is the last of `seq`, which is one more than are attended to.
    let before = (seq - 2.0).max(0.0);
    module(hardware, rates, [heads, batch, 1.0, before, ratio], &numbers[4..])
}

/// The bound of `batch` requests with `seq` new tokens each on top of `prefix`.
fn module(
    hardware: &Hardware,
    rates: &Rates,
    [heads, batch, seq, prefix, ratio]: [f64; 5],
    widths: &[f64],
) -> Roofline {
    let [hidden, query_latent, out_latent, dim, rope, groups, window] = take(widths);
    let [index_heads, index_dim, topk] = take(widths.get(7..).unwrap_or_default());
    let is_csa = ratio == CSA_RATIO;
    let only_csa = |x: f64| if is_csa { x } else { 0.0 };
    let groups = groups.max(1.0);
    let (tokens, length) = (batch * seq, seq + prefix);
    let entries = (length / ratio).floor();
    // The fine compressor overlaps its blocks, and there is a second one for the index.
    let folds = if is_csa { 2.0 } else { 1.0 };
    let index_width = index_heads * index_dim;
    let projections =
        hidden * (query_latent + dim + groups * out_latent) + query_latent * heads * dim;
    let compressors = 2.0 * hidden * folds * dim + only_csa(4.0 * hidden * index_dim);
    let gating = folds * dim + only_csa(2.0 * index_dim);
    let absorbed = heads * dim * out_latent + only_csa(hidden * index_heads);
    let limit = if is_csa { topk } else { f64::INFINITY };
    let pairs = batch * attended(seq, prefix, window, ratio, limit);
    let work = [
        (2.0 * tokens * (projections + compressors + gating), rates.flops),
        (2.0 * tokens * absorbed, half(hardware, rates)),
        (
            only_csa(2.0 * tokens * (query_latent * index_width + entries * index_width)),
            rates.index,
        ),
        (4.0 * heads * dim * pairs, rates.attention),
    ];
    let weights = projections + 2.0 * hidden * folds * dim + only_csa(query_latent * index_width);
    let activations = tokens * (hidden + query_latent + heads * dim + dim + groups * out_latent);
    let bytes = (weights + activations) * rates.bytes
        + 2.0 * absorbed
        + pairs * dim * rates.kv_bytes
        + only_csa(batch * entries * index_dim * 0.5)
        + tokens * heads * rope * rates.query_bytes;
    Roofline::mixed(hardware, &work, bytes)
}

/// Where these heads a rank were not measured: the next fewer, or the fewest of all. More heads
/// than measured take as much longer as the bound does; fewer take no less than was measured.
fn answer(pricer: &Pricer, numbers: &[f64], probe: &mut Probe) -> Result<Value, Failure> {
    let first = pricer.lookup(0, numbers, probe);
    let Err(Failure::Miss(_)) = first else { return first };
    let heads = numbers[HEADS];
    let measured = pricer.finder(0)?.collected("heads")?;
    let fewer = measured.iter().rev().find(|&&h| f64::from(h) < heads);
    let Some(&other) = fewer.or(measured.first()) else { return first };
    let mut moved = numbers.to_vec();
    moved[HEADS] = f64::from(other);
    let value = match pricer.lookup(0, &moved, probe) {
        Err(Failure::Miss(_)) => return first,
        value => value?,
    };
    let bound = pricer.roofline(&moved).total();
    let ratio = if bound > 0.0 { pricer.roofline(numbers).total() / bound } else { 1.0 };
    Ok(Value::new(value.latency * ratio.max(1.0), value.origin).at_best(Origin::Transferred))
}
