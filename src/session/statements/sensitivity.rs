//! `sensitivity NAME[rank]`: how far the numbers of one candidate move with what they depend on.

use crate::base::rows::{self, TableBuilder};
use crate::plan::expr::col::ROW;
use crate::plan::scope::Scope;
use crate::plan::search::branch::Purpose;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch, StringArray};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{DataType, Field};

use super::estimate::one_row;
use crate::answer::Answer;
use crate::base::error::{Code, Error, Result, bug};
use crate::chart::{Bar, Drawing};
use crate::lang::ast::{
    Change, Clauses, Domain, Expr, ExprKind, Hypothesis, Name, Objective, StatementKind, Target,
};
use crate::lang::units::Unit;
use crate::model::value::number;
use crate::plan::expr::lower::known;
use crate::plan::question::NoNames;
use crate::plan::question::what_if::{lacks, shown_fact};
use crate::plan::search::rank::together;
use crate::session::analysis::ops::METRICS;
use crate::session::run::numbers;
use crate::session::state::Session;

/// By how much inputs are varied where it is not said.
const USUAL: f64 = 0.1;

/// An input and the metrics where it is less and where it is more; none where there is no price.
struct Moved {
    input: Name,
    value: String,
    less: Case,
    more: Case,
}

/// What a candidate comes to.
#[derive(Clone)]
struct Case {
    metrics: Vec<f64>,
    /// The rule it breaks, or why it has no price.
    breaks: Option<String>,
}

impl Session {
    pub(in crate::session) fn sensitivity(
        &mut self,
        target: &Target,
        inputs: &[Name],
        by: Option<&Expr>,
    ) -> Result<Answer> {
        let by = share(by)?;
        let (terms, mut clauses) = self.explained_terms(target)?;
        clauses.objective = self.objective_of(target)?;
        let metrics = self.watched_metrics(&clauses);
        let asked = self.sorted(&terms, &clauses)?;
        let (read, values, systems) = self.with_candidate(&asked, |session, candidate| {
            let values = values_of(session, candidate, inputs);
            let workers = candidate.workers();
            let systems = workers.iter().map(|w| Arc::clone(&w.target.system)).collect::<Vec<_>>();
            Ok((tables_read(session, candidate)?, values, systems))
        })?;
        // What the model text varies need not exist on every system.
        let (absent, varied): (Vec<Name>, Vec<Name>) = if inputs.is_empty() {
            let all = self.library.varied.iter().cloned().chain(read);
            all.partition(|name| systems.iter().any(|system| lacks(system, &name.text)))
        } else {
            (Vec::new(), inputs.to_vec())
        };
        let absent: Vec<String> = absent.into_iter().map(|name| name.text).collect();

        // The candidate as it is, then two cases of each input.
        let mut cases = vec![(asked, None)];
        for input in varied {
            for factor in [1.0 - by, 1.0 + by] {
                let moved = moved(&clauses, &input, factor);
                let question = self.sorted(&terms, &moved)?;
                cases.push((question, Some((input.clone(), factor))));
            }
        }
        let mut branches = Vec::new();
        let mut kept: Vec<Option<(Name, f64)>> = Vec::new();
        for (question, input) in &cases {
            let row = numbered(&one_row()?, kept.len())?;
            branches.push(self.branch_of(question, &row, Purpose::Estimate)?);
            kept.push(input.clone());
        }
        let (first, _) = &cases[0];
        let plan = together(first, &branches)?;
        let context = self.context_for(0);
        let plan = self.optimized(&context, &plan)?;
        let batches = self.collect(&context, plan)?.batches;
        let found = read_cases(&batches, &metrics)?;
        let case = |i: usize| found.get(&i).cloned().ok_or_else(|| bug("a case without a row"));
        let base = case(0)?;
        if let Some(why) = base.metrics.iter().any(|m| !m.is_finite()).then_some(&base.breaks) {
            let why = why.clone().unwrap_or_else(|| "it has no price".to_owned());
            return Err(Error::data(
                Code::NotMeasured,
                format!("this candidate cannot be varied: {why}"),
            ));
        }
        let mut all: Vec<Moved> = Vec::new();
        for (i, input) in kept.iter().enumerate() {
            let Some((input, factor)) = input else { continue };
            match all.last_mut() {
                Some(last) if last.input.text == input.text && *factor > 1.0 => {
                    last.more = case(i)?;
                }
                _ => all.push(Moved {
                    value: values.get(&input.text).cloned().unwrap_or_default(),
                    input: input.clone(),
                    less: case(i)?,
                    more: case(i)?,
                }),
            }
        }
        let mut answer = told(&base, all, &metrics, by, &absent)?;
        if !self.is_simulated(&cases[0].0)? {
            let asked = self.explained(target)?;
            answer.notes.extend(self.stands_in(&asked)?);
        }
        Ok(answer)
    }

    /// The objective of the search behind a target.
    fn objective_of(&self, target: &Target) -> Result<Option<Objective>> {
        Ok(match self.question_of(target)?.kind {
            StatementKind::Search(search) => search.clauses.objective,
            _ => None,
        })
    }

    /// The metrics that are watched: those of the objective before the two of latency.
    fn watched_metrics(&self, clauses: &Clauses) -> Vec<String> {
        let mut names = Vec::new();
        match &clauses.objective {
            Some(Objective::Maximize(e) | Objective::Minimize(e)) => e.names(&mut names),
            Some(Objective::Pareto(all)) => all.iter().for_each(|e| e.names(&mut names)),
            None => {}
        }
        names.retain(|n| self.library.all_metrics().any(|m| m.name.text == *n));
        if names.is_empty() {
            names.push(self.library.columns.best().to_owned());
        }
        for (_, metric) in METRICS {
            if !names.iter().any(|n| n == metric) {
                names.push(metric.to_owned());
            }
        }
        names
    }
}

/// The share by which inputs are varied.
fn share(by: Option<&Expr>) -> Result<f64> {
    let Some(by) = by else { return Ok(USUAL) };
    match known(by, &NoNames)?.as_number() {
        Some(share) if share > 0.0 && share < 1.0 => Ok(share),
        _ => Err(Error::question(Code::NotSupposable, "inputs are varied by a share")
            .at(by.loc.span(), "needs more than 0 % and less than 100 %")
            .help("for instance `by 10%`")),
    }
}

/// The clauses where an input is a multiple of what it is.
fn moved(clauses: &Clauses, input: &Name, factor: f64) -> Clauses {
    let mut clauses = clauses.clone();
    let factor = Expr { kind: ExprKind::Number(factor, Unit::None), loc: input.loc.clone() };
    clauses.hypotheses.push(Hypothesis {
        name: input.clone(),
        change: Change::Times(Domain::Value(factor)),
        each: false,
    });
    clauses
}

/// The tables that a candidate is priced from, as what their latencies are called.
fn tables_read(session: &Session, candidate: &Scope<'_>) -> Result<Vec<Name>> {
    let loc = &candidate.target.architecture.name.loc;
    let lines = session.lines(candidate)?;
    let tables: BTreeSet<&str> = lines.iter().filter_map(|line| line.table).collect();
    let named = |table: &str| Name { text: format!("{table}.latency"), loc: loc.clone() };
    Ok(tables.into_iter().map(named).collect())
}

/// What inputs are for a candidate, where they have one value.
fn values_of(
    session: &Session,
    candidate: &Scope<'_>,
    inputs: &[Name],
) -> BTreeMap<String, String> {
    let scopes = || candidate.all();
    let value = |name: &Name| {
        let found = scopes().find_map(|scope| scope.named(&name.text, &name.loc).ok())?;
        let value = found.value()?.as_number()?;
        Some(match name.text.starts_with("system.") {
            true => shown_fact(&name.text, value),
            false => format!("{}{}", number(value), found.unit.label()),
        })
    };
    let names = session.library.varied.iter().chain(inputs);
    names.filter_map(|name| Some((name.text.clone(), value(name)?))).collect()
}

/// One row that is numbered.
fn numbered(row: &RecordBatch, number: usize) -> Result<RecordBatch> {
    let numbers = Float64Array::from(vec![number as f64]);
    rows::batch(row.schema(), vec![Arc::new(numbers)])
}

/// The metrics of each case by its number.
fn read_cases(batches: &[RecordBatch], metrics: &[String]) -> Result<BTreeMap<usize, Case>> {
    let schema = batches.first().map(RecordBatch::schema).ok_or_else(|| bug("no rows"))?;
    let rows = concat_batches(&schema, batches).map_err(bug)?;
    let numbers = |name: &str| numbers(&rows, name)?.ok_or_else(|| bug(format!("no `{name}`")));
    let text = |name: &str, row: usize| -> Option<String> {
        let column = rows.column_by_name(name)?.as_string_opt::<i32>()?;
        (!column.is_null(row)).then(|| column.value(row).to_owned())
    };
    let places = numbers(ROW)?;
    let columns = metrics.iter().map(|m| numbers(m)).collect::<Result<Vec<_>>>()?;
    let case = |row: usize| Case {
        metrics: columns
            .iter()
            .map(|c| if c.is_null(row) { f64::NAN } else { c.value(row) })
            .collect(),
        breaks: text("reason", row).or_else(|| text("violates", row)),
    };
    Ok((0..rows.num_rows()).map(|row| (places.value(row) as usize, case(row))).collect())
}

/// The table: the input that moves the first metric most comes first.
fn told(
    base: &Case,
    all: Vec<Moved>,
    metrics: &[String],
    by: f64,
    absent: &[String],
) -> Result<Answer> {
    let change = |case: &Case, i: usize| 100.0 * (case.metrics[i] / base.metrics[i] - 1.0);
    let reach = |m: &Moved, i: usize| {
        let known = [change(&m.less, i), change(&m.more, i)].into_iter().filter(|c| c.is_finite());
        known.fold(0.0, |most: f64, c| most.max(c.abs()))
    };
    let breaks = |case: &Case| case.breaks.clone().filter(|b| base.breaks.as_ref() != Some(b));
    let moves = |m: &Moved| {
        (0..metrics.len()).any(|i| reach(m, i) > 1e-9)
            || breaks(&m.less).is_some()
            || breaks(&m.more).is_some()
    };
    let (mut rows, still): (Vec<Moved>, Vec<Moved>) = all.into_iter().partition(moves);
    rows.sort_by(|a, b| {
        let order = |i: usize| reach(b, i).total_cmp(&reach(a, i));
        (0..metrics.len()).map(order).find(|o| o.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
    });
    let texts = |of: &dyn Fn(&Moved) -> Option<String>| -> ArrayRef {
        Arc::new(rows.iter().map(of).collect::<StringArray>())
    };
    let field = |name: &str, ty: DataType, unit: &str| {
        let metadata = [("place", "1"), ("unit", unit)].into_iter().filter(|(_, t)| !t.is_empty());
        let metadata = metadata.map(|(k, t)| (k.to_owned(), t.to_owned())).collect();
        Field::new(name, ty, true).with_metadata(metadata)
    };
    let mut fields = vec![field("input", DataType::Utf8, ""), field("value", DataType::Utf8, "")];
    let mut columns = vec![
        texts(&|m| Some(m.input.text.clone())),
        texts(&|m| Some(m.value.clone()).filter(|v| !v.is_empty())),
    ];
    for (i, metric) in metrics.iter().enumerate() {
        for (end, case) in
            [("less", (|m| &m.less) as fn(&Moved) -> &Case), ("more", |m: &Moved| &m.more)]
        {
            fields.push(field(&format!("{metric}_{end}"), DataType::Float64, "%"));
            let changes = rows.iter().map(|m| Some(change(case(m), i)).filter(|c| c.is_finite()));
            columns.push(Arc::new(changes.collect::<Float64Array>()));
        }
    }
    fields.push(field("breaks", DataType::Utf8, ""));
    columns.push(texts(&|m| {
        let sides = [("less", breaks(&m.less)), ("more", breaks(&m.more))];
        let told = sides.into_iter().filter_map(|(side, b)| Some(format!("{side}: {}", b?)));
        Some(told.collect::<Vec<_>>().join("; ")).filter(|t| !t.is_empty())
    }));
    let batch = TableBuilder::of(fields, columns).build()?;
    let mut answer = Answer::rows(batch);
    answer.notes.push(format!(
        "each input {0} % less and {0} % more, the candidate as it is: {1}",
        number(100.0 * by),
        (metrics.iter().zip(&base.metrics))
            .map(|(m, v)| format!("{m} {}", number(*v)))
            .collect::<Vec<_>>()
            .join(", ")
    ));
    let without: Vec<&str> = (still.iter().map(|m| m.input.text.as_str()))
        .chain(absent.iter().map(String::as_str))
        .collect();
    if !without.is_empty() {
        answer.notes.push(format!("without effect here: {}", without.join(", ")));
    }
    let bar = |m: &Moved| Bar { depth: 0, label: m.input.text.clone(), share: reach(m, 0) };
    let bars = rows.iter().map(bar).filter(|b| b.share > 0.0).collect();
    answer.drawing = Some(Drawing::Shares(bars));
    Ok(answer)
}
