//! What is drawn at random: lengths of requests and times between them.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use super::workload::{Arrivals, Class, Workload};

/// Lengths of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lengths {
    /// Tokens of the prompt, at least one.
    pub(super) prompt: u64,
    /// Tokens of the output, at least one.
    pub(super) output: u64,
    /// Tokens of the prompt that are in the cache, fewer than all.
    pub(super) prefix: u64,
    /// Number of its class.
    pub(super) class: usize,
}

impl Lengths {
    fn new(prompt: u64, output: u64, prefix: u64, class: usize) -> Self {
        let prompt = prompt.max(1);
        Self { prompt, output: output.max(1), prefix: prefix.min(prompt - 1), class }
    }

    /// Tokens of prompt and output.
    pub(super) fn whole(&self) -> u64 {
        self.prompt + self.output
    }
}

/// Which of the two independent sequences of numbers of a seed.
#[derive(Clone, Copy)]
enum Stream {
    Lengths = 0,
    Times = 1,
}

/// Lengths of all requests, in the order in which they are sent.
pub(super) fn lengths(workload: &Workload) -> Vec<Lengths> {
    if let Arrivals::Trace(requests) = &workload.arrivals {
        let mut order: Vec<usize> = (0..requests.len()).collect();
        order.sort_by(|a, b| requests[*a].sent.total_cmp(&requests[*b].sent));
        let of = |i: usize| {
            let traced = &requests[i];
            Lengths::new(traced.prompt, traced.output, traced.prefix, traced.class)
        };
        return order.into_iter().map(of).collect();
    }
    let mut random = random(workload.seed, Stream::Lengths);
    let one = |_| {
        let class = class(&mut random, &workload.classes);
        let kind = &workload.classes[class];
        let prompt = length(&mut random, kind.prompt, kind.spread);
        let output = length(&mut random, kind.output, kind.spread);
        Lengths::new(prompt, output, kind.prefix, class)
    };
    (0..workload.total()).map(one).collect()
}

/// Times of requests that come at random, milliseconds, ascending.
pub(super) fn times(seed: u64, per_second: f64, count: usize) -> Vec<f64> {
    let mut random = random(seed, Stream::Times);
    let mut now = 0.0;
    let one = |_| {
        now -= (1.0 - unit(&mut random)).ln() / per_second * 1e3;
        now
    };
    (0..count).map(one).collect()
}

/// The seed itself is the key, so that the numbers depend on no convention of a library.
fn random(seed: u64, stream: Stream) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    let mut random = ChaCha8Rng::from_seed(key);
    random.set_stream(stream as u64);
    random
}

/// Uniform from 0 on, below 1, in steps of 2^-53.
fn unit(random: &mut ChaCha8Rng) -> f64 {
    (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// Number of a class, by weight. One class needs no draw.
fn class(random: &mut ChaCha8Rng, classes: &[Class]) -> usize {
    let last = classes.len() - 1;
    if last == 0 {
        return 0;
    }
    let mut left = unit(random) * classes.iter().map(|class| class.weight).sum::<f64>();
    for (number, class) in classes.iter().enumerate() {
        if left < class.weight {
            return number;
        }
        left -= class.weight;
    }
    classes.iter().rposition(|class| class.weight > 0.0).unwrap_or(last)
}

/// A whole number from a share of the longest up to it. Drawn for fixed lengths too: the same seed
/// gives longer and shorter ones in the same order, whatever the spread.
fn length(random: &mut ChaCha8Rng, longest: u64, spread: f64) -> u64 {
    let least = ((spread * longest as f64).floor() as u64).min(longest);
    let choices = u128::from(longest - least) + 1;
    let drawn = (u128::from(random.next_u64()) * choices) >> 64;
    least + drawn as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_a_seed_never_change() {
        let workload = Workload::closed(1, Class::fixed(1000, 100).spread(0.8), 4);
        let drawn: Vec<_> = lengths(&workload).iter().map(|l| (l.prompt, l.output)).collect();
        assert_eq!(drawn, [(876, 86), (960, 99), (972, 82), (947, 96)]);
        let times: Vec<_> = times(1, 10.0, 2).iter().map(|ms| ms.round()).collect();
        assert_eq!(times, [11.0, 181.0]);
    }

    #[test]
    fn lengths_reach_both_ends() {
        let workload = Workload::closed(1, Class::fixed(10, 5).spread(0.8), 1000);
        let drawn = lengths(&workload);
        let prompts = drawn.iter().map(|l| l.prompt);
        assert_eq!((prompts.clone().min(), prompts.max()), (Some(8), Some(10)));
        let outputs = drawn.iter().map(|l| l.output);
        assert_eq!((outputs.clone().min(), outputs.max()), (Some(4), Some(5)));
    }

    #[test]
    fn classes_come_by_weight() {
        let mut workload = Workload::closed(1, Class::fixed(10, 5), 10_000);
        workload.classes.push(Class { weight: 3.0, ..Class::fixed(20, 5) });
        let second = lengths(&workload).iter().filter(|l| l.class == 1).count();
        assert!((7300..7700).contains(&second), "{second}");
    }

    #[test]
    fn times_keep_the_rate() {
        let times = times(7, 10.0, 10_000);
        assert!(times.is_sorted());
        assert!((times[9_999] / 1e6 - 1.0).abs() < 0.03, "{}", times[9_999]);
    }
}
