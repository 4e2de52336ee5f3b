//! Pricing: an operation bound to a system and its measurements, asked at many sizes.

use super::finder::Finder;
use super::hardware::Hardware;
use super::model::{Model, Points};
use super::op::{Context, Failure, MAX_NUMBERS, OpSpec, Price};
use super::roofline::Roofline;
use super::scheme::Value;
use crate::error::Error;

/// An operation bound to one system, backend and version, and to its text arguments.
pub struct Pricer {
    model: Model,
    finders: Vec<Finder>,
    parts: Vec<Self>,
}

/// How a price came about.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trace {
    /// The data release that answered, `None` for a formula or a miss.
    pub source: Option<String>,
    /// The kernel that was measured, where the table tells.
    pub kernel: Option<String>,
    /// The measured rows that entered, nearest axis by axis.
    pub rows: Vec<Neighbour>,
    /// What binds at peak rate: `compute`, `memory` or `link`.
    pub bound: &'static str,
    /// The physical bound, ms.
    pub roofline: f64,
}

/// A measured row.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbour {
    /// Axes of the table with the row's coordinates.
    pub coordinates: Vec<(&'static str, i32)>,
    /// Milliseconds.
    pub latency: f64,
}

/// What a lookup leaves behind when it is traced, and nothing otherwise.
pub(crate) enum Probe {
    Silent,
    Tracing(Trace),
}

impl Pricer {
    /// Binds an operation. Fails on an unknown precision and on one that the system has no
    /// arithmetic for; measurements are only looked for by [`Self::price`].
    pub fn bind(op: &'static OpSpec, context: &Context, text: &[&str]) -> Result<Self, Failure> {
        if text.len() != op.text.len() || op.numbers.len() > MAX_NUMBERS {
            let (takes, got) = (op.text.len(), text.len());
            let message = format!("{} takes {takes} text arguments, got {got}", op.name);
            return Err(Error::internal("AIQ0901", message).into());
        }
        let model = Model::new(op, &context.hardware, &context.quants, text)?;
        let finders = match op.table {
            None => Vec::new(),
            Some(table) => (op.select)(text)
                .into_iter()
                .map(|selection| Finder::new(op, table, context, selection))
                .collect(),
        };
        let parts = (op.parts)(text);
        let parts = parts.iter().map(|part| {
            let text: Vec<&str> = part.text.iter().map(String::as_str).collect();
            Self::bind(part.op, context, &text)
        });
        Ok(Self { model, finders, parts: parts.collect::<Result<_, _>>()? })
    }

    /// The price at the op's numeric arguments.
    pub fn price(&self, numbers: &[f64]) -> Result<Price, Failure> {
        let value = self.answer(numbers, &mut Probe::Silent)?;
        let Value { latency, origin } = value;
        Ok(Price { latency, roofline: self.roofline(numbers).total(), origin })
    }

    /// How the price at the op's numeric arguments comes about. Where there is no price, what was
    /// found until then.
    pub fn trace(&self, numbers: &[f64]) -> Trace {
        if self.check(numbers).is_err() {
            return Trace::default();
        }
        let roofline = self.roofline(numbers);
        let (bound, roofline) = (roofline.bound(), roofline.total());
        let mut probe = Probe::Tracing(Trace { bound, roofline, ..Trace::default() });
        // A failure is `price`'s to report.
        let _ = self.answer(numbers, &mut probe);
        match probe {
            Probe::Tracing(trace) => trace,
            Probe::Silent => Trace::default(),
        }
    }

    /// Whether anything was measured for the text arguments, in the operation's own table and
    /// those of its parts; analytic operations need no measurements.
    ///
    /// # Errors
    /// Damaged tables.
    pub fn measured(&self) -> crate::Result<bool> {
        let mut measured = self.finders.is_empty();
        for finder in &self.finders {
            measured = measured || finder.measured()?;
        }
        for part in &self.parts {
            measured = match self.op().stand_in {
                true => measured || part.measured()?,
                false => measured && part.measured()?,
            };
        }
        Ok(measured)
    }

    /// The operation.
    pub fn op(&self) -> &'static OpSpec {
        self.model.op
    }

    pub(crate) fn hardware(&self) -> &Hardware {
        &self.model.hardware
    }

    /// Which of its bounds the op takes.
    pub(crate) fn variant(&self) -> u8 {
        self.model.rates.variant
    }

    pub(crate) fn finder(&self, index: usize) -> Result<&Finder, Failure> {
        let missing = || Error::internal("AIQ0901", format!("{} has no table", self.op().name));
        self.finders.get(index).ok_or_else(|| missing().into())
    }

    pub(crate) fn has_finder(&self, index: usize) -> bool {
        index < self.finders.len()
    }

    pub(crate) fn parts(&self) -> &[Self] {
        &self.parts
    }

    pub(crate) fn roofline(&self, numbers: &[f64]) -> Roofline {
        self.model.roofline(numbers)
    }

    pub(crate) fn answer(&self, numbers: &[f64], probe: &mut Probe) -> Result<Value, Failure> {
        self.check(numbers)?;
        let value = (self.op().answer)(self, numbers, probe)?;
        if value.latency.is_finite() && value.latency >= 0.0 {
            return Ok(value);
        }
        let message = format!("{} at {numbers:?} came out as {} ms", self.op().name, value.latency);
        Err(Error::internal("AIQ0902", message).into())
    }

    /// The estimate from one selection of the table's rows.
    pub(crate) fn lookup(
        &self,
        finder: usize,
        numbers: &[f64],
        probe: &mut Probe,
    ) -> Result<Value, Failure> {
        let finder = self.finder(finder)?;
        let slice = finder.find(numbers)?;
        let points = Points {
            grid: &slice.source.table.grid,
            roots: slice.roots.clone(),
            fastest: slice.fastest,
        };
        let axes = self.op().axes;
        let value = match probe {
            Probe::Silent => self.model.estimate(points, axes, numbers, &mut |_| ()),
            Probe::Tracing(trace) => {
                let mut used = Vec::new();
                let value = self.model.estimate(points, axes, numbers, &mut |at| used.push(at));
                trace.record(&slice, &used);
                value
            }
        };
        match value {
            Some(value) => Ok(value),
            None => Err(Failure::Miss(finder.miss(numbers)?)),
        }
    }

    fn check(&self, numbers: &[f64]) -> Result<(), Failure> {
        if numbers.len() != self.op().numbers.len() {
            let (takes, got) = (self.op().numbers.len(), numbers.len());
            let message = format!("{} takes {takes} numbers, got {got}", self.op().name);
            return Err(Error::internal("AIQ0901", message).into());
        }
        match numbers.iter().position(|n| !(n.is_finite() && *n >= 0.0)) {
            None => Ok(()),
            Some(at) => {
                let (name, number) = (self.op().numbers[at], numbers[at]);
                let message = format!("{}: `{name}` cannot be {number}", self.op().name);
                Err(Error::question("AIQ0407", message).into())
            }
        }
    }
}

impl Trace {
    fn record(&mut self, slice: &super::finder::Slice, points: &[usize]) {
        let table = &slice.source.table;
        self.source.get_or_insert_with(|| slice.source.label.clone());
        if self.kernel.is_none() {
            let noted = || points.first().and_then(|&point| table.noted_kernel(point));
            self.kernel = slice.kernel.clone().or_else(|| noted().map(str::to_owned));
        }
        for &point in points {
            let at = table.grid.locate(point);
            let coordinates = table.spec.axes.iter().map(|axis| axis.name).zip(at).collect();
            let row = Neighbour { coordinates, latency: table.grid.latency(point) };
            if !self.rows.contains(&row) {
                self.rows.push(row);
            }
        }
    }
}

impl std::fmt::Display for Neighbour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (axis, value) in &self.coordinates {
            write!(f, "{axis}={value} ")?;
        }
        write!(f, "{:.5} ms", self.latency)
    }
}
