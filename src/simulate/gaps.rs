//! The gaps between tokens of a request, counted.

use super::run::Run;

/// The shortest gap that is told from shorter ones, milliseconds.
const SHORTEST: f64 = 1e-3;

/// Natural logarithm of the width of a bin: each is 1 % wide.
const WIDTH: f64 = 0.009_950_330_853_168_083;

/// Bins up to 10^7 ms.
const BINS: usize = 2_316;

/// The gaps between tokens of all counted requests, in bins of 1 %. A quantile is the mean of its
/// bin.
#[derive(Debug, Clone, PartialEq)]
pub struct Gaps {
    counts: Vec<u64>,
    sums: Vec<f64>,
}

impl Default for Gaps {
    fn default() -> Self {
        Self { counts: vec![0; BINS], sums: vec![0.0; BINS] }
    }
}

impl Gaps {
    /// Counts a gap of so many milliseconds so many times.
    pub(super) fn add(&mut self, ms: f64, times: u64) {
        if times > 0 {
            self.put(bin(ms), times, ms * times as f64);
        }
    }

    /// Counts the first steps of a run as gaps of so many sequences.
    pub(super) fn add_run(&mut self, run: &Run, steps: u64, sequences: u64) {
        if sequences == 0 || steps == 0 {
            return;
        }
        let last = run.first + run.growth * (steps - 1) as f64;
        let (low, high) = (bin(run.first), bin(last));
        if low == high {
            self.put(low, steps * sequences, run.elapsed(steps) * sequences as f64);
        } else if run.growth < 0.0 {
            self.spread(&Run { first: last, growth: -run.growth, steps }, sequences);
        } else {
            self.spread(&Run { steps, ..*run }, sequences);
        }
    }

    /// Counts the steps of a growing run, bin by bin.
    fn spread(&mut self, run: &Run, sequences: u64) {
        let mut done = 0;
        while done < run.steps {
            let first = run.first + run.growth * done as f64;
            let bin = bin(first);
            let left = run.steps - done;
            let inside = if bin + 1 == BINS {
                left
            } else {
                let steps = ((upper_edge(bin) - first) / run.growth).ceil() as u64;
                steps.clamp(1, left)
            };
            let part = Run { first, growth: run.growth, steps: inside };
            self.put(bin, inside * sequences, part.elapsed(inside) * sequences as f64);
            done += inside;
        }
    }

    fn put(&mut self, bin: usize, times: u64, sum: f64) {
        self.counts[bin] += times;
        self.sums[bin] += sum;
    }

    /// How many gaps there are.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Their mean, milliseconds.
    pub fn mean(&self) -> Option<f64> {
        let count = self.count();
        (count > 0).then(|| self.sums.iter().sum::<f64>() / count as f64)
    }

    /// The gap that this share of all gaps does not exceed, milliseconds, within 1 %.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let position = (self.count().checked_sub(1)? as f64 * share).round() as u64;
        let mut before = 0;
        for (count, sum) in self.counts.iter().zip(&self.sums) {
            before += count;
            if before > position {
                return Some(sum / *count as f64);
            }
        }
        None
    }
}

fn bin(ms: f64) -> usize {
    if ms <= SHORTEST {
        return 0;
    }
    (((ms / SHORTEST).ln() / WIDTH) as usize).min(BINS - 1)
}

fn upper_edge(bin: usize) -> f64 {
    SHORTEST * ((bin + 1) as f64 * WIDTH).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_what_its_steps_are() {
        for growth in [0.0, 0.001, 0.3, -0.002] {
            let run = Run { first: 5.0, growth, steps: 1000 };
            let (mut whole, mut single) = (Gaps::default(), Gaps::default());
            whole.add_run(&run, 1000, 3);
            for step in 0..1000 {
                single.add(5.0 + growth * f64::from(step), 3);
            }
            assert_eq!(whole.count(), single.count());
            let near = |a: Option<f64>, b: Option<f64>| (a.unwrap() / b.unwrap() - 1.0).abs();
            assert!(near(whole.mean(), single.mean()) < 1e-12);
            for share in [0.0, 0.5, 0.99, 1.0] {
                assert!(near(whole.quantile(share), single.quantile(share)) < 0.01);
            }
        }
    }

    #[test]
    fn equal_gaps_are_told_as_they_are() {
        let mut gaps = Gaps::default();
        assert_eq!(gaps.quantile(0.5), None);
        gaps.add(7.25, 9);
        gaps.add(1e9, 1);
        assert_eq!(gaps.quantile(0.5), Some(7.25));
        assert_eq!(gaps.quantile(1.0), Some(1e9));
    }
}
