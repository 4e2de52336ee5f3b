//! An axis: a range that ends on round numbers, and its ticks.

use super::data::Chart;

/// A range of round numbers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Axis {
    from: f64,
    step: f64,
    steps: usize,
}

impl Axis {
    /// The axis that covers finite `values` with about `ticks` ticks; none without values.
    fn over(values: impl Iterator<Item = f64>, ticks: usize) -> Option<Self> {
        let (least, most) =
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
        if least > most {
            return None;
        }
        // Values that nearly all agree get a little room, values near zero start at zero.
        let spread = most - least;
        let tiny = spread <= most.abs().max(least.abs()) * 1e-9;
        let room = if tiny { most.abs().max(1.0) * 0.1 } else { 0.0 };
        let low = if least > 0.0 && least < spread { 0.0 } else { least - room };
        let high = most + room;
        let step = round_step((high / 2.0 - low / 2.0) * 2.0 / ticks.max(2) as f64);
        let from = (low / step).floor();
        let steps = ((high / step).ceil() - from).clamp(1.0, 1000.0) as usize;
        (from * step).is_finite().then_some(Self { from: from * step, step, steps })
    }

    /// Where a value lies, from 0 to 1.
    pub(crate) fn position(&self, value: f64) -> f64 {
        ((value - self.from) / (self.step * self.steps as f64)).clamp(0.0, 1.0)
    }

    /// Ticks from low to high: position from 0 to 1, and label.
    pub(crate) fn ticks(&self) -> Vec<(f64, String)> {
        (0..=self.steps)
            .map(|index| {
                let value = self.from + self.step * index as f64;
                (index as f64 / self.steps as f64, self.label(value))
            })
            .collect()
    }

    fn label(&self, value: f64) -> String {
        // Decimals that tell two neighbouring ticks apart exactly; a step of 0.25 needs two.
        let exact = |places: &usize| {
            let scaled = self.step * 10_f64.powi(*places as i32);
            (scaled - scaled.round()).abs() < 1e-6 * scaled
        };
        match (0..8).find(exact) {
            _ if value.abs() < self.step / 2.0 => "0".to_owned(),
            Some(places) if self.step < 1e9 => format!("{value:.places$}"),
            _ => format!("{value:e}"),
        }
    }
}

/// Both axes of a chart with about as many ticks as asked for, or `None` if it has no points.
pub(crate) fn axes(chart: &Chart, x_ticks: usize, y_ticks: usize) -> Option<(Axis, Axis)> {
    let x = Axis::over(chart.places().map(|(x, _)| x), x_ticks)?;
    let y = Axis::over(chart.places().map(|(_, y)| y), y_ticks)?;
    Some((x, y))
}

/// The next of 1, 2, 2.5 or 5 times a power of ten, or the one just below.
fn round_step(rough: f64) -> f64 {
    let rough = rough.clamp(f64::MIN_POSITIVE * 1e10, f64::MAX / 1e4);
    let unit = 10_f64.powf(rough.log10().floor());
    let factor = [1.0, 2.0, 2.5, 5.0].into_iter().find(|f| f * unit >= rough * 0.85);
    factor.unwrap_or(10.0) * unit
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn labels(values: &[f64]) -> Vec<String> {
        let axis = Axis::over(values.iter().copied(), 5).unwrap();
        axis.ticks().into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(labels(&[3.0, 97.0]), ["0", "20", "40", "60", "80", "100"]);
        assert_eq!(labels(&[0.11, 0.42]), ["0", "0.1", "0.2", "0.3", "0.4", "0.5"]);
        assert_eq!(labels(&[1010.0, 1040.0]), ["1010", "1020", "1030", "1040"]);
        assert_eq!(labels(&[7.0]), ["6.25", "6.50", "6.75", "7.00", "7.25", "7.50", "7.75"]);
    }

    proptest! {
        #[test]
        fn any_values_have_an_axis(values in proptest::collection::vec(-1e300_f64..1e300, 1..6)) {
            let axis = Axis::over(values.iter().copied(), 5).unwrap();
            prop_assert!(axis.ticks().len() < 30);
            for value in values {
                prop_assert!((0.0..=1.0).contains(&axis.position(value)));
            }
        }
    }
}
