//! Steps one after the other whose price grows evenly.

use super::instant::is_by;

/// Steps one after the other, each dearer than the one before by the same amount.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Run {
    /// The first of them, milliseconds.
    pub first: f64,
    /// What each costs more than the one before, milliseconds.
    pub growth: f64,
    /// How many there are at most.
    pub steps: u64,
}

impl Run {
    /// A single step of so many milliseconds.
    pub(super) fn single(ms: f64) -> Self {
        Self { first: ms, growth: 0.0, steps: 1 }
    }

    /// Whether its prices are such that time goes on.
    pub(super) fn is_sound(&self) -> bool {
        self.first.is_finite() && self.first >= 0.0 && self.growth.is_finite()
    }

    /// Milliseconds of the first so many steps.
    pub fn elapsed(&self, steps: u64) -> f64 {
        let count = steps as f64;
        count * self.first + self.growth * (count * (count - 1.0) / 2.0)
    }

    /// The least number of steps from a start after which a time has come; `most` if it has not.
    pub(super) fn steps_to(&self, time: f64, start: f64, most: u64) -> u64 {
        let steps = self.steps_in(time - start, most);
        let is_sooner = steps > 0 && is_by(time, start + self.elapsed(steps - 1));
        steps - u64::from(is_sooner)
    }

    /// The least number of steps that take so long; `most` if all of them do not.
    fn steps_in(&self, ms: f64, most: u64) -> u64 {
        if ms <= 0.0 {
            return 0;
        }
        if self.elapsed(most) < ms {
            return most;
        }
        let (mut short, mut long) = (0, most);
        while long - short > 1 {
            let middle = short + (long - short) / 2;
            if self.elapsed(middle) < ms {
                short = middle;
            } else {
                long = middle;
            }
        }
        long
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_until_a_time() {
        let run = Run { first: 2.0, growth: 1.0, steps: 9 };
        let elapsed: Vec<f64> = (0..4).map(|steps| run.elapsed(steps)).collect();
        assert_eq!(elapsed, [0.0, 2.0, 5.0, 9.0]);
        let steps: Vec<u64> = [-1.0, 0.0, 1.0, 2.0, 2.5, 5.0, 9.5, 99.0]
            .iter()
            .map(|ms| run.steps_in(*ms, 5))
            .collect();
        assert_eq!(steps, [0, 0, 1, 1, 2, 2, 4, 5]);
    }
}
