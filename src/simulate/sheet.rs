//! Prices over a number of sequences and their length.

use super::bracket::{Bracket, check_points, check_prices};
use super::fault::Fault;

/// Prices over sequences and tokens held by each: bilinear between points; beyond them as a line in
/// either direction.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    sequences: Vec<f64>,
    held: Vec<f64>,
    /// Milliseconds, a row of all lengths for each number of sequences.
    ms: Vec<f64>,
}

/// A price, and how it goes on with the tokens held.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Piece {
    /// The price, milliseconds.
    pub ms: f64,
    /// Milliseconds more for each token more that a sequence holds on average.
    pub slope: f64,
    /// Tokens held up to which the slope is the same; infinite above the last point.
    pub until: f64,
}

impl Sheet {
    /// Of sequences and tokens held that ascend, and the milliseconds of all lengths for each number
    /// of sequences in turn.
    pub fn new(sequences: Vec<f64>, held: Vec<f64>, ms: Vec<f64>) -> Result<Self, Fault> {
        check_points(&sequences)?;
        check_points(&held)?;
        check_prices(&ms)?;
        if sequences.len() * held.len() != ms.len() {
            return Err(Fault::Table("it has not one price a point"));
        }
        Ok(Self { sequences, held, ms })
    }

    /// The price of so many sequences that hold so many tokens each on average, and its slope.
    pub fn piece(&self, sequences: f64, held: f64) -> Piece {
        let row = Bracket::of(&self.sequences, sequences);
        let column = Bracket::of(&self.held, held);
        let (low, high) = (self.column(&row, column.low), self.column(&row, column.high));
        let ms = column.between(low, high);
        if column.high > column.low {
            let until = self.held[column.high];
            Piece { ms, slope: (high - low) / (until - self.held[column.low]), until }
        } else if held < self.held[column.low] {
            Piece { ms, slope: 0.0, until: self.held[column.low] }
        } else {
            Piece { ms, slope: low / self.held[column.low], until: f64::INFINITY }
        }
    }

    /// The price at one point of the tokens held.
    fn column(&self, row: &Bracket, column: usize) -> f64 {
        let width = self.held.len();
        row.between(self.ms[row.low * width + column], self.ms[row.high * width + column])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_between_above_and_below() {
        let sheet = Sheet::new(vec![1.0, 3.0], vec![10.0, 20.0], vec![1.0, 2.0, 3.0, 6.0]).unwrap();
        let piece = |ms, slope, until| Piece { ms, slope, until };
        assert_eq!(sheet.piece(2.0, 15.0), piece(3.0, 0.2, 20.0));
        assert_eq!(sheet.piece(1.0, 10.0), piece(1.0, 0.1, 20.0));
        assert_eq!(sheet.piece(1.0, 5.0), piece(1.0, 0.0, 10.0));
        assert_eq!(sheet.piece(6.0, 40.0), piece(24.0, 0.6, f64::INFINITY));
        assert_eq!(sheet.piece(0.5, 20.0), piece(2.0, 0.1, f64::INFINITY));
    }
}
