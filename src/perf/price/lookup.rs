//! What the rule of an operation asks of a pricer: lookups in the rows that were selected, exact or
//! from what stands in, and the answers of parts.

use std::sync::Arc;

use super::finder::Finder;
use super::nearest::StandIn;
use super::pricer::Pricer;
use super::rated::{Points, RatedOp};
use super::what_if;
use crate::base::error::{Code, Error};
use crate::perf::machine::{Hardware, Roofline};
use crate::perf::op::{Estimate, Failure, MAX_NUMBERS, Measurements, Origin, Probe, Reach};
use crate::perf::tables::Slice;

impl Measurements for Pricer {
    fn name(&self) -> &'static str {
        self.op().name
    }

    fn hardware(&self) -> &Hardware {
        &self.rated.hardware
    }

    fn variant(&self) -> u8 {
        self.rated.rates.variant
    }

    fn roofline(&self, numbers: &[f64]) -> Roofline {
        self.rated.roofline(numbers)
    }

    fn text(&self, argument: usize) -> &str {
        self.text.get(argument).map_or("", String::as_str)
    }

    fn selections(&self) -> usize {
        self.finders.len()
    }

    fn is_asked(&self, rows: usize, numbers: &[f64]) -> bool {
        self.finders.get(rows).is_some_and(|finder| {
            finder.selection().only.is_none_or(|only| numbers[only.argument] <= only.most)
        })
    }

    fn lookup(&self, rows: usize, numbers: &[f64], probe: &mut Probe) -> Result<Estimate, Failure> {
        let finder = self.finder(rows)?;
        let estimate = what_if::scaled(self.looked_up(finder, numbers, probe)?, self.scale);
        Ok(estimate.at_best(finder.selection().origin))
    }

    fn slice(&self, rows: usize, numbers: &[f64]) -> Result<Arc<Slice>, Failure> {
        self.finder(rows)?.find(numbers)
    }

    fn sizes(&self, rows: usize, key: &'static str) -> Result<Arc<[i32]>, Failure> {
        Ok(self.finder(rows)?.sizes(key)?)
    }

    fn parts(&self) -> usize {
        self.parts.len()
    }

    fn part_measured_at(&self, part: usize, size: &str) -> Option<f64> {
        self.parts.get(part)?.pricer.op().measured_at(size)
    }

    fn answer_part(
        &self,
        part: usize,
        numbers: &[f64],
        probe: &mut Probe,
    ) -> Result<Estimate, Failure> {
        let missing =
            || Error::internal(Code::ParserBug, format!("{} has no part", self.op().name));
        let part = self.parts.get(part).ok_or_else(missing)?;
        let mut own = [0.0; MAX_NUMBERS];
        for (own, &place) in own.iter_mut().zip(&part.numbers) {
            *own = numbers[place];
        }
        part.pricer.answer(&own[..part.numbers.len()], probe)
    }
}

impl Pricer {
    fn finder(&self, rows: usize) -> Result<&Finder, Failure> {
        let missing =
            || Error::internal(Code::ParserBug, format!("{} has no table", self.op().name));
        self.finders.get(rows).ok_or_else(|| missing().into())
    }

    fn looked_up(
        &self,
        finder: &Finder,
        numbers: &[f64],
        probe: &mut Probe,
    ) -> Result<Estimate, Failure> {
        let exact = finder.find(numbers).and_then(|slice| {
            let has = |slice: &Slice| slice.has(&self.rated.coordinates(numbers));
            let own = slice.before.as_deref().filter(|before| has(before));
            if own.is_none() && slice.is_thin && probe.reach != Reach::Exact && !has(&slice) {
                let fuller = finder.stand_in(numbers)?.filter(|other| !other.slice.is_thin);
                let found = fuller.and_then(|other| self.transferred(&other, numbers, probe));
                if let Some(found) = found {
                    return Ok(found);
                }
            }
            match estimate(&self.rated, own.unwrap_or(&slice), numbers, probe) {
                Some(value) => Ok(value),
                None => Err(Failure::Miss(finder.miss(numbers)?)),
            }
        });
        let Err(Failure::Miss(_)) = exact else { return exact };
        if probe.reach == Reach::Exact {
            return exact;
        }
        match finder.stand_in(numbers)? {
            Some(stand_in) => self.transferred(&stand_in, numbers, probe).map_or(exact, Ok),
            None => exact,
        }
    }

    /// The latency at which the share of the roofline is that of what stands in, corrected for
    /// what is usually reached here and there.
    fn transferred(&self, from: &StandIn, numbers: &[f64], probe: &mut Probe) -> Option<Estimate> {
        let mut there = [0.0; MAX_NUMBERS];
        let there = &mut there[..numbers.len()];
        there.copy_from_slice(numbers);
        from.place(there);
        let known = probe.trace.as_ref().map_or(0, |trace| trace.rows.len());
        let found = estimate(&from.rated, &from.slice, there, probe)?;
        let (here, there) = (self.roofline(numbers).total(), from.rated.roofline(there).total());
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
        let latency = found.latency * here / there * from.level;
        Some(Estimate::new(latency, found.origin).at_best(Origin::Transferred))
    }
}

/// The estimate from one slice; `None` if none of its points is of the same regime.
fn estimate(
    rated: &RatedOp,
    slice: &Slice,
    numbers: &[f64],
    probe: &mut Probe,
) -> Option<Estimate> {
    let table = &slice.source.table;
    let (grid, repaired) = (&table.grid, &table.repaired);
    let points = Points { grid, roots: slice.roots.clone(), fastest: slice.fastest, repaired };
    let axes = table.spec.methods;
    let Some(trace) = &mut probe.trace else {
        let found = rated.estimate(points, axes, numbers, &mut |_| ());
        if found.is_some_and(|found| found.origin == Origin::Repaired) {
            slice.mark_repaired();
        }
        return found;
    };
    let mut used = Vec::new();
    let found = rated.estimate(points, axes, numbers, &mut |at| used.push(at));
    trace.record(slice, &used, &rated.coordinates(numbers), |at| rated.raised_to(numbers, at));
    found
}
