//! Experts and feed-forward blocks of deployments with wide expert parallelism, and blocks that
//! fuse the exchange of tokens with the experts (op tables 3.5, 3.6).

use crate::perf::hardware::Hardware;
use crate::perf::op::{Failure, OpSpec, Selection};
use crate::perf::origin::Origin;
use crate::perf::pricer::{Pricer, Probe};
use crate::perf::quant::QuantModes;
use crate::perf::roofline::{Rates, Roofline};
use crate::perf::scheme::{HOLD, LINEAR, Value};
use crate::perf::spec;

use super::moe;
use super::numbers::take;

/// What any expert block has in common. Numbers as those of `moe`: tokens first, ranks last.
const EXPERTS: OpSpec = OpSpec {
    text: &["quant", "distribution"],
    numbers: &["tokens", "hidden", "inter", "topk", "experts", "moe_tp", "moe_ep"],
    axes: &[HOLD],
    rates: moe::rates,
    roofline: moe::roofline,
    ..OpSpec::PLAIN
};

/// Experts behind DeepEP dispatch, prefill. A distribution that was not measured is taken as even.
pub(crate) const CONTEXT_MOE: OpSpec = OpSpec {
    name: "wideep_context_moe",
    table: Some(&spec::WIDEEP_CONTEXT_MOE),
    select: or_uniform,
    answer: first_of_two,
    ..EXPERTS
};

/// Experts behind DeepEP dispatch, decode.
pub(crate) const GENERATION_MOE: OpSpec = OpSpec {
    name: "wideep_generation_moe",
    table: Some(&spec::WIDEEP_GENERATION_MOE),
    select: or_uniform,
    answer: first_of_two,
    ..EXPERTS
};

/// Experts over `slots`, of which some may repeat an expert; either phase.
pub(crate) const MOE: OpSpec = OpSpec {
    name: "wideep_moe",
    numbers: &["tokens", "hidden", "inter", "topk", "experts", "slots", "moe_tp", "moe_ep"],
    table: Some(&spec::WIDEEP_MOE),
    roofline: |hardware, rates, numbers| {
        let [tokens, hidden, inter, topk, _, slots, tp, ep] = take(numbers);
        moe::roofline(hardware, rates, &[tokens, hidden, inter, topk, slots, tp, ep])
    },
    ..EXPERTS
};

/// Dispatch, experts and combine of DeepSeek-V4 in one kernel; `phase` is `context` or
/// `generation`. How the kernel was set up is left open: it was measured one way a shape.
pub(crate) const MEGAMOE: OpSpec = OpSpec {
    name: "dsv4_megamoe_module",
    text: &["phase", "quant", "distribution"],
    numbers: &[
        "tokens",
        "hidden",
        "inter",
        "topk",
        "experts",
        "shared_experts",
        "moe_tp",
        "moe_ep",
    ],
    table: Some(&spec::DSV4_MEGAMOE_MODULE),
    rates: |hardware, quants, text| moe::rates(hardware, quants, &text[1..]),
    roofline: |hardware, rates, numbers| {
        // Each rank has its own tokens; the experts on it see those of all.
        let [tokens, hidden, inter, topk, experts, shared, tp, ep] = take(numbers);
        let all = tokens * ep.max(1.0);
        let routed = [all, hidden, inter, topk + shared, experts + shared, tp, ep];
        let Roofline { compute, memory, .. } = moe::roofline(hardware, rates, &routed);
        let sent = tokens * topk.min((ep - 1.0).max(0.0)) * hidden * (1.0 + 2.0);
        Roofline { compute, memory, link: 1e3 * sent / hardware.link_bw(ep) }
    },
    ..EXPERTS
};

/// A dense feed-forward block, prefill.
pub(crate) const CONTEXT_MLP: OpSpec =
    OpSpec { name: "wideep_context_mlp", table: Some(&spec::WIDEEP_CONTEXT_MLP), ..MLP };

/// A dense feed-forward block, decode.
pub(crate) const GENERATION_MLP: OpSpec =
    OpSpec { name: "wideep_generation_mlp", table: Some(&spec::WIDEEP_GENERATION_MLP), ..MLP };

const MLP: OpSpec = OpSpec {
    text: &["quant"],
    numbers: &["tokens", "hidden", "inter"],
    axes: &[LINEAR],
    rates: moe::rates,
    roofline: |hardware, rates, numbers| {
        let [tokens, hidden, inter] = take(numbers);
        let weights = 3.0 * hidden * inter;
        let bytes = rates.bytes * (weights + tokens * (2.0 * hidden + 3.0 * inter));
        Roofline::local(hardware, rates.flops, 2.0 * tokens * weights, bytes)
    },
    ..OpSpec::PLAIN
};

/// Before a layer, and after it.
const PRE: u8 = 0;
const POST: u8 = 1;
/// Iterations that make the mixing doubly stochastic.
const SINKHORN: f64 = 20.0;

/// Mixing of the residual streams of hyper-connections around a layer; `op` is `pre` or `post`.
pub(crate) const HYPER_CONNECTIONS: OpSpec = OpSpec {
    name: "mhc_module",
    text: &["op"],
    numbers: &["hc_mult", "hidden", "tokens"],
    table: Some(&spec::MHC_MODULE),
    axes: &[LINEAR],
    rates: |hardware: &Hardware, quants: &QuantModes, text: &[&str]| {
        let variant = if text[0] == "pre" { PRE } else { POST };
        Ok(Rates { flops: quants.flops("bfloat16", hardware)?, variant, ..Rates::default() })
    },
    roofline: |hardware, rates, numbers| {
        let [streams, hidden, tokens] = take(numbers);
        let width = streams * hidden;
        let mixing = (2.0 + streams) * streams;
        let square = streams * streams;
        let pre = 2.0 * tokens * width * mixing
            + 3.0 * tokens * width
            + tokens * (square + 2.0 * streams) * SINKHORN
            + 2.0 * tokens * width;
        let post = 2.0 * tokens * square * hidden + 2.0 * tokens * width;
        let (ops, coefficients) = match rates.variant {
            PRE => (2.0 * pre, 2.0 * tokens * (2.0 * streams + square) * 4.0),
            _ => (2.0 * post, 0.0),
        };
        let weights = 2.0 * (width * mixing + mixing + 3.0) * 2.0;
        let bytes = weights + 2.0 * tokens * width * 2.0 * 2.0 + coefficients;
        Roofline::local(hardware, rates.flops, ops, bytes)
    },
    ..OpSpec::PLAIN
};

fn or_uniform(text: &[&str]) -> Vec<Selection> {
    vec![Selection::all(text), Selection::all(&[text[0], "uniform"])]
}

fn first_of_two(pricer: &Pricer, numbers: &[f64], probe: &mut Probe) -> Result<Value, Failure> {
    let first = pricer.lookup(0, numbers, probe);
    let Err(Failure::Miss(_)) = first else { return first };
    match pricer.lookup(1, numbers, probe) {
        Err(Failure::Miss(_)) => first,
        second => Ok(second?.at_best(Origin::Transferred)),
    }
}
