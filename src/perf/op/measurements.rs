//! The seam between the rule of an operation and the lookups that it is made of.

use std::sync::Arc;

use super::estimate::Estimate;
use super::failure::Failure;
use super::trace::Probe;
use crate::perf::machine::{Hardware, Roofline};
use crate::perf::tables::Slice;

/// What a rule may ask: the rows that were selected, by their number, the bound, and the parts.
pub(crate) trait Measurements {
    /// The operation.
    fn name(&self) -> &'static str;

    /// The system that was measured.
    fn hardware(&self) -> &Hardware;

    /// Which of its bounds the formula takes.
    fn variant(&self) -> u8;

    /// The bound at the numeric arguments.
    fn roofline(&self, numbers: &[f64]) -> Roofline;

    /// A text argument.
    fn text(&self, argument: usize) -> &str;

    /// How many selections of rows there are.
    fn selections(&self) -> usize;

    /// Whether rows are asked for these numeric arguments.
    fn is_asked(&self, rows: usize, numbers: &[f64]) -> bool;

    /// The estimate from some rows.
    fn lookup(&self, rows: usize, numbers: &[f64], probe: &mut Probe) -> Result<Estimate, Failure>;

    /// The slice of some rows that a lookup reads.
    fn slice(&self, rows: usize, numbers: &[f64]) -> Result<Arc<Slice>, Failure>;

    /// The measured values of a numeric key, ascending.
    fn sizes(&self, rows: usize, key: &'static str) -> Result<Arc<[i32]>, Failure>;

    /// How many parts there are.
    fn parts(&self) -> usize;

    /// A size at which a part was measured that none of its columns holds.
    fn part_measured_at(&self, part: usize, size: &str) -> Option<f64>;

    /// The answer of a part at the numeric arguments of the whole.
    fn answer_part(
        &self,
        part: usize,
        numbers: &[f64],
        probe: &mut Probe,
    ) -> Result<Estimate, Failure>;
}
