//! The ops of one candidate, each priced and traced.

use crate::plan::expr::lowered::Lowered;
use std::collections::BTreeMap;

use datafusion::arrow::array::{AsArray, Float64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type};

use crate::base::error::{Code, Error, Result, bug};
use crate::model::value::{Value, number};
use crate::perf::{Failure, Neighbour, OpSpec, Origin, Pricer};
use crate::plan::graph::terms::{Lane, OpTerm, PassTerms, pass_terms};
use crate::plan::nodes::opjoin::Bound;
use crate::plan::relation::axes;
use crate::plan::relation::chain;
use crate::plan::scope::Scope;
use crate::session::analysis::candidate::step;
use crate::session::state::Session;

/// An op of a pass.
pub(in crate::session) struct Line {
    /// Column of the pass.
    pub(in crate::session) pass: String,
    /// The pass as the model text says it.
    pub(in crate::session) step: String,
    /// Where it runs beside others.
    pub(in crate::session) lane: Option<Lane>,
    /// Label of the op.
    pub(in crate::session) op: String,
    /// The table it is read from; none for a formula.
    pub(in crate::session) table: Option<&'static str>,
    /// The data release that answered.
    pub(in crate::session) release: Option<String>,
    /// System of the measurements.
    pub(in crate::session) system: String,
    /// Backend of the candidate.
    pub(in crate::session) backend: String,
    /// The arguments at which it is priced, of a sum over positions those of the middle one.
    pub(in crate::session) keys: String,
    /// How often it runs in one pass.
    pub(in crate::session) count: f64,
    /// Milliseconds in one pass, all runs together.
    pub(in crate::session) latency: f64,
    /// The physical bound of that, ms.
    pub(in crate::session) roofline: f64,
    /// `compute`, `memory`, `link` or `launch`.
    pub(in crate::session) bound: &'static str,
    /// How far it is from a measurement; the worst of all positions.
    pub(in crate::session) origin: Origin,
    /// The measured rows that entered, nearest first.
    pub(in crate::session) sources: Vec<Neighbour>,
}

/// Milliseconds of each pass, by column: of lanes that run side by side, the longest counts.
pub(in crate::session) fn pass_times(lines: &[Line]) -> BTreeMap<String, f64> {
    let mut times: BTreeMap<String, f64> = BTreeMap::new();
    for line in lines {
        let time = times.entry(line.pass.clone()).or_default();
        if line.lane.is_none() {
            *time += line.latency;
        }
    }
    for ((pass, _), (_, time)) in longest_lanes(lines) {
        *times.entry(pass.to_owned()).or_default() += time;
    }
    times
}

/// Of each block of lanes the longest, with its time.
pub(super) fn longest_lanes(lines: &[Line]) -> BTreeMap<(&str, usize), (usize, f64)> {
    let mut lanes: BTreeMap<(&str, usize, usize), f64> = BTreeMap::new();
    for line in lines {
        if let Some(lane) = line.lane {
            *lanes.entry((line.pass.as_str(), lane.block, lane.lane)).or_default() += line.latency;
        }
    }
    let mut longest: BTreeMap<(&str, usize), (usize, f64)> = BTreeMap::new();
    for ((pass, block, lane), time) in lanes {
        let held = longest.entry((pass, block)).or_insert((lane, time));
        if time > held.1 {
            *held = (lane, time);
        }
    }
    longest
}

impl Session {
    /// The ops of every pass of a candidate.
    pub(in crate::session) fn lines(&self, candidate: &Scope<'_>) -> Result<Vec<Line>> {
        let mut lines = Vec::new();
        for scope in candidate.workers() {
            for pass in &scope.own.passes {
                let columns = scope.pass_columns(pass)?;
                for ((_, class), terms) in columns.iter().zip(pass_terms(scope, pass)?) {
                    let step = step(scope, &pass.name.text, *class);
                    for term in &terms.terms {
                        lines.extend(self.line(scope, (&step, &terms), term)?);
                    }
                }
            }
        }
        Ok(lines)
    }

    /// The price of a term, summed over its positions; none if it never runs.
    fn line(
        &self,
        scope: &Scope<'_>,
        (step, pass): (&str, &PassTerms),
        term: &OpTerm,
    ) -> Result<Option<Line>> {
        let points = self.points(pass, term)?;
        let Some(shown) = points.get(points.len() / 2) else { return Ok(None) };
        let count: f64 = points.iter().map(|p| p[0]).sum();
        if count == 0.0 {
            return Ok(None);
        }
        let pricer = match scope.target.pricer(term.op, &term.text)? {
            Bound::Ready(pricer) => pricer,
            Bound::Missing(reason) => return Err(Error::data(Code::NotMeasured, reason)),
        };
        let (mut latency, mut roofline, mut floor) = (0.0, 0.0, 0.0);
        let mut origin = term.claims;
        let mut sources: Vec<Neighbour> = Vec::new();
        let (mut release, mut bound) = (None, "");
        for point in points.iter().filter(|p| p[0] != 0.0) {
            let price = pricer.price(&point[1..]).map_err(|f| match f {
                Failure::Miss(miss) => Error::data(Code::NotMeasured, miss.to_string()),
                Failure::Error(error) => error,
            })?;
            latency += point[0] * price.latency;
            roofline += point[0] * price.roofline;
            origin = origin.max(price.origin);
            let trace = pricer.trace(&point[1..]);
            floor += point[0] * fixed(&pricer, &trace);
            release = release.or(trace.source);
            bound = trace.bound;
            for row in trace.rows {
                merge(&mut sources, row);
            }
        }
        // Even the smallest size takes most of this time, and the bound is no reason for it.
        if floor >= latency / 2.0 && roofline <= latency / 2.0 {
            bound = "launch";
        }
        sources.sort_by(|a, b| a.distance.total_cmp(&b.distance));
        let texts = term.op.text.iter().zip(&term.text).map(|(n, v)| format!("{n}={v}"));
        let numbers = term.op.numbers.iter().zip(&shown[1..]);
        let numbers = numbers.map(|(n, v)| format!("{n}={}", number(*v)));
        Ok(Some(Line {
            pass: pass.column.clone(),
            step: step.to_owned(),
            lane: term.lane,
            op: term.label.clone(),
            table: table(term.op, &sources),
            release,
            system: scope.target.system.name.clone(),
            backend: scope.target.backend.clone(),
            keys: texts.chain(numbers).collect::<Vec<_>>().join(" "),
            count,
            latency,
            roofline,
            bound,
            origin,
            sources,
        }))
    }

    /// Count and numbers of a term at each of its positions.
    fn points(&self, pass: &PassTerms, term: &OpTerm) -> Result<Vec<Vec<f64>>> {
        let all: Vec<&Lowered> = std::iter::once(&term.count).chain(&term.numbers).collect();
        let known: Option<Vec<f64>> =
            all.iter().map(|l| l.value().and_then(Value::as_number)).collect();
        if let Some(known) = known {
            return Ok(vec![known]);
        }
        let base = match &pass.positions {
            Some((name, values)) => axes::axis(name, values)?,
            None => axes::cross([])?,
        };
        let base = chain::extend(base, pass.coordinates.iter().map(|(n, v)| v.expr().alias(n)))?;
        let exprs = all.iter().enumerate().map(|(i, l)| l.expr().alias(format!("{i}")));
        let plan = chain::project(base, exprs.collect())?;
        let batches = self.collect(&self.context_for(0), plan)?.batches;
        let mut points = Vec::new();
        for batch in &batches {
            let columns: Vec<Float64Array> = batch
                .columns()
                .iter()
                .map(|c| {
                    Ok(cast(c, &DataType::Float64)
                        .map_err(bug)?
                        .as_primitive::<Float64Type>()
                        .clone())
                })
                .collect::<Result<_>>()?;
            points.extend(
                (0..batch.num_rows())
                    .map(|r| columns.iter().map(|c| c.value(r)).collect::<Vec<f64>>()),
            );
        }
        Ok(points)
    }
}

/// The table behind an op: its own, if rows of that answered; else that of the nearest row.
fn table(op: &OpSpec, sources: &[Neighbour]) -> Option<&'static str> {
    let own = op.table.map(|table| table.name);
    own.filter(|own| sources.iter().any(|row| row.table == *own))
        .or_else(|| sources.first().map(|row| row.table))
}

/// The time that does not shrink with the size, ms: of a formula that of no bytes at all, of a
/// table the least that was measured under the same keys.
fn fixed(pricer: &Pricer, trace: &crate::perf::Trace) -> f64 {
    if pricer.op().table.is_some() {
        return trace.floor;
    }
    let nothing = vec![0.0; pricer.op().numbers.len()];
    pricer.price(&nothing).map_or(0.0, |price| price.latency)
}

/// A row once, at its least distance.
fn merge(rows: &mut Vec<Neighbour>, row: Neighbour) {
    let same = |known: &&mut Neighbour| {
        known.table == row.table
            && known.release == row.release
            && known.coordinates == row.coordinates
            && known.keys == row.keys
    };
    match rows.iter_mut().find(same) {
        Some(known) => known.distance = known.distance.min(row.distance),
        None => rows.push(row),
    }
}
