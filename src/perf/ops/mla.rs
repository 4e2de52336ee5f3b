//! Multi-head latent attention: the kernels alone and the products around them (op tables 3.4, 3.6).
//!
//! All of it was measured at a latent width of 512 and a rotary one of 64, with heads of 128 and
//! values of 128; the tables have no key for them, and the bounds below assume them.

use crate::perf::op::{Failure, OpSpec, Selection};
use crate::perf::origin::Origin;
use crate::perf::pricer::{Pricer, Probe};
use crate::perf::roofline::{Rates, Roofline};
use crate::perf::scheme::{LINEAR, SQRT, Value};
use crate::perf::spec;

use super::numbers::{over_prefix, take};

/// Latent width of a cached token.
pub(super) const LATENT: f64 = 512.0;
/// Latent and rotary width: what is cached of a token.
pub(super) const CACHED: f64 = 576.0;
/// Width of a head's key and value when the latent is expanded, as in prefill.
const EXPANDED: f64 = 192.0 + 128.0;
/// Width of a head's scores and values over the latent itself, as in decode.
const ABSORBED: f64 = CACHED + LATENT;

/// Prefill of `seq` new tokens on top of `prefix` cached ones.
pub(crate) const CONTEXT: OpSpec = OpSpec {
    name: "context_mla",
    text: &["fmha", "kv"],
    numbers: &["heads", "batch", "seq", "prefix"],
    table: Some(&spec::CONTEXT_MLA),
    axes: &[LINEAR, SQRT, LINEAR],
    rates: |hardware, quants, text| {
        Ok(Rates {
            flops: quants.flops(text[0], hardware)?,
            kv_bytes: quants.bytes(text[1])?,
            ..Rates::default()
        })
    },
    roofline: prefill,
    answer: |pricer, numbers, probe| {
        over_prefix(numbers, [2, 3], |whole: &mut [f64; 4]| pricer.lookup(0, whole, probe))
    },
    ..OpSpec::PLAIN
};

/// One decode step over `seq` cached tokens of each of `batch` requests.
pub(crate) const GENERATION: OpSpec = OpSpec {
    name: "generation_mla",
    text: &["kv"],
    numbers: &["heads", "batch", "seq"],
    table: Some(&spec::GENERATION_MLA),
    axes: &[LINEAR, LINEAR, LINEAR],
    rates: |hardware, quants, text| {
        let fp8 = text[0] == "fp8" && hardware.sm >= 89;
        Ok(Rates {
            flops: quants.flops(if fp8 { "fp8" } else { "bfloat16" }, hardware)?,
            kv_bytes: quants.bytes(text[0])?,
            ..Rates::default()
        })
    },
    roofline: |hardware, rates, numbers| {
        let (ops, bytes) = decode_work(rates, numbers);
        Roofline::local(hardware, rates.flops, ops, bytes)
    },
    ..OpSpec::PLAIN
};

/// The batched products that bring queries into the latent space and values out of it, for each
/// decoded token; `op` is `mla_gen_pre` or `mla_gen_post`.
pub(crate) const BMM: OpSpec = OpSpec {
    name: "mla_bmm",
    text: &["quant", "op"],
    numbers: &["heads", "tokens"],
    table: Some(&spec::MLA_BMM),
    axes: &[LINEAR],
    rates: |hardware, quants, text| {
        Ok(Rates {
            flops: quants.flops(text[0], hardware)?,
            bytes: quants.bytes(text[0])?,
            ..Rates::default()
        })
    },
    roofline: |hardware, rates, numbers| {
        let [heads, tokens] = take(numbers);
        let weights = 128.0 * LATENT;
        let bytes = heads * ((128.0 + LATENT) * tokens + weights) * rates.bytes;
        Roofline::local(hardware, rates.flops, 2.0 * tokens * heads * weights, bytes)
    },
    select: |text| vec![Selection::all(text), Selection::all(&["bfloat16", text[1]])],
    answer: bmm,
    ..OpSpec::PLAIN
};

/// The bound of prefill in the kernel alone, from heads, batch, seq and prefix.
pub(super) fn prefill(
    hardware: &crate::perf::hardware::Hardware,
    rates: &Rates,
    numbers: &[f64],
) -> Roofline {
    let [heads, batch, seq, prefix] = take(numbers);
    let full = seq + prefix;
    let ops = batch * heads * EXPANDED * (full * full - prefix * prefix);
    let bytes = batch * heads * EXPANDED * (rates.kv_bytes * full + 2.0 * seq);
    Roofline::local(hardware, rates.flops, ops, bytes)
}

/// Operations and bytes of a decode step in the kernel alone, from heads, batch and seq.
pub(super) fn decode_work(rates: &Rates, numbers: &[f64]) -> (f64, f64) {
    let [heads, batch, seq] = take(numbers);
    let ops = 2.0 * batch * heads * ABSORBED * seq;
    let cache = (seq - 1.0).max(0.0) * CACHED * rates.kv_bytes;
    (ops, batch * (2.0 * ABSORBED * heads + cache))
}

/// Heads that were not measured take their part of the next larger number that was; a precision
/// that was not is run at 16 bits.
fn bmm(pricer: &Pricer, numbers: &[f64], probe: &mut Probe) -> Result<Value, Failure> {
    let [heads, tokens] = take(numbers);
    let first = pricer.lookup(0, numbers, probe);
    let Err(Failure::Miss(_)) = first else { return first };
    for rows in 0..2 {
        let measured = pricer.finder(rows)?.collected("heads")?;
        let Some(&next) = measured.iter().find(|&&h| f64::from(h) >= heads) else { continue };
        let next = f64::from(next);
        let value = pricer.lookup(rows, &[next, tokens], probe)?;
        let latency = value.latency * heads / next;
        return Ok(Value::new(latency, value.origin).at_best(Origin::Transferred));
    }
    first
}
