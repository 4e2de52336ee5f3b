//! The formula of an operation: its arguments, its bound, and its rule where it has one.

use super::estimate::Estimate;
use super::failure::Failure;
use super::measurements::Measurements;
use super::trace::Probe;
use crate::perf::machine::{Hardware, QuantModes, Rates, Roofline};

/// What operations of one kind have in common; `models/measurements/ops.tsv` says which are.
#[derive(Clone, Copy)]
pub(crate) struct Formula {
    /// What the table of operations calls it.
    pub(crate) name: &'static str,
    /// Text arguments, in order.
    pub(crate) text: &'static [&'static str],
    /// Numeric arguments, in order.
    pub(crate) numbers: &'static [&'static str],
    /// Sizes that the bound reads and no argument gives, in the order of [`Rates::assumed`].
    pub(crate) assumed: &'static [&'static str],
    /// Measurements faster than the roofline are raised to it.
    pub(crate) raise: bool,
    /// Precisions to rates, by the text arguments.
    pub(crate) rates: fn(&Hardware, &QuantModes, &[&str]) -> crate::Result<Rates>,
    /// The bound at the numeric arguments.
    pub(crate) roofline: fn(&Hardware, &Rates, &[f64]) -> Roofline,
    /// The parts stand in for the table where it has nothing.
    pub(crate) stand_in: bool,
    /// Points of different regimes of the outermost axis are never mixed.
    pub(crate) regime: Option<fn(&[f64]) -> bool>,
    /// The answer at the numeric arguments.
    pub(crate) answer: fn(&dyn Measurements, &[f64], &mut Probe) -> Result<Estimate, Failure>,
}

impl Formula {
    /// What most operations do: no arguments yet, and the table as it is.
    pub(crate) const PLAIN: Self = Self {
        name: "",
        text: &[],
        numbers: &[],
        assumed: &[],
        raise: false,
        rates: |_, _, _| Ok(Rates::default()),
        roofline: |_, _, _| Roofline::default(),
        stand_in: false,
        regime: None,
        answer: first_measured,
    };
}

/// The answer of the first rows that have one, of those that are asked for these sizes; where none
/// has, the miss of the first.
pub(crate) fn first_measured(
    measured: &dyn Measurements,
    numbers: &[f64],
    probe: &mut Probe,
) -> Result<Estimate, Failure> {
    let mut first = None;
    for rows in 0..measured.selections() {
        if !measured.is_asked(rows, numbers) {
            continue;
        }
        match measured.lookup(rows, numbers, probe) {
            Err(Failure::Miss(miss)) => first = first.or(Some(miss)),
            answer => return answer,
        }
    }
    match first {
        Some(miss) => Err(Failure::Miss(miss)),
        // No rows are asked for: the lookup says so.
        None => measured.lookup(0, numbers, probe),
    }
}
