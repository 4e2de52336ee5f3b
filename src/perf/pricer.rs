//! Pricing: an operation bound to a system and its measurements, asked at many sizes.

use std::sync::Arc;

use super::finder::{Finder, Slice, StandIn};
use super::hardware::Hardware;
use super::imagined;
use super::miss::Miss;
use super::mode::DataMode;
use super::model::{Model, Points};
use super::op::{Context, Failure, MAX_NUMBERS, OpSpec, Price};
use super::origin::Origin;
use super::roofline::Roofline;
use super::scheme::Value;
use super::source::Used;
use crate::error::Error;

/// No size of a kernel is larger, be it bytes of a whole cluster.
const LARGEST: f64 = 1e15;

/// An operation bound to one system, backend and version, and to its text arguments.
pub struct Pricer {
    model: Model,
    finders: Vec<Finder>,
    parts: Vec<Self>,
    mode: DataMode,
    /// The same operation on the hardware that is supposed.
    supposed: Option<Model>,
    /// What its own latencies are multiplied by.
    scale: f64,
}

/// How a price came about.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trace {
    /// The data release that answered, `None` for a formula or a miss.
    pub source: Option<String>,
    /// The kernel that was measured, where the table tells.
    pub kernel: Option<String>,
    /// What was transferred, where something was: `head_dim=128`.
    pub transferred: Vec<String>,
    /// The measured rows that entered, nearest axis by axis.
    pub rows: Vec<Neighbour>,
    /// What binds at peak rate: `compute`, `memory` or `link`.
    pub bound: &'static str,
    /// The physical bound, ms.
    pub roofline: f64,
    /// The least latency measured under the same keys, ms: what even the smallest size takes.
    pub floor: f64,
}

/// A measured row.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbour {
    /// The table that has it.
    pub table: &'static str,
    /// The data release that has it, such as `trtllm 1.3.0rc20`.
    pub release: String,
    /// Keys of the table with the row's values.
    pub keys: Vec<(&'static str, String)>,
    /// Axes of the table with the row's coordinates.
    pub coordinates: Vec<(&'static str, i32)>,
    /// Milliseconds.
    pub latency: f64,
    /// How far it is from what was asked for: the natural logarithms of the ratios, axis by axis,
    /// added up; 0 for that very size.
    pub distance: f64,
    /// What else differs, where it stands in for others: `quant=bfloat16`.
    pub differs: Option<String>,
}

/// What a lookup leaves behind when it is traced, and nothing otherwise; and how far it reaches.
#[derive(Default)]
pub(crate) struct Probe {
    trace: Option<Trace>,
    reach: Reach,
}

/// How far a lookup reaches.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Reach {
    /// To the slice of the exact keys.
    #[default]
    Exact,
    /// To the nearest slice that may stand in.
    Transfer,
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
        let own_parts = (op.parts)(text);
        let imagined = &context.imagined;
        let on = |hardware: &Arc<Hardware>| Model::new(op, hardware, &context.quants, text);
        // A formula is read at what is supposed; a measurement is of the system as it is.
        let is_formula = op.table.is_none() && own_parts.is_empty();
        let (model, supposed) = match &imagined.hardware {
            Some(hardware) if is_formula => (on(hardware)?, None),
            Some(hardware) => (on(&context.hardware)?, Some(on(hardware)?)),
            None => (on(&context.hardware)?, None),
        };
        let scale = imagined.scale(op.table.map_or(op.name, |table| table.name));
        let finders = match op.table {
            None => Vec::new(),
            Some(table) => (op.select)(text)
                .into_iter()
                .map(|selection| Finder::new(op, table, context, text, selection))
                .collect(),
        };
        // The whole is moved to the supposed hardware, not each part again.
        let within = Context { imagined: imagined.scales_alone(), ..context.clone() };
        let parts = own_parts.iter().map(|part| {
            let text: Vec<&str> = part.text.iter().map(String::as_str).collect();
            Self::bind(part.op, &within, &text)
        });
        let parts = parts.collect::<Result<_, _>>()?;
        Ok(Self { model, finders, parts, mode: context.mode, supposed, scale })
    }

    /// The price at the op's numeric arguments.
    pub fn price(&self, numbers: &[f64]) -> Result<Price, Failure> {
        if self.mode == DataMode::Roofline {
            return self.bound(numbers);
        }
        let value = self.reached(numbers, &mut Probe::default())?;
        let Value { latency, origin } = self.moved(numbers, value);
        Ok(Price { latency, roofline: self.bounds(numbers).total(), origin })
    }

    /// The physical bound at the op's numeric arguments, as a price; it needs no measurement.
    pub fn bound(&self, numbers: &[f64]) -> Result<Price, Failure> {
        self.check(numbers)?;
        let roofline = self.bounds(numbers).total();
        Ok(Price { latency: roofline, roofline, origin: Origin::Roofline })
    }

    /// How the price at the op's numeric arguments comes about. Where there is no price, what was
    /// found until then.
    pub fn trace(&self, numbers: &[f64]) -> Trace {
        if self.check(numbers).is_err() {
            return Trace::default();
        }
        let roofline = self.bounds(numbers);
        let (bound, roofline) = (roofline.bound(), roofline.total());
        let trace = Trace { bound, roofline, ..Trace::default() };
        let mut probe = Probe { trace: Some(trace), ..Probe::default() };
        if self.mode != DataMode::Roofline {
            // A failure is `price`'s to report.
            let _ = self.reached(numbers, &mut probe);
        }
        probe.trace.unwrap_or_default()
    }

    /// The bound on the hardware that is supposed.
    fn bounds(&self, numbers: &[f64]) -> Roofline {
        self.supposed.as_ref().unwrap_or(&self.model).roofline(numbers)
    }

    /// A price of the measured system on the hardware that is supposed.
    fn moved(&self, numbers: &[f64], value: Value) -> Value {
        match &self.supposed {
            None => value,
            Some(there) => {
                let (from, to) = (self.roofline(numbers).total(), there.roofline(numbers).total());
                imagined::moved(value, from, to)
            }
        }
    }

    /// The answer as far from a measurement as the mode lets it be.
    fn reached(&self, numbers: &[f64], probe: &mut Probe) -> Result<Value, Failure> {
        let begun = probe.trace.clone();
        let answer = self.answer(numbers, probe);
        let is_tabled = self.op().table.is_some();
        match (self.mode, &answer) {
            (DataMode::Measured, Ok(value)) if is_tabled && value.origin > Origin::Interpolated => {
                let op = self.op();
                let miss = Miss::refused(op.name, op.numbers, numbers, value.origin);
                Err(Failure::Miss(Arc::new(miss)))
            }
            (
                DataMode::Hybrid,
                Ok(Value { origin: Origin::Roofline, .. }) | Err(Failure::Miss(_)),
            ) if is_tabled => {
                let mut wider = Probe { trace: begun, reach: Reach::Transfer };
                match self.answer(numbers, &mut wider) {
                    Err(Failure::Miss(_)) => answer,
                    found => {
                        probe.trace = wider.trace;
                        found
                    }
                }
            }
            _ => answer,
        }
    }

    /// Whether anything was measured for the text arguments, in the operation's own table and
    /// those of its parts; analytic operations need no measurements.
    ///
    /// # Errors
    /// Damaged tables.
    pub fn measured(&self) -> crate::Result<bool> {
        self.found(&Finder::measured)
    }

    /// Whether anything was measured for the text arguments or, where the mode lets it, for others
    /// that may stand in.
    ///
    /// # Errors
    /// Damaged tables.
    pub fn priced(&self) -> crate::Result<bool> {
        let is_hybrid = self.mode == DataMode::Hybrid;
        self.found(&|finder| Ok(finder.measured()? || (is_hybrid && finder.is_transferable()?)))
    }

    fn found(&self, has: &dyn Fn(&Finder) -> crate::Result<bool>) -> crate::Result<bool> {
        if self.mode == DataMode::Roofline {
            return Ok(true);
        }
        let mut found = self.finders.is_empty();
        for finder in &self.finders {
            found = found || has(finder)?;
        }
        for part in &self.parts {
            found = match self.op().stand_in {
                true => found || part.found(has)?,
                false => found && part.found(has)?,
            };
        }
        Ok(found)
    }

    /// Adds the data releases that answered since the last call, of the operation's own table and
    /// of those of its parts.
    pub fn take_used(&self, used: &mut Used) {
        self.finders.iter().for_each(|f| f.take_used(used));
        self.parts.iter().for_each(|p| p.take_used(used));
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
        let mut value = (self.op().answer)(self, numbers, probe)?;
        if self.finders.is_empty() && self.parts.is_empty() {
            value = imagined::scaled(value, self.scale);
        }
        if value.latency.is_finite() && value.latency >= 0.0 {
            return Ok(value);
        }
        let message = format!("{} at {numbers:?} came out as {} ms", self.op().name, value.latency);
        if numbers.iter().any(|n| n.abs() > LARGEST) {
            return Err(Error::question("AIQ0216", message)
                .help("no kernel has sizes like these")
                .into());
        }
        Err(Error::internal("AIQ0902", message).into())
    }

    /// The estimate from one selection of the table's rows.
    pub(crate) fn lookup(
        &self,
        finder: usize,
        numbers: &[f64],
        probe: &mut Probe,
    ) -> Result<Value, Failure> {
        Ok(imagined::scaled(self.looked_up(finder, numbers, probe)?, self.scale))
    }

    fn looked_up(
        &self,
        finder: usize,
        numbers: &[f64],
        probe: &mut Probe,
    ) -> Result<Value, Failure> {
        let finder = self.finder(finder)?;
        let exact = finder.find(numbers).and_then(|slice| {
            match self.estimate(&self.model, &slice, numbers, probe) {
                Some(value) => Ok(value),
                None => Err(Failure::Miss(finder.miss(numbers)?)),
            }
        });
        let Err(Failure::Miss(_)) = exact else { return exact };
        if probe.reach == Reach::Exact {
            return exact;
        }
        match finder.stand_in(numbers)? {
            Some(stand_in) => self.transfer(&stand_in, numbers, probe).map_or(exact, Ok),
            None => exact,
        }
    }

    /// The estimate from one slice; `None` if none of its points is of the same regime.
    fn estimate(
        &self,
        model: &Model,
        slice: &Slice,
        numbers: &[f64],
        probe: &mut Probe,
    ) -> Option<Value> {
        let grid = &slice.source.table.grid;
        let points = Points { grid, roots: slice.roots.clone(), fastest: slice.fastest };
        let axes = self.op().axes;
        let Some(trace) = &mut probe.trace else {
            return model.estimate(points, axes, numbers, &mut |_| ());
        };
        let mut used = Vec::new();
        let value = model.estimate(points, axes, numbers, &mut |at| used.push(at));
        trace.record(slice, &used, &model.coordinates(numbers));
        value
    }

    /// The latency at which the share of the roofline is that of what stands in, corrected for
    /// what is usually reached here and there (op tables 3.7).
    fn transfer(&self, from: &StandIn, numbers: &[f64], probe: &mut Probe) -> Option<Value> {
        let mut there = [0.0; MAX_NUMBERS];
        let there = &mut there[..numbers.len()];
        there.copy_from_slice(numbers);
        from.place(there);
        let known = probe.trace.as_ref().map_or(0, |trace| trace.rows.len());
        let value = self.estimate(&from.model, &from.slice, there, probe)?;
        let (here, there) = (self.roofline(numbers).total(), from.model.roofline(there).total());
        if there <= 0.0 {
            return None;
        }
        if let Some(trace) = &mut probe.trace {
            for row in trace.rows.iter_mut().skip(known) {
                row.differs = Some(from.from.clone());
            }
            if !trace.transferred.contains(&from.from) {
                trace.transferred.push(from.from.clone());
            }
        }
        let latency = value.latency * here / there * from.level;
        Some(Value::new(latency, value.origin).at_best(Origin::Transferred))
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
    fn record(&mut self, slice: &Slice, points: &[usize], wanted: &[f64]) {
        let table = &slice.source.table;
        self.source.get_or_insert_with(|| slice.source.label.clone());
        if self.kernel.is_none() {
            let noted = || points.first().and_then(|&point| table.noted_kernel(point));
            self.kernel = slice.kernel.clone().or_else(|| noted().map(str::to_owned));
        }
        if self.rows.is_empty() {
            self.floor = slice.fastest;
        }
        let keys = table.keys_of(&slice.roots);
        for &point in points {
            let at = table.grid.locate(point);
            let apart = at.iter().zip(wanted);
            let distance =
                apart.map(|(at, wanted)| ((wanted + 1.0) / (f64::from(*at) + 1.0)).ln().abs());
            let distance = distance.sum();
            let coordinates = table.spec.axes.iter().map(|axis| axis.name).zip(at).collect();
            let row = Neighbour {
                table: table.spec.name,
                release: slice.source.label.clone(),
                keys: keys.clone(),
                coordinates,
                latency: table.grid.latency(point),
                distance,
                differs: None,
            };
            if !self.rows.contains(&row) {
                self.rows.push(row);
            }
        }
    }
}
