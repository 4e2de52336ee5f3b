//! `explain ops`: where the time of one candidate goes, op by op.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Float64Type, Schema};

use super::Session;
use crate::answer::Answer;
use crate::arch::library::Library;
use crate::error::{Error, Result};
use crate::lang::ast::{
    self, AxisTerm, Clauses, Domain, EstimateInput, Expr, ExprKind, Loc, Name, Statement,
    StatementKind, Target,
};
use crate::lang::units::Unit;
use crate::plan::axes;
use crate::plan::estimate::{ROW, candidate};
use crate::plan::lower::{Lowered, bug};
use crate::plan::opjoin::Bound;
use crate::plan::question::{NoNames, Question};
use crate::plan::scope::{Given, Scope};
use crate::plan::steps;
use crate::plan::target::Target as Place;
use crate::plan::terms::{Lane, OpTerm, PassTerms, pass_terms};
use crate::plan::value::{Value, number};

/// One line: an op of a pass.
struct Line {
    lane: Option<Lane>,
    texts: Vec<String>,
    latency: f64,
    roofline: f64,
    count: f64,
}

impl Session {
    pub(super) fn explain_ops(&mut self, target: &Target) -> Result<Answer> {
        let (terms, clauses) = match target {
            Target::Row { name, mode, rank } => {
                self.row_terms(name, mode.as_deref(), rank.as_ref())?
            }
            Target::Question(question) => self.question_terms(question)?,
        };
        let asked = Question::new(&terms, &clauses, &self.settings, &NoNames)?;
        let mode = self.modes(&asked)?.into_iter().next().ok_or_else(|| bug("no mode"))?;
        let given = Given { columns: [ROW.to_owned()].into(), ..Given::default() };
        let mut lines = Vec::new();
        let scopes: Vec<(&str, &ast::Scope)> = if mode.pools.is_empty() {
            vec![("", &mode.scope)]
        } else {
            mode.pools.iter().map(|p| (p.name.text.as_str(), &p.scope)).collect()
        };
        for (pool, own) in scopes {
            let targets = self.engine.targets(&self.library, &asked, pool)?;
            let place = targets.first().ok_or_else(|| bug("no target"))?;
            let scope = Scope::new(&self.library, place, pool, own, &asked.overrides, &given);
            for pass in &own.passes {
                let terms = pass_terms(&scope, pass)?;
                for term in &terms.terms {
                    self.line(place, &terms, term, &mut lines)?;
                }
            }
        }
        table(&lines)
    }

    /// The price of a term, summed over its positions; the shape is that of the middle one.
    fn line(
        &self,
        place: &Place,
        pass: &PassTerms,
        term: &OpTerm,
        out: &mut Vec<Line>,
    ) -> Result<()> {
        let points = self.points(pass, term)?;
        let Some(shown) = points.get(points.len() / 2) else { return Ok(()) };
        let count: f64 = points.iter().map(|p| p[0]).sum();
        if count == 0.0 {
            return Ok(());
        }
        let pricer = match place.pricer(term.op, &term.text)? {
            Bound::Ready(pricer) => pricer,
            Bound::Missing(reason) => return Err(Error::data("AIQ0406", reason)),
        };
        let (mut latency, mut roofline) = (0.0, 0.0);
        for point in &points {
            let price = pricer.price(&point[1..]).map_err(|f| match f {
                crate::perf::op::Failure::Miss(miss) => Error::data("AIQ0406", miss.to_string()),
                crate::perf::op::Failure::Error(error) => error,
            })?;
            latency += point[0] * price.latency;
            roofline += point[0] * price.roofline;
        }
        let trace = pricer.trace(&shown[1..]);
        let origin = pricer.price(&shown[1..]);
        let origin = origin.map(|p| p.origin.max(term.claims).name()).unwrap_or("none");
        let shape: Vec<String> = (term.op.text.iter().map(|n| (*n).to_owned()))
            .zip(term.text.iter().cloned())
            .chain(
                term.op
                    .numbers
                    .iter()
                    .map(|n| (*n).to_owned())
                    .zip(shown[1..].iter().map(|v| number(*v))),
            )
            .map(|(n, v)| format!("{n}={v}"))
            .collect();
        let rows: Vec<String> = trace.rows.iter().map(ToString::to_string).collect();
        out.push(Line {
            lane: term.lane,
            texts: vec![
                pass.column.clone(),
                term.label.clone(),
                term.op.name.to_owned(),
                shape.join(" "),
                trace.bound.to_string(),
                origin.to_owned(),
                trace.source.clone().unwrap_or_default(),
                rows.join("; "),
                trace.transferred.join("; "),
            ],
            latency,
            roofline,
            count,
        });
        Ok(())
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
        let base = steps::extend(base, pass.coordinates.iter().map(|(n, v)| v.expr().alias(n)))?;
        let exprs = all.iter().enumerate().map(|(i, l)| l.expr().alias(format!("{i}")));
        let plan = steps::project(base, exprs.collect())?;
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

    fn question_terms(&mut self, question: &Statement) -> Result<(Vec<AxisTerm>, Clauses)> {
        match &question.kind {
            StatementKind::Estimate(e) => match &e.input {
                EstimateInput::One(terms) => Ok((terms.clone(), e.clauses.clone())),
                EstimateInput::Relation(_) => {
                    Err(Error::question("AIQ0225", "ops are explained for one candidate")
                        .at(question.loc.span(), "many rows"))
                }
            },
            StatementKind::Search(search) => {
                let answer = self.run_search(search)?;
                from_answer(
                    &self.library,
                    &answer,
                    &search.axes,
                    &search.clauses,
                    None,
                    1,
                    &question.loc,
                )
            }
            _ => Err(bug("no question")),
        }
    }

    /// The axes and clauses that give one row of a named result again.
    pub(super) fn row_terms(
        &self,
        name: &Name,
        mode: Option<&str>,
        rank: Option<&Expr>,
    ) -> Result<(Vec<AxisTerm>, Clauses)> {
        let named = self.result(name)?;
        let rank = rank_of(rank)?;
        let none = Vec::new();
        let (axes, clauses) = match &named.question.kind {
            StatementKind::Search(s) => (&s.axes, s.clauses.clone()),
            StatementKind::Estimate(e) => match &e.input {
                EstimateInput::One(terms) => (terms, e.clauses.clone()),
                EstimateInput::Relation(_) => (&none, e.clauses.clone()),
            },
            _ => return Err(bug("no question")),
        };
        from_answer(&self.library, &named.answer, axes, &clauses, mode, rank, &name.loc)
    }
}

/// The rank that is written, 1 if none is.
pub(super) fn rank_of(rank: Option<&Expr>) -> Result<usize> {
    let Some(e) = rank else { return Ok(1) };
    match crate::plan::lower::known(e, &NoNames)?.as_number() {
        Some(n) if n >= 1.0 => Ok(n as usize),
        _ => Err(Error::question("AIQ0226", "a rank is a whole number from 1")
            .at(e.loc.span(), "not a rank")),
    }
}

/// A cell as text.
fn cell(batch: &RecordBatch, name: &str, row: usize) -> Option<String> {
    let column = cast(batch.column_by_name(name)?, &DataType::Utf8).ok()?;
    let column = column.as_string::<i32>().clone();
    (!column.is_null(row)).then(|| column.value(row).to_owned())
}

/// The row of that rank, among those of a mode if one is named.
pub(super) fn row_of<'a>(
    answer: &'a Answer,
    mode: Option<&str>,
    rank: usize,
    loc: &Loc,
) -> Result<(&'a RecordBatch, usize)> {
    let batch = answer.batches.first().ok_or_else(|| bug("no rows"))?;
    let mut rows = (0..batch.num_rows())
        .filter(|r| mode.is_none() || cell(batch, "mode", *r).as_deref() == mode);
    let row = rows.nth(rank - 1).ok_or_else(|| {
        Error::question("AIQ0226", format!("the result has no row of rank {rank}"))
            .at(loc.span(), format!("it has {} rows", batch.num_rows()))
    })?;
    Ok((batch, row))
}

/// The axes of one row of an answer, then those of its question.
fn from_answer(
    library: &Library,
    answer: &Answer,
    own: &[AxisTerm],
    clauses: &Clauses,
    mode: Option<&str>,
    rank: usize,
    loc: &Loc,
) -> Result<(Vec<AxisTerm>, Clauses)> {
    let (batch, row) = row_of(answer, mode, rank, loc)?;
    let text = |name: &str, row: usize| cell(batch, name, row);
    let mut terms = Vec::new();
    let mut add = |name: String, kind: ExprKind| {
        let value = Expr { kind, loc: loc.clone() };
        let name = Name { text: name, loc: loc.clone() };
        terms.push(AxisTerm { name, domain: Domain::Value(value) });
    };
    for field in batch.schema().fields() {
        let Some(candidate) = candidate(library, field.name()) else { continue };
        // Two pools on different data have no value in common.
        let Some(value) = text(field.name(), row).filter(|v| !v.contains(" + ")) else { continue };
        if candidate.is_choice {
            add(candidate.path, ExprKind::Text(value));
        } else if let Ok(n) = value.parse() {
            add(candidate.path, ExprKind::Number(n, Unit::None));
        }
    }
    terms.extend(own.iter().cloned());
    // The row fixes models, systems and modes; the rest of the clauses is about the requests.
    let clauses = Clauses { serving: clauses.serving.clone(), ..Clauses::default() };
    Ok((terms, clauses))
}

fn table(lines: &[Line]) -> Result<Answer> {
    let totals = totals(lines);
    let total = |pass: &str| totals.get(pass).copied().unwrap_or(0.0);
    let unit = |name: &str, unit: &str| {
        let field = Field::new(name, DataType::Float64, true);
        if unit.is_empty() {
            field
        } else {
            field.with_metadata([("unit".to_owned(), unit.to_owned())].into())
        }
    };
    let text = |i: usize| -> ArrayRef {
        Arc::new(
            lines
                .iter()
                .map(|l| Some(l.texts[i].clone()).filter(|t| !t.is_empty()))
                .collect::<StringArray>(),
        )
    };
    let real = |f: &dyn Fn(&Line) -> f64| -> ArrayRef {
        Arc::new(lines.iter().map(|l| Some(f(l))).collect::<Float64Array>())
    };
    let names = ["pass", "op", "table", "shape"];
    let mut fields: Vec<Field> =
        names.iter().map(|n| Field::new(*n, DataType::Utf8, true)).collect();
    fields.extend([
        unit("count", ""),
        unit("latency", "ms"),
        unit("share", "%"),
        unit("of_roofline", "%"),
    ]);
    fields
        .extend(["bound", "origin", "source", "rows"].map(|n| Field::new(n, DataType::Utf8, true)));
    let mut columns: Vec<ArrayRef> = (0..4).map(text).collect();
    columns.push(real(&|l| l.count));
    columns.push(real(&|l| l.latency));
    columns.push(real(&|l| 100.0 * l.latency / total(&l.texts[0])));
    columns.push(real(&|l| 100.0 * l.roofline / l.latency));
    columns.extend((4..8).map(text));
    if lines.iter().any(|l| !l.texts[8].is_empty()) {
        fields.push(Field::new("transferred_from", DataType::Utf8, true));
        columns.push(text(8));
    }
    if lines.iter().any(|l| l.lane.is_some()) {
        let name = |l: &Line| l.lane.map(|lane| format!("{}.{}", lane.block + 1, lane.lane + 1));
        fields.insert(2, Field::new("lane", DataType::Utf8, true));
        columns.insert(2, Arc::new(lines.iter().map(name).collect::<StringArray>()));
    }
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns);
    Ok(Answer::rows(batch.map_err(bug)?))
}

/// The time of each pass: of lanes that run side by side, the longest counts.
fn totals(lines: &[Line]) -> BTreeMap<&str, f64> {
    let mut totals: BTreeMap<&str, f64> = BTreeMap::new();
    let mut blocks: BTreeMap<(&str, usize), BTreeMap<usize, f64>> = BTreeMap::new();
    for line in lines {
        let pass = line.texts[0].as_str();
        let sum = match line.lane {
            None => totals.entry(pass).or_default(),
            Some(lane) => {
                blocks.entry((pass, lane.block)).or_default().entry(lane.lane).or_default()
            }
        };
        *sum += line.latency;
    }
    for ((pass, _), lanes) in blocks {
        *totals.entry(pass).or_default() += lanes.into_values().fold(0.0, f64::max);
    }
    totals
}
