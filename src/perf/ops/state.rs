//! Layers that carry a state: gated delta nets, delta attention with a gate for each channel,
//! Mamba-2.
//!
//! A layer is a convolution and a scan, each a kernel of its own, or one kernel for both. All are
//! bound by memory. What was not measured is priced at the bound, and says so by its origin.

use crate::perf::machine::{Hardware, QuantModes, Rates, Roofline};
use crate::perf::op::{Estimate, Failure, Formula, Measurements, Origin, Probe};

use super::numbers::take;

/// Tokens to a chunk of a delta scan.
const CHUNK: f64 = 64.0;

/// A gated delta layer; `phase` is `context` or `generation`, `part` is `conv` or `scan`.
pub(super) const GATED_DELTA: Formula = Formula {
    name: "gated_delta",
    roofline: |hardware, rates, numbers| {
        let shape = Delta::of(numbers);
        let state = shape.v_heads * shape.k_dim * shape.v_dim * shape.batch;
        let conv = 2.0 * shape.keys() + shape.values();
        let chunks = if has(rates, CHUNKED) { (shape.seq / CHUNK).floor() } else { 0.0 };
        let scan = shape.tokens() * 2.0 * (2.0 * shape.keys() + 2.0 * shape.values())
            + 2.0 * 4.0 * state
            + 2.0 * 2.0 * state * chunks;
        shape.bound(hardware, rates, conv, scan)
    },
    ..DELTA
};

/// Delta attention with a gate for each channel; `phase` may also be `verify`, of `seq` drafted
/// tokens, and `part` `fused`, one kernel for both.
pub(super) const DELTA_ATTENTION: Formula = Formula {
    name: "delta_attention",
    roofline: |hardware, rates, numbers| {
        let shape = Delta::of(numbers);
        let state = shape.v_heads * shape.k_dim * shape.v_dim * shape.batch;
        let conv = 3.0 * shape.values();
        let chunks = if has(rates, CHUNKED) { (shape.seq / CHUNK).floor() } else { 0.0 };
        // Verifying keeps the state after each token, to go back to the last accepted one.
        let states = if shape.seq > 1.0 && !has(rates, CHUNKED) { 1.0 + shape.seq } else { 2.0 };
        let scan = shape.tokens() * 2.0 * 5.0 * shape.values()
            + 4.0 * state * states
            + 2.0 * 4.0 * state * chunks;
        shape.bound(hardware, rates, conv, scan)
    },
    ..DELTA
};

/// What both delta layers have in common.
const DELTA: Formula = Formula {
    text: &["phase", "part"],
    numbers: &["d_model", "d_conv", "k_heads", "k_dim", "v_heads", "v_dim", "batch", "seq"],
    rates,
    answer,
    ..Formula::PLAIN
};

/// A Mamba-2 layer at the width of the whole model; `phase` and `part` as for a gated delta layer.
pub(super) const MAMBA2: Formula = Formula {
    name: "mamba2",
    text: &["phase", "part"],
    numbers: &[
        "d_model", "d_conv", "d_state", "heads", "head_dim", "groups", "chunk", "batch", "seq",
    ],
    rates,
    roofline: |hardware, rates, numbers| {
        let [_, d_conv, d_state, heads, head_dim, groups, chunk, batch, seq] = take(numbers);
        let tokens = batch * seq.max(1.0);
        let (inner, states) = (heads * head_dim, 2.0 * groups * d_state);
        let conv = tokens * (inner + states) * 2.0 * (d_conv + 2.0);
        // The state in 32 bits is read and written once a sequence, and once a chunk of a prompt.
        let chunks = if has(rates, CHUNKED) { (seq / chunk.max(1.0)).floor() } else { 0.0 };
        let scan = tokens * 2.0 * (2.0 * inner + states + heads)
            + 2.0 * 4.0 * batch * inner * d_state * (1.0 + chunks);
        bound(hardware, rates, conv, scan)
    },
    answer,
    ..Formula::PLAIN
};

/// What the bound counts.
const CONV: u8 = 1;
const SCAN: u8 = 2;
/// The scan is by chunks, as in prefill.
const CHUNKED: u8 = 4;

fn has(rates: &Rates, what: u8) -> bool {
    rates.variant & what != 0
}

fn rates(_: &Hardware, _: &QuantModes, text: &[&str]) -> crate::Result<Rates> {
    let part = match text[1] {
        "conv" => CONV,
        "scan" => SCAN,
        _ => CONV | SCAN,
    };
    let chunked = if text[0] == "context" { CHUNKED } else { 0 };
    Ok(Rates { variant: part | chunked, ..Rates::default() })
}

fn bound(hardware: &Hardware, rates: &Rates, conv: f64, scan: f64) -> Roofline {
    let counted = [(CONV, conv), (SCAN, scan)].into_iter().filter(|(part, _)| has(rates, *part));
    let bytes: f64 = counted.map(|(_, bytes)| bytes).sum();
    Roofline::of_memory(hardware, bytes)
}

/// The shape of a delta layer, and how much of it runs.
struct Delta {
    d_conv: f64,
    k_heads: f64,
    k_dim: f64,
    v_heads: f64,
    v_dim: f64,
    batch: f64,
    seq: f64,
}

impl Delta {
    fn of(numbers: &[f64]) -> Self {
        let [_, d_conv, k_heads, k_dim, v_heads, v_dim, batch, seq] = take(numbers);
        Self { d_conv, k_heads, k_dim, v_heads, v_dim, batch, seq }
    }

    fn keys(&self) -> f64 {
        self.k_heads * self.k_dim
    }

    fn values(&self) -> f64 {
        self.v_heads * self.v_dim
    }

    fn tokens(&self) -> f64 {
        self.batch * self.seq.max(1.0)
    }

    /// `width` channels through the convolution, 16 bits in, out and for each tap.
    fn bound(&self, hardware: &Hardware, rates: &Rates, width: f64, scan: f64) -> Roofline {
        bound(hardware, rates, self.tokens() * width * 2.0 * (self.d_conv + 2.0), scan)
    }
}

/// A fused kernel that was not measured at these sizes is the sum of its parts; a part that was
/// not is at its bound.
fn answer(
    measured: &dyn Measurements,
    numbers: &[f64],
    probe: &mut Probe,
) -> Result<Estimate, Failure> {
    let answer = measured.lookup(0, numbers, probe);
    let Err(Failure::Miss(_)) = answer else { return answer };
    match measured.text(1) {
        "fused" if measured.parts() > 0 => {
            let mut sum = Estimate::new(0.0, Origin::Measured);
            for part in 0..measured.parts() {
                let part = measured.answer_part(part, numbers, probe)?;
                sum = Estimate::new(sum.latency + part.latency, sum.origin.max(part.origin));
            }
            Ok(sum)
        }
        "conv" | "scan" => Ok(Estimate::new(measured.roofline(numbers).total(), Origin::Roofline)),
        _ => answer,
    }
}
