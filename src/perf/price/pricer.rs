//! Pricing: an operation bound to a system and its measurements, asked at many sizes.

use std::sync::Arc;

use super::context::Context;
use super::finder::Finder;
use super::mode::DataMode;
use super::rated::RatedOp;
use super::what_if;
use crate::base::error::{Code, Error};
use crate::perf::machine::{Hardware, Roofline};
use crate::perf::op::{
    Estimate, Failure, MAX_NUMBERS, Miss, OpSpec, Origin, Part, Price, Probe, Reach, Trace,
};
use crate::perf::ops;
use crate::perf::tables::Used;

/// No size of a kernel is larger, be it bytes of a whole cluster.
const LARGEST: f64 = 1e15;

/// An operation bound to one system, backend and version, and to its text arguments.
pub struct Pricer {
    pub(super) rated: RatedOp,
    /// One for each selection of rows.
    pub(super) finders: Vec<Finder>,
    pub(super) parts: Vec<BoundPart>,
    /// The text arguments.
    pub(super) text: Vec<String>,
    mode: DataMode,
    /// The same operation on the hardware that is supposed.
    supposed: Option<RatedOp>,
    /// What its own latencies are multiplied by.
    pub(super) scale: f64,
}

/// A part, and which numeric arguments of the whole it takes.
pub(super) struct BoundPart {
    pub(super) pricer: Pricer,
    pub(super) numbers: Vec<usize>,
}

impl Pricer {
    /// Binds an operation. Fails on an unknown precision and on one that the system has no
    /// arithmetic for; measurements are only looked for by [`Self::price`].
    pub fn bind(op: &'static OpSpec, context: &Context, text: &[&str]) -> Result<Self, Failure> {
        if text.len() != op.text.len() || op.numbers.len() > MAX_NUMBERS {
            let (takes, got) = (op.text.len(), text.len());
            let message = format!("{} takes {takes} text arguments, got {got}", op.name);
            return Err(Error::internal(Code::ParserBug, message).into());
        }
        let own_parts = op.parts(text);
        let what_if = &context.what_if;
        let on = |hardware: &Arc<Hardware>| RatedOp::new(op, hardware, &context.quants, text);
        // A formula is read at what is supposed; a measurement is of the system as it is.
        let is_formula = op.table.is_none() && own_parts.is_empty();
        let (rated, supposed) = match &what_if.hardware {
            Some(hardware) if is_formula => (on(hardware)?, None),
            Some(hardware) => (on(&context.hardware)?, Some(on(hardware)?)),
            None => (on(&context.hardware)?, None),
        };
        let finders = op.table.map_or_else(Vec::new, |table| {
            let find = |selection| Finder::new(op, table, context, text, selection);
            op.select(text).into_iter().map(find).collect()
        });
        // The whole is moved to the supposed hardware, not each part again.
        let within = Context { what_if: what_if.scales_alone(), ..context.clone() };
        let parts = own_parts.iter().map(|part| BoundPart::bind(part, op, &within));
        Ok(Self {
            rated,
            finders,
            parts: parts.collect::<Result<_, _>>()?,
            text: text.iter().map(|&t| t.to_owned()).collect(),
            mode: context.evidence.mode,
            supposed,
            scale: what_if.scale(op.name),
        })
    }

    /// The price at the op's numeric arguments.
    pub fn price(&self, numbers: &[f64]) -> Result<Price, Failure> {
        if self.mode == DataMode::Roofline {
            return self.bound(numbers);
        }
        let value = self.reached(numbers, &mut Probe::default())?;
        let Estimate { latency, origin } = self.moved(numbers, value);
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
        self.supposed.as_ref().unwrap_or(&self.rated).roofline(numbers)
    }

    /// A price of the measured system on the hardware that is supposed.
    fn moved(&self, numbers: &[f64], value: Estimate) -> Estimate {
        match &self.supposed {
            None => value,
            Some(there) => {
                let (from, to) =
                    (self.rated.roofline(numbers).total(), there.roofline(numbers).total());
                what_if::moved(value, from, to)
            }
        }
    }

    /// The answer as far from a measurement as the mode lets it be.
    fn reached(&self, numbers: &[f64], probe: &mut Probe) -> Result<Estimate, Failure> {
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
                Ok(Estimate { origin: Origin::Roofline, .. }) | Err(Failure::Miss(_)),
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
        for part in self.parts.iter().map(|part| &part.pricer) {
            found = match self.op().formula.stand_in {
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
        self.parts.iter().for_each(|p| p.pricer.take_used(used));
    }

    /// The operation.
    pub fn op(&self) -> &'static OpSpec {
        self.rated.op
    }

    pub(super) fn answer(&self, numbers: &[f64], probe: &mut Probe) -> Result<Estimate, Failure> {
        self.check(numbers)?;
        let mut value = (self.op().formula.answer)(self, numbers, probe)?;
        if self.finders.is_empty() && self.parts.is_empty() {
            value = what_if::scaled(value, self.scale);
        }
        if value.latency.is_finite() && value.latency >= 0.0 {
            return Ok(value);
        }
        let message = format!("{} at {numbers:?} came out as {} ms", self.op().name, value.latency);
        if numbers.iter().any(|n| n.abs() > LARGEST) {
            return Err(Error::question(Code::SqlFailed, message)
                .help("no kernel has sizes like these")
                .into());
        }
        Err(Error::internal(Code::PlannerBug, message).into())
    }

    fn check(&self, numbers: &[f64]) -> Result<(), Failure> {
        if numbers.len() != self.op().numbers.len() {
            let (takes, got) = (self.op().numbers.len(), numbers.len());
            let message = format!("{} takes {takes} numbers, got {got}", self.op().name);
            return Err(Error::internal(Code::ParserBug, message).into());
        }
        match numbers.iter().position(|n| !(n.is_finite() && *n >= 0.0)) {
            None => Ok(()),
            Some(at) => {
                let (name, number) = (self.op().numbers[at], numbers[at]);
                let message = format!("{}: `{name}` cannot be {number}", self.op().name);
                Err(Error::question(Code::NotPriceable, message).into())
            }
        }
    }
}

impl BoundPart {
    /// Binds a part; sizes of the whole that have the name of one of its own are its sizes.
    fn bind(part: &Part, whole: &OpSpec, context: &Context) -> Result<Self, Failure> {
        let missing = |what: &str| {
            let message = format!("{}, a part of {}: {what}", part.op, whole.name);
            Failure::from(Error::internal(Code::ParserBug, message))
        };
        let op = ops::op(part.op).ok_or_else(|| missing("there is no such operation"))?;
        let text: Vec<&str> = part.text.iter().map(String::as_str).collect();
        let place = |name: &&str| whole.numbers.iter().position(|own| own == name);
        let numbers: Option<Vec<usize>> = op.numbers.iter().map(place).collect();
        let numbers = numbers.ok_or_else(|| missing("it takes other sizes"))?;
        Ok(Self { pricer: Pricer::bind(op, context, &text)?, numbers })
    }
}
