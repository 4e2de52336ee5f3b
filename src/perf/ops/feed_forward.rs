//! Dense feed-forward blocks.

use crate::perf::machine::{Rates, Roofline};
use crate::perf::op::Formula;

use super::numbers::take;

/// A dense feed-forward block.
pub(super) const FEED_FORWARD: Formula = Formula {
    name: "feed_forward",
    text: &["quant"],
    numbers: &["tokens", "hidden", "inter"],
    rates: |hardware, quants, text| Rates::of_product(hardware, quants, text[0]),
    roofline: |hardware, rates, numbers| {
        let [tokens, hidden, inter] = take(numbers);
        let weights = 3.0 * hidden * inter;
        let bytes = rates.bytes * (weights + tokens * (2.0 * hidden + 3.0 * inter));
        Roofline::local(hardware, rates.flops, 2.0 * tokens * weights, bytes)
    },
    ..Formula::PLAIN
};
