//! Multi-head latent attention: the kernels alone and the products around them.
//!
//! The tables have no key for the widths of the latent and of heads; the bounds assume those that were
//! measured.

use crate::perf::machine::{Hardware, Rates, Roofline};
use crate::perf::op::{Estimate, Failure, Formula, Measurements, Origin, Probe};

use super::numbers::{over_prefix, place, take};

/// Widths that are assumed; [`Widths::of`] reads them.
pub(super) const WIDTHS: &[&str] = &["kv_lora", "rope", "nope", "v_dim"];

/// Numeric arguments over a prompt.
const PROMPT: &[&str] = &["heads", "batch", "seq", "prefix"];
const SEQ: usize = place(PROMPT, "seq");
const PREFIX: usize = place(PROMPT, "prefix");

/// Widths of latent attention.
#[derive(Clone, Copy)]
pub(super) struct Widths {
    /// Of the latent of a token.
    pub(super) latent: f64,
    /// Of a head without rotation, and of its value.
    pub(super) plain: f64,
    pub(super) value: f64,
    rope: f64,
}

impl Widths {
    pub(super) fn of(rates: &Rates) -> Self {
        let [latent, rope, plain, value] = take(&rates.assumed);
        Self { latent, plain, value, rope }
    }

    /// Latent and rotary width: what is cached of a token.
    pub(super) fn cached(self) -> f64 {
        self.latent + self.rope
    }

    /// Of a head's query.
    pub(super) fn query(self) -> f64 {
        self.plain + self.rope
    }

    /// Of a head's key and value when the latent is expanded, as in prefill.
    fn expanded(self) -> f64 {
        self.query() + self.value
    }

    /// Of a head's scores and values over the latent itself, as in decode.
    pub(super) fn absorbed(self) -> f64 {
        self.cached() + self.latent
    }
}

/// Prefill of `seq` new tokens on top of `prefix` cached ones.
pub(super) const CONTEXT: Formula = Formula {
    name: "latent_context",
    text: &["fmha", "kv"],
    numbers: PROMPT,
    assumed: WIDTHS,
    rates: |hardware, quants, text| Rates::of_prefill(hardware, quants, text[0], text[1]),
    roofline: |hardware, rates, numbers| {
        let (ops, bytes) = prefill_work(rates, numbers);
        Roofline::local(hardware, rates.flops, ops, bytes)
    },
    answer: |measured, numbers, probe| {
        let whole = |whole: &mut [f64; 4]| measured.lookup(0, whole, probe);
        over_prefix(numbers, [SEQ, PREFIX], whole)
    },
    ..Formula::PLAIN
};

/// One decode step over `seq` cached tokens of each of `batch` requests.
pub(super) const GENERATION: Formula = Formula {
    name: "latent_generation",
    text: &["kv"],
    numbers: &["heads", "batch", "seq"],
    assumed: WIDTHS,
    rates: |hardware, quants, text| Rates::of_decode(hardware, quants, text[0]),
    roofline: |hardware, rates, numbers| {
        let (ops, bytes) = decode_work(rates, numbers);
        Roofline::local(hardware, rates.flops, ops, bytes)
    },
    ..Formula::PLAIN
};

/// The batched products that bring queries into the latent space and values out of it, for each
/// decoded token; `op` is `mla_gen_pre` or `mla_gen_post`.
pub(super) const PRODUCTS: Formula = Formula {
    name: "latent_products",
    text: &["quant", "op"],
    numbers: &["heads", "tokens"],
    assumed: WIDTHS,
    rates: |hardware, quants, text| Rates::of_product(hardware, quants, text[0]),
    roofline: products,
    answer: next_heads,
    ..Formula::PLAIN
};

/// Operations and bytes of prefill in the kernel alone, over expanded keys and values.
pub(super) fn prefill_work(rates: &Rates, numbers: &[f64]) -> (f64, f64) {
    let [heads, batch, seq, prefix] = take(numbers);
    let expanded = Widths::of(rates).expanded();
    let full = seq + prefix;
    let ops = batch * heads * expanded * (full * full - prefix * prefix);
    (ops, batch * heads * expanded * (rates.kv_bytes * full + 2.0 * seq))
}

/// Operations and bytes of a decode step in the kernel alone, from heads, batch and seq.
pub(super) fn decode_work(rates: &Rates, numbers: &[f64]) -> (f64, f64) {
    let [heads, batch, seq] = take(numbers);
    let widths = Widths::of(rates);
    let ops = 2.0 * batch * heads * widths.absorbed() * seq;
    let cache = (seq - 1.0).max(0.0) * widths.cached() * rates.kv_bytes;
    (ops, batch * (2.0 * widths.absorbed() * heads + cache))
}

fn products(hardware: &Hardware, rates: &Rates, numbers: &[f64]) -> Roofline {
    let [heads, tokens] = take(numbers);
    let Widths { latent, plain, .. } = Widths::of(rates);
    let weights = plain * latent;
    let bytes = heads * ((plain + latent) * tokens + weights) * rates.bytes;
    Roofline::local(hardware, rates.flops, 2.0 * tokens * heads * weights, bytes)
}

/// Heads that were not measured take their part of the next larger number that was; a precision
/// that was not is run at 16 bits.
fn next_heads(
    measured: &dyn Measurements,
    numbers: &[f64],
    probe: &mut Probe,
) -> Result<Estimate, Failure> {
    let [heads, tokens] = take(numbers);
    let first = measured.lookup(0, numbers, probe);
    let Err(Failure::Miss(_)) = first else { return first };
    for rows in 0..measured.selections() {
        let sizes = measured.sizes(rows, "heads")?;
        let Some(&next) = sizes.iter().find(|&&h| f64::from(h) >= heads) else { continue };
        let next = f64::from(next);
        let value = measured.lookup(rows, &[next, tokens], probe)?;
        let latency = value.latency * heads / next;
        return Ok(Estimate::new(latency, value.origin).at_best(Origin::Transferred));
    }
    first
}
