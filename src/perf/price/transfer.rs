//! What may be transferred from where: read from data, by table.

use std::collections::{BTreeMap, BTreeSet};

use crate::perf::machine::{Hardware, QuantModes};

/// The distance between two names that are no precisions, and the least between two that are.
const RENAMED: f64 = 1.0;
const SAME_PROFILE: f64 = 0.1;
/// Peak arithmetic tells kernels apart more than the size of an element does.
const PEAK: f64 = 2.0;

/// Which measurements may stand in for missing ones.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Transfers {
    /// The distance of another backend's rows; `None` where they are out of question.
    pub backend: Option<f64>,
    /// By table; from a table that is not listed nothing is transferred.
    pub tables: BTreeMap<String, Rules>,
}

/// What may differ between the rows wanted and those taken.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rules {
    /// Keys that may, with the weight of their distance.
    pub keys: BTreeMap<String, f64>,
    /// Keys of sizes of which 0 is no limit: it is as unlike any size as another name is.
    pub endless: BTreeSet<String>,
    /// The share of the roofline that is usually reached, by key and value. A transfer scales
    /// with it where both values are listed; between listed numbers it is interpolated.
    pub reached: BTreeMap<String, BTreeMap<String, f64>>,
}

impl Rules {
    /// How the usual share of the roofline at one value of a key compares to that at another.
    pub(crate) fn level(&self, key: &str, from: &str, to: &str) -> f64 {
        let Some(levels) = self.reached.get(key) else { return 1.0 };
        match (level(levels, from), level(levels, to)) {
            (Some(from), Some(to)) if from > 0.0 => to / from,
            _ => 1.0,
        }
    }
}

fn level(levels: &BTreeMap<String, f64>, value: &str) -> Option<f64> {
    if let Some(level) = levels.get(value) {
        return Some(*level);
    }
    let x: f64 = value.parse().ok()?;
    let numbers = levels.iter().filter_map(|(n, level)| Some((n.parse::<f64>().ok()?, *level)));
    let mut numbers: Vec<(f64, f64)> = numbers.collect();
    numbers.sort_by(|a, b| a.0.total_cmp(&b.0));
    let above = numbers.partition_point(|(n, _)| *n < x);
    match (above.checked_sub(1).and_then(|i| numbers.get(i)), numbers.get(above)) {
        (Some(low), Some(high)) => {
            let share = (x / low.0).ln() / (high.0 / low.0).ln();
            Some(low.1 + (high.1 - low.1) * share)
        }
        (one, other) => one.or(other).map(|(_, level)| *level),
    }
}

/// How unlike two names are: precisions by peak arithmetic and size, others all alike.
pub(crate) fn unlike(hardware: &Hardware, quants: &QuantModes, wanted: &str, found: &str) -> f64 {
    let profile = |name: &str| {
        let mode = quants.get(name)?;
        Some((mode.bytes, *hardware.flops.get(&mode.flops)?))
    };
    match (profile(wanted), profile(found)) {
        (Some((bytes, flops)), Some((other_bytes, other_flops))) => {
            let [peak, size] = [flops / other_flops, bytes / other_bytes];
            SAME_PROFILE + PEAK * peak.ln().abs() + size.ln().abs()
        }
        _ => RENAMED,
    }
}

impl Rules {
    /// How far two sizes of a key are apart; sizes may be 0, so between size + 1.
    pub(crate) fn apart(&self, key: &str, wanted: i32, found: i32) -> f64 {
        if (wanted == 0) != (found == 0) && self.endless.contains(key) {
            return RENAMED;
        }
        ((f64::from(wanted) + 1.0) / (f64::from(found) + 1.0)).ln().abs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::perf::testing::{hardware, quants};

    #[test]
    fn precisions_of_one_profile_are_nearest() {
        let near = |found| unlike(&hardware(), &quants(), "int4_wo", found);
        assert!(near("bfloat16") < near("fp8"));
        assert_eq!(unlike(&hardware(), &quants(), "fp8", "fp8_block"), SAME_PROFILE);
        assert_eq!(near("power_law_1.2"), RENAMED);
    }

    #[test]
    fn no_window_is_nearer_than_another_head() {
        let rules = Rules { endless: ["window".to_owned()].into(), ..Rules::default() };
        assert_eq!(rules.apart("window", 512, 0), RENAMED);
        assert!(rules.apart("window", 512, 1024) < RENAMED);
        assert!(rules.apart("head_dim", 128, 0) > RENAMED);
    }

    #[test]
    fn levels_are_interpolated_between_numbers() {
        let levels = [("64", 0.5), ("256", 1.5)].map(|(n, l)| (n.to_owned(), l));
        let rules =
            Rules { reached: [("head_dim".to_owned(), levels.into())].into(), ..Rules::default() };
        assert_eq!(rules.level("head_dim", "64", "128"), 2.0);
        assert_eq!(rules.level("head_dim", "64", "512"), 3.0);
        assert_eq!(rules.level("window", "64", "512"), 1.0);
    }
}
