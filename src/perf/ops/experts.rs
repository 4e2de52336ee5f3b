//! Routed experts, alone and fused with the exchange of tokens.

use crate::perf::machine::{Hardware, Rates, Roofline};
use crate::perf::op::Formula;

use super::numbers::take;

/// Up, gate and down projections. Experts without a gate have two; their bound is overstated.
const PROJECTIONS: f64 = 3.0;

/// `tokens` routed to the `topk` of `experts`, on the busiest rank; `distribution` says how uneven.
///
/// Above the measured tokens the share of the roofline is held: experts fill with tokens, so the
/// last two points overstate what comes. Below, the least measured latency stands, since a single
/// token still loads its experts.
pub(super) const EXPERTS: Formula = Formula {
    name: "experts",
    text: &["quant", "distribution"],
    numbers: &["tokens", "hidden", "inter", "topk", "experts", "moe_tp", "moe_ep"],
    rates: |hardware, quants, text| Rates::of_product(hardware, quants, text[0]),
    roofline,
    ..Formula::PLAIN
};

/// Experts over `slots`, of which some may repeat an expert; either phase.
pub(super) const IN_SLOTS: Formula = Formula {
    name: "experts_in_slots",
    numbers: &["tokens", "hidden", "inter", "topk", "experts", "slots", "moe_tp", "moe_ep"],
    roofline: |hardware, rates, numbers| {
        let [tokens, hidden, inter, topk, _, slots, tp, ep] = take(numbers);
        roofline(hardware, rates, &[tokens, hidden, inter, topk, slots, tp, ep])
    },
    ..EXPERTS
};

/// Dispatch, experts and combine in one kernel; `phase` is `context` or `generation`. How the
/// kernel was set up is left open: it was measured one way a shape.
pub(super) const WITH_EXCHANGE: Formula = Formula {
    name: "experts_with_exchange",
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
    rates: |hardware, quants, text| Rates::of_product(hardware, quants, text[1]),
    roofline: |hardware, rates, numbers| {
        // Each rank has its own tokens; the experts on it see those of all.
        let [tokens, hidden, inter, topk, experts, shared, tp, ep] = take(numbers);
        let all = tokens * ep.max(1.0);
        let routed = [all, hidden, inter, topk + shared, experts + shared, tp, ep];
        let Roofline { compute, memory, .. } = roofline(hardware, rates, &routed);
        let sent = tokens * topk.min((ep - 1.0).max(0.0)) * hidden * (1.0 + 2.0);
        Roofline { compute, memory, link: 1e3 * sent / hardware.link_bw(ep) }
    },
    ..EXPERTS
};

/// The bound; numbers as those of [`EXPERTS`].
pub(super) fn roofline(hardware: &Hardware, rates: &Rates, numbers: &[f64]) -> Roofline {
    let [tokens, hidden, inter, topk] = [numbers[0], numbers[1], numbers[2], numbers[3]];
    let [experts, tp, ep] = [numbers[4], numbers[5].max(1.0), numbers[6].max(1.0)];
    let here = tokens * topk / ep;
    let expert = hidden * inter * PROJECTIONS / tp;
    let ops = 2.0 * here * expert;
    let activations = here * (2.0 * hidden + inter * PROJECTIONS / tp);
    // Of tokens that choose evenly and each by itself, the number of different experts to expect.
    let read = experts / ep * (1.0 - (1.0 - topk / experts).max(0.0).powf(tokens));
    Roofline::local(hardware, rates.flops, ops, rates.bytes * (activations + expert * read))
}
