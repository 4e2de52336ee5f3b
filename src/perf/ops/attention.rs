//! Attention over a prompt, over a cache and in encoders.

use crate::perf::machine::{Rates, Roofline};
use crate::perf::op::{Estimate, Failure, Formula, Measurements, Probe};

use super::numbers::{over_prefix, place, take};

/// Numeric arguments over a prompt; a decode step has all but the last.
const NUMBERS: &[&str] = &["heads", "kv_heads", "head_dim", "window", "batch", "seq", "prefix"];
const HEADS: usize = place(NUMBERS, "heads");
const KV_HEADS: usize = place(NUMBERS, "kv_heads");
const WINDOW: usize = place(NUMBERS, "window");
const SEQ: usize = place(NUMBERS, "seq");
const PREFIX: usize = place(NUMBERS, "prefix");

/// Query heads per key-value head from which decode kernels take another path, 25 to 60 times
/// slower.
const CLIFF: f64 = 64.0;

/// Prefill of `seq` new tokens on top of `prefix` cached ones, for each of `batch` prompts. Looked
/// up at the full length and scaled by the share of the attended pairs that is new.
pub(super) const CONTEXT: Formula = Formula {
    name: "attention_context",
    text: &["fmha", "kv"],
    numbers: NUMBERS,
    rates: |hardware, quants, text| Rates::of_prefill(hardware, quants, text[0], text[1]),
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
    answer: |measured, numbers, probe| {
        over_prefix(numbers, [SEQ, PREFIX], |whole: &mut [f64; 7]| windowed(measured, whole, probe))
    },
    ..Formula::PLAIN
};

/// One decode step over `seq` cached tokens of each of `batch` requests. Measurements faster than
/// the roofline are raised to it, as the published loader does.
pub(super) const GENERATION: Formula = Formula {
    name: "attention_generation",
    text: &["kv"],
    numbers: &["heads", "kv_heads", "head_dim", "window", "batch", "seq"],
    raise: true,
    rates: |hardware, quants, text| Rates::of_decode(hardware, quants, text[0]),
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
    answer: |measured, numbers, probe| windowed(measured, &mut take::<6>(numbers), probe),
    ..Formula::PLAIN
};

/// Attention of an encoder: each of `batch` images of `seq` patches attends to all of itself.
pub(super) const ENCODER: Formula = Formula {
    name: "attention_encoder",
    text: &["fmha"],
    numbers: &["heads", "head_dim", "batch", "seq"],
    rates: |hardware, quants, text| {
        Ok(Rates { flops: quants.flops(text[0], hardware)?, ..Rates::default() })
    },
    roofline: |hardware, rates, numbers| {
        let [heads, head_dim, batch, seq] = take(numbers);
        let ops = 4.0 * batch * seq * seq * heads * head_dim;
        Roofline::local(hardware, rates.flops, ops, 8.0 * batch * seq * heads * head_dim)
    },
    ..Formula::PLAIN
};

/// Key-value heads; the tables write 0 where each head has its own.
fn kv_heads(numbers: &[f64]) -> f64 {
    if numbers[KV_HEADS] == 0.0 { numbers[HEADS] } else { numbers[KV_HEADS] }
}

/// The lookup with the keys as the tables spell them. A window that was not measured is a miss,
/// unless it covers the whole sequence and so is none.
fn windowed<const N: usize>(
    measured: &dyn Measurements,
    numbers: &mut [f64; N],
    probe: &mut Probe,
) -> Result<Estimate, Failure> {
    if numbers[KV_HEADS] == numbers[HEADS] {
        numbers[KV_HEADS] = 0.0;
    }
    let answer = measured.lookup(0, numbers, probe);
    if matches!(answer, Err(Failure::Miss(_))) && numbers[WINDOW] >= numbers[SEQ].max(1.0) {
        numbers[WINDOW] = 0.0;
        return measured.lookup(0, numbers, probe);
    }
    answer
}
