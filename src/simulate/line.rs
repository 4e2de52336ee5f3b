//! Prices over one size.

use super::bracket::{Bracket, check_points, check_prices};
use super::fault::Fault;

/// Prices over one size: linear between points, in proportion above the last, constant below the
/// first.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    sizes: Vec<f64>,
    ms: Vec<f64>,
}

impl Line {
    /// Of sizes that ascend, and the milliseconds of each.
    pub fn new(sizes: Vec<f64>, ms: Vec<f64>) -> Result<Self, Fault> {
        check_points(&sizes)?;
        check_prices(&ms)?;
        if sizes.len() != ms.len() {
            return Err(Fault::Table("it has not one price a size"));
        }
        Ok(Self { sizes, ms })
    }

    /// The price of a size, milliseconds.
    pub fn at(&self, size: f64) -> f64 {
        let bracket = Bracket::of(&self.sizes, size);
        bracket.between(self.ms[bracket.low], self.ms[bracket.high])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_above_and_below() {
        let line = Line::new(vec![2.0, 4.0, 8.0], vec![1.0, 3.0, 5.0]).unwrap();
        let told: Vec<f64> =
            [1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 16.0].iter().map(|n| line.at(*n)).collect();
        assert_eq!(told, [1.0, 1.0, 2.0, 3.0, 4.0, 5.0, 10.0]);
    }

    #[test]
    fn what_cannot_be_used_is_refused() {
        assert!(Line::new(vec![], vec![]).is_err());
        assert!(Line::new(vec![0.0], vec![1.0]).is_err());
        assert!(Line::new(vec![2.0, 2.0], vec![1.0, 1.0]).is_err());
        assert!(Line::new(vec![1.0, 2.0], vec![1.0]).is_err());
        assert!(Line::new(vec![1.0, 2.0], vec![1.0, f64::NAN]).is_err());
    }
}
