//! Routed experts, alone and fused with the exchange of tokens.

use crate::perf::machine::{Hardware, QuantModes, Rates, Roofline};
use crate::perf::op::Formula;

use super::numbers::take;

/// Up, gate and down projections.
const GATED: f64 = 3.0;
/// Loads of experts that follow a power law are drawn between one token and this share of all.
const HEAVIEST: f64 = 0.8;
/// The same where there are fewer choices than experts.
const FEW: (f64, f64) = (0.01, 2.0);

/// `tokens` routed to the `topk` of `experts`, on the busiest rank; `distribution` says how uneven, and
/// `matrices` how many an expert has: 3, or 2 without a gate.
///
/// Above the measured tokens the share of the roofline is held: experts fill with tokens, so the
/// last two points overstate what comes.
pub(super) const EXPERTS: Formula = Formula {
    name: "experts",
    numbers: &["tokens", "hidden", "inter", "topk", "experts", "moe_tp", "moe_ep", "matrices"],
    roofline,
    ..EXCHANGED
};

/// The same behind an exchange of tokens, with gates.
pub(super) const EXCHANGED: Formula = Formula {
    name: "experts_exchanged",
    text: &["quant", "distribution"],
    numbers: &["tokens", "hidden", "inter", "topk", "experts", "moe_tp", "moe_ep"],
    rates: |hardware, quants, text| rates(hardware, quants, text[0], text[1]),
    roofline: |hardware, rates, numbers| {
        let [tokens, hidden, inter, topk, experts, tp, ep] = take(numbers);
        roofline(hardware, rates, &[tokens, hidden, inter, topk, experts, tp, ep, GATED])
    },
    ..Formula::PLAIN
};

/// Experts over `slots`, of which some may repeat an expert; either phase.
pub(super) const IN_SLOTS: Formula = Formula {
    name: "experts_in_slots",
    numbers: &["tokens", "hidden", "inter", "topk", "experts", "slots", "moe_tp", "moe_ep"],
    roofline: |hardware, rates, numbers| {
        let [tokens, hidden, inter, topk, _, slots, tp, ep] = take(numbers);
        roofline(hardware, rates, &[tokens, hidden, inter, topk, slots, tp, ep, GATED])
    },
    ..EXCHANGED
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
    rates: |hardware, quants, text| rates(hardware, quants, text[1], text[2]),
    roofline: |hardware, rates, numbers| {
        // Each rank has its own tokens; the experts on it see those of all.
        let [tokens, hidden, inter, topk, experts, shared, tp, ep] = take(numbers);
        let all = tokens * ep.max(1.0);
        let routed = [all, hidden, inter, topk + shared, experts + shared, tp, ep, GATED];
        let Roofline { compute, memory, .. } = roofline(hardware, rates, &routed);
        let sent = tokens * topk.min((ep - 1.0).max(0.0)) * hidden * (1.0 + 2.0);
        Roofline { compute, memory, link: 1e3 * sent / hardware.link_bw(ep) }
    },
    ..EXCHANGED
};

/// The rates of a product, and the exponent by which loads of experts follow a power law; 0 where they are
/// even, as they are where busy experts are repeated.
fn rates(
    hardware: &Hardware,
    quants: &QuantModes,
    quant: &str,
    distribution: &str,
) -> crate::Result<Rates> {
    let skew = distribution.strip_prefix("power_law_").and_then(|exponent| exponent.parse().ok());
    Ok(Rates { skew: skew.unwrap_or(0.0), ..Rates::of_product(hardware, quants, quant)? })
}

/// The bound; numbers as those of [`EXPERTS`].
pub(super) fn roofline(hardware: &Hardware, rates: &Rates, numbers: &[f64]) -> Roofline {
    let [tokens, hidden, inter, topk, experts, tp, ep, matrices] = take(numbers);
    let (tp, ep) = (tp.max(1.0), ep.max(1.0));
    let here = tokens * topk / ep;
    let expert = hidden * inter * matrices / tp;
    let ops = 2.0 * here * expert;
    let activations = here * (2.0 * hidden + inter * matrices / tp);
    let read = met(tokens, topk, experts, rates.skew) / ep;
    Roofline::local(hardware, rates.flops, ops, rates.bytes * (activations + expert * read))
}

/// How many different experts are met, at least. Tokens that choose evenly choose each by itself, and meet
/// the number to be expected. Under a power law experts have loads of a density that falls with the power
/// `skew` of the load, between the least and the heaviest, scaled to all choices, as collectors of
/// aiconfigurator draw them; those of less than a token need not be met.
fn met(tokens: f64, topk: f64, experts: f64, skew: f64) -> f64 {
    let even = experts * (1.0 - (1.0 - topk / experts).max(0.0).powf(tokens));
    if skew == 0.0 {
        return even;
    }
    let choices = tokens * topk;
    let (lightest, heaviest) =
        if choices > experts { (1.0, (HEAVIEST * tokens).max(1.0)) } else { FEW };
    // The integral of x^(power - 1) from one load to a heavier one.
    let integral = |from: f64, to: f64, power: f64| match power.abs() < 1e-9 {
        true => (to / from).ln(),
        false => (to.powf(power) - from.powf(power)) / power,
    };
    let all = integral(lightest, heaviest, 1.0 - skew);
    let mean = integral(lightest, heaviest, 2.0 - skew) / all;
    let a_token = (experts * mean / choices).clamp(lightest, heaviest);
    let share = integral(a_token, heaviest, 1.0 - skew) / all;
    // One token has all of its choices.
    even.min(experts * share).max(topk.min(even))
}

#[cfg(test)]
mod tests {
    use super::met;

    #[test]
    fn uneven_tokens_meet_fewer_experts() {
        assert!((met(1.0, 8.0, 256.0, 1.2) - 8.0).abs() < 1e-9);
        let [even, mild, strong] = [0.0, 1.01, 1.2].map(|skew| met(96.0, 8.0, 256.0, skew));
        assert!((even - 243.8).abs() < 0.1, "{even}");
        assert!((mild - 151.5).abs() < 0.5 && strong < mild && strong > 130.0, "{mild} {strong}");
        assert!(met(16384.0, 8.0, 256.0, 1.2) <= 256.0);
    }
}
