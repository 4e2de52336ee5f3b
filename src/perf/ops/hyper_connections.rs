//! Residual streams that are mixed around every layer.

use crate::perf::machine::{Rates, Roofline};
use crate::perf::op::Formula;

use super::numbers::take;

/// Before a layer, and after it.
const PRE: u8 = 0;
const POST: u8 = 1;

/// Mixing of the residual streams of hyper-connections around a layer; `op` is `pre` or `post`.
/// Iterations of `sinkhorn` make the mixing doubly stochastic.
pub(super) const HYPER_CONNECTIONS: Formula = Formula {
    name: "hyper_connections",
    text: &["op"],
    numbers: &["hc_mult", "hidden", "tokens"],
    assumed: &["sinkhorn"],
    rates: |hardware, quants, text| {
        let variant = if text[0] == "pre" { PRE } else { POST };
        Ok(Rates { flops: quants.flops("bfloat16", hardware)?, variant, ..Rates::default() })
    },
    roofline: |hardware, rates, numbers| {
        let [streams, hidden, tokens] = take(numbers);
        let [sinkhorn] = take(&rates.assumed);
        let width = streams * hidden;
        let mixing = (2.0 + streams) * streams;
        let square = streams * streams;
        let pre = 2.0 * tokens * width * mixing
            + 3.0 * tokens * width
            + tokens * (square + 2.0 * streams) * sinkhorn
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
    ..Formula::PLAIN
};
