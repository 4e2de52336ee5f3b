//! Arithmetic that several operations share.

use crate::perf::op::{Estimate, Failure, Origin};

/// The place of a numeric argument, known when this is compiled; it does not compile without one.
pub(super) const fn place(numbers: &[&str], name: &str) -> usize {
    let mut at = 0;
    while !is_same(numbers[at], name) {
        at += 1;
    }
    at
}

const fn is_same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

/// Lists of arguments, one after the other.
pub(super) const fn concat<const N: usize>(lists: &[&[&'static str]]) -> [&'static str; N] {
    let mut all = [""; N];
    let (mut next, mut list) = (0, 0);
    while list < lists.len() {
        let mut at = 0;
        while at < lists[list].len() {
            all[next] = lists[list][at];
            (next, at) = (next + 1, at + 1);
        }
        list += 1;
    }
    all
}

/// The first `N` numbers; those that are missing are 0.
pub(super) fn take<const N: usize>(numbers: &[f64]) -> [f64; N] {
    std::array::from_fn(|i| numbers.get(i).copied().unwrap_or(0.0))
}

/// The price of `seq` new tokens over `prefix` cached ones, at those places of the numbers, from
/// `whole`, which prices a prompt from its start: the share of the attended pairs that is new.
pub(super) fn over_prefix<const N: usize>(
    numbers: &[f64],
    [seq_at, prefix_at]: [usize; 2],
    whole: impl FnOnce(&mut [f64; N]) -> Result<Estimate, Failure>,
) -> Result<Estimate, Failure> {
    let mut moved: [f64; N] = take(numbers);
    let [seq, prefix] = [moved[seq_at], moved[prefix_at]];
    let full = seq + prefix;
    moved[seq_at] = full;
    moved[prefix_at] = 0.0;
    let value = whole(&mut moved)?;
    if prefix == 0.0 {
        return Ok(value);
    }
    // (full² - prefix²) / full², in a form that neither cancels nor underflows.
    let share = seq / full * (1.0 + prefix / full);
    Ok(Estimate::new(value.latency * share, value.origin).at_best(Origin::Interpolated))
}

/// Pairs of `seq` new tokens over `prefix` cached ones and what each attends to, when that is at
/// most the `limit` latest or best tokens.
pub(super) fn pairs(seq: f64, prefix: f64, limit: f64) -> f64 {
    let growing = (limit - prefix).clamp(0.0, seq);
    growing * prefix + growing * (growing + 1.0) / 2.0 + (seq - growing) * limit
}

/// The same over a cache that holds one entry for each `ratio` tokens.
pub(super) fn compressed_pairs(seq: f64, prefix: f64, ratio: f64, limit: f64) -> f64 {
    // Entries seen by the tokens 1..=n.
    let up_to = |n: f64| {
        let full = (n / ratio).floor();
        ratio * full * (full - 1.0) / 2.0 + full * (n - full * ratio + 1.0)
    };
    let growing = (ratio * limit - 1.0 - prefix).clamp(0.0, seq);
    up_to(prefix + growing) - up_to(prefix) + (seq - growing) * limit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_sums_in_closed_form() {
        let shapes = [(7.0, 0.0, 3.0), (5.0, 2.0, 4.0), (6.0, 9.0, 4.0), (4.0, 1.0, 100.0)];
        for (seq, prefix, limit) in shapes {
            let tokens = || (0..seq as u32).map(|i| prefix + f64::from(i) + 1.0);
            let sum: f64 = tokens().map(|t| t.min(limit)).sum();
            assert_eq!(pairs(seq, prefix, limit), sum);
            let sum: f64 = tokens().map(|t| (t / 4.0).floor().min(limit)).sum();
            assert_eq!(compressed_pairs(seq, prefix, 4.0, limit), sum);
        }
    }
}
