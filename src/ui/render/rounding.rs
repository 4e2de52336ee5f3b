//! Numbers as a person reads them.

/// Digits a rounded number keeps.
const SIGNIFICANT: i32 = 4;

/// How the numbers of one column are rounded, so that their points line up where that costs
/// nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rounding {
    /// The same number of decimals in every row.
    Decimals(usize),
    /// Each number by itself: the column spans too many magnitudes.
    EachAlone,
}

impl Rounding {
    /// The rounding that suits a column of values.
    pub(super) fn of(values: impl Iterator<Item = f64>) -> Self {
        let (mut least, mut most, mut whole) = (f64::INFINITY, 0.0_f64, true);
        for value in values.filter(|value| value.is_finite() && *value != 0.0) {
            least = least.min(value.abs());
            most = most.max(value.abs());
            whole &= value.fract() == 0.0;
        }
        if whole && most < 1e15 {
            return Self::Decimals(0);
        }
        match (decimals(least), decimals(most)) {
            (Some(fine), Some(coarse)) if fine <= coarse + 2 && most < 1e15 => Self::Decimals(fine),
            _ => Self::EachAlone,
        }
    }

    /// The value, rounded.
    pub(super) fn text(self, value: f64) -> String {
        let places = match self {
            Self::Decimals(places) => Some(places),
            Self::EachAlone => decimals(value.abs()),
        };
        match places {
            _ if !value.is_finite() => value.to_string(),
            _ if value == 0.0 => "0".to_owned(),
            Some(places) if value.abs() < 1e15 => format!("{value:.places$}"),
            _ => format!("{value:.3e}"),
        }
    }
}

/// Decimals that keep four significant digits of a positive number; none if it is so small that
/// only the scientific notation reads well.
fn decimals(value: f64) -> Option<usize> {
    let magnitude = value.log10().floor() as i32;
    usize::try_from((SIGNIFICANT - 1).saturating_sub(magnitude).max(0))
        .ok()
        .filter(|places| *places <= 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(values: &[f64]) -> Vec<String> {
        let rounding = Rounding::of(values.iter().copied());
        values.iter().map(|value| rounding.text(*value)).collect()
    }

    #[test]
    fn four_significant_digits() {
        assert_eq!(round(&[1234.567]), ["1235"]);
        assert_eq!(round(&[12_345.67, 99_999.9]), ["12346", "100000"]);
        assert_eq!(round(&[85.1234, 297.4567]), ["85.12", "297.46"]);
        assert_eq!(round(&[0.001_234_56]), ["0.001235"]);
        assert_eq!(round(&[1e-12]), ["1.000e-12"]);
        assert_eq!(round(&[1e20]), ["1.000e20"]);
    }

    #[test]
    fn whole_numbers_stay_whole() {
        assert_eq!(round(&[300.0, 1.0, 0.0, -12.0]), ["300", "1", "0", "-12"]);
    }

    #[test]
    fn many_magnitudes_are_rounded_alone() {
        assert_eq!(round(&[12_345.6, 0.012_345]), ["12346", "0.01235"]);
        assert_eq!(round(&[f64::NAN, 0.5]), ["NaN", "0.5000"]);
        assert_eq!(round(&[0.0, 12_345.6, 0.5]), ["0", "12346", "0.5000"]);
    }
}
