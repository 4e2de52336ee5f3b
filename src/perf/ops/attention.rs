//! Attention over a prompt, over a cache and in encoders (op tables 3.3, 6.4).

use crate::perf::op::{Failure, OpSpec};
use crate::perf::pricer::{Pricer, Probe};
use crate::perf::roofline::{Rates, Roofline};
use crate::perf::scheme::{LINEAR, SQRT, Value};
use crate::perf::spec;

use super::numbers::{over_prefix, take};

// Places of the numeric arguments.
const HEADS: usize = 0;
const KV_HEADS: usize = 1;
const WINDOW: usize = 3;
const SEQ: usize = 5;
const PREFIX: usize = 6;

/// Query heads per key-value head from which decode kernels take another path, 25 to 60 times
/// slower (op tables 6.3).
const CLIFF: f64 = 64.0;

/// Prefill of `seq` new tokens on top of `prefix` cached ones, for each of `batch` prompts. Looked
/// up at the full length and scaled by the share of the attended pairs that is new.
pub(crate) const CONTEXT: OpSpec = OpSpec {
    name: "context_attention",
    text: &["fmha", "kv"],
    numbers: &["heads", "kv_heads", "head_dim", "window", "batch", "seq", "prefix"],
    table: Some(&spec::CONTEXT_ATTENTION),
    axes: &[LINEAR, SQRT, LINEAR],
    rates: |hardware, quants, text| {
        Ok(Rates {
            flops: quants.flops(text[0], hardware)?,
            kv_bytes: quants.bytes(text[1])?,
            ..Rates::default()
        })
    },
    roofline: |hardware, rates, numbers| {
        let [heads, _, head_dim, window, batch, seq, prefix] = take(numbers);
        let full = seq + prefix;
        let ops = if window > 0.0 && full > window {
            4.0 * batch * seq * window * heads * head_dim
        } else {
            2.0 * batch * (full * full - prefix * prefix) * heads * head_dim
        };
        let cache = rates.kv_bytes * batch * 2.0 * kv_heads(numbers) * full * head_dim;
        let bytes = 4.0 * batch * heads * seq * head_dim + cache;
        Roofline::local(hardware, rates.flops, ops, bytes)
    },
    answer: |pricer, numbers, probe| {
        over_prefix(numbers, [SEQ, PREFIX], |whole: &mut [f64; 7]| windowed(pricer, whole, probe))
    },
    ..OpSpec::PLAIN
};

/// One decode step over `seq` cached tokens of each of `batch` requests. Measurements faster than
/// the roofline are raised to it, as the published loader does.
pub(crate) const GENERATION: OpSpec = OpSpec {
    name: "generation_attention",
    text: &["kv"],
    numbers: &["heads", "kv_heads", "head_dim", "window", "batch", "seq"],
    table: Some(&spec::GENERATION_ATTENTION),
    axes: &[LINEAR, LINEAR, LINEAR],
    raise: true,
    rates: |hardware, quants, text| {
        let fp8 = text[0] == "fp8" && hardware.sm >= 89;
        Ok(Rates {
            flops: quants.flops(if fp8 { "fp8" } else { "bfloat16" }, hardware)?,
            kv_bytes: quants.bytes(text[0])?,
            ..Rates::default()
        })
    },
    roofline: |hardware, rates, numbers| {
        let [heads, _, head_dim, window, batch, seq] = take(numbers);
        let cached = (seq - 1.0).max(0.0);
        let length = if window > 0.0 { cached.min(window) } else { cached };
        let ops = 4.0 * batch * heads * head_dim * length;
        let cache = 2.0 * kv_heads(numbers) * length * head_dim * rates.kv_bytes;
        let bytes = batch * (4.0 * heads * head_dim + cache);
        Roofline::local(hardware, rates.flops, ops, bytes)
    },
    regime: Some(|numbers| numbers[HEADS] >= CLIFF * kv_heads(numbers)),
    answer: |pricer, numbers, probe| windowed(pricer, &mut take::<6>(numbers), probe),
    ..OpSpec::PLAIN
};

/// Attention of an encoder: each of `batch` images of `seq` patches attends to all of itself.
pub(crate) const ENCODER: OpSpec = OpSpec {
    name: "encoder_attention",
    text: &["fmha"],
    numbers: &["heads", "head_dim", "batch", "seq"],
    table: Some(&spec::ENCODER_ATTENTION),
    axes: &[LINEAR, SQRT, LINEAR],
    rates: |hardware, quants, text| {
        Ok(Rates { flops: quants.flops(text[0], hardware)?, ..Rates::default() })
    },
    roofline: |hardware, rates, numbers| {
        let [heads, head_dim, batch, seq] = take(numbers);
        let ops = 4.0 * batch * seq * seq * heads * head_dim;
        Roofline::local(hardware, rates.flops, ops, 8.0 * batch * seq * heads * head_dim)
    },
    ..OpSpec::PLAIN
};

/// Key-value heads; the tables write 0 where each head has its own.
fn kv_heads(numbers: &[f64]) -> f64 {
    if numbers[KV_HEADS] == 0.0 { numbers[HEADS] } else { numbers[KV_HEADS] }
}

/// The lookup with the keys as the tables spell them. A window that was not measured is a miss,
/// unless it covers the whole sequence and so is none.
fn windowed<const N: usize>(
    pricer: &Pricer,
    numbers: &mut [f64; N],
    probe: &mut Probe,
) -> Result<Value, Failure> {
    if numbers[KV_HEADS] == numbers[HEADS] {
        numbers[KV_HEADS] = 0.0;
    }
    let answer = pricer.lookup(0, numbers, probe);
    if matches!(answer, Err(Failure::Miss(_))) && numbers[WINDOW] >= numbers[SEQ].max(1.0) {
        numbers[WINDOW] = 0.0;
        return pricer.lookup(0, numbers, probe);
    }
    answer
}
