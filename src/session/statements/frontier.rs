//! `frontier METRIC`: which candidate wins at each bound of a metric.
//!
//! The winner under `METRIC < bound`, as the bound moves, is always a candidate that no other beats
//! in both the metric and the objective. So the question is asked once for that frontier, without
//! its own bounds of the metric.

use crate::base::rows::{RowView, TableBuilder};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use datafusion::arrow::compute::{SortOptions, concat_batches, sort_to_indices, take_record_batch};
use datafusion::arrow::datatypes::{DataType, Field};

use crate::answer::Answer;
use crate::base::error::{Code, Error, Result, bug};
use crate::lang::ast::{
    Better, BinaryOp, Expr, ExprKind, Name, Objective, Search, Statement, StatementKind, Target,
};
use crate::model::value::number;
use crate::plan::question::estimate::candidate;
use crate::session::analysis::readable::readable;
use crate::session::run::numbers;
use crate::session::state::Session;

impl Session {
    pub(in crate::session) fn frontier(
        &mut self,
        metric: &Name,
        target: Option<&Target>,
    ) -> Result<Answer> {
        let question = match (target, &self.searched) {
            (Some(target), _) => self.question_of(target)?,
            (None, Some(last)) => last.clone(),
            (None, None) => {
                return Err(Error::question(Code::NoWinner, "no search was asked yet")
                    .at(metric.loc.span(), "of which question?")
                    .help(format!("write `frontier {} in search ...`", metric.text)));
            }
        };
        let StatementKind::Search(search) = &question.kind else {
            return Err(Error::question(Code::NoWinner, "only a search has a winner")
                .at(metric.loc.span(), "asked of an estimate"));
        };
        let better = self.direction(metric)?;
        let (swept, bounds) = self.swept(search, metric, &question)?;
        let mut answer = self.run_search(&swept)?;
        if answer.feasible {
            let (batch, note) = self.steps(&answer, metric, better, &bounds)?;
            answer.schema = batch.schema();
            answer.batches = vec![batch];
            answer.readable = readable(&self.library, &answer, &self.question(&swept)?)?;
            answer.notes.push(note);
        }
        Ok(answer)
    }

    /// Which way of a metric is better.
    fn direction(&self, metric: &Name) -> Result<Better> {
        let known = |name: &str| self.library.all_metrics().find(|m| m.name.text == name);
        if let Some(better) = known(&metric.text).and_then(|m| m.better) {
            return Ok(better);
        }
        let names = self.library.all_metrics().filter(|m| m.better.is_some());
        let error =
            Error::question(Code::NoWinner, format!("`{}` has no bound to move", metric.text))
                .at(metric.loc.span(), "not a metric that is better higher or lower");
        let names = names.map(|m| m.name.text.as_str());
        Err(match self.library.columns.guess(&metric.text, names) {
            Some(help) => error.help(help),
            None => error.help("`show metrics` lists them"),
        })
    }

    /// The search for the compromises between a metric and the objective, without the conditions
    /// on the metric alone, and these.
    fn swept(
        &self,
        search: &Search,
        metric: &Name,
        question: &Statement,
    ) -> Result<(Search, Vec<Expr>)> {
        let named =
            |name: &str| Expr { kind: ExprKind::Name(name.to_owned()), loc: question.loc.clone() };
        let objective = match &search.clauses.objective {
            Some(Objective::Maximize(e) | Objective::Minimize(e)) => e.clone(),
            None => named(self.library.columns.best()),
            Some(Objective::Pareto(_)) => {
                return Err(Error::question(Code::NoWinner, "a frontier has no one winner")
                    .at(metric.loc.span(), "needs `maximize` or `minimize`"));
            }
        };
        let ExprKind::Name(goal) = &objective.kind else {
            return Err(Error::question(Code::NoWinner, "the objective is an expression")
                .at(objective.loc.span(), "which way of it is better is not known")
                .help("`define metric NAME higher = ...` gives it a name and a direction"));
        };
        if *goal == metric.text {
            return Err(Error::question(
                Code::NoWinner,
                format!("`{goal}` is the objective itself"),
            )
            .at(metric.loc.span(), "a bound of it changes no winner"));
        }
        if let Some(preference) = search.clauses.preferences.first() {
            return Err(Error::question(Code::NoWinner, "soft targets shift the winner as well")
                .at(preference.condition.loc.span(), "a soft target")
                .help("ask without `prefer`, or make it a condition"));
        }
        let objective = self.library.columns.ranked_by(goal).unwrap_or(objective);
        let asked = self.question(search)?;
        let (bounds, rest) = asked.filter.into_iter().partition(|e| bounds(e, &metric.text));
        let mut swept = search.clone();
        swept.clauses.filter = rest;
        let sought = Expr { kind: ExprKind::Name(metric.text.clone()), loc: metric.loc.clone() };
        swept.clauses.objective = Some(Objective::Pareto(vec![sought, objective]));
        swept.clauses.top = None;
        Ok((swept, bounds))
    }

    /// The frontier in the order in which a bound that gets tighter less and less meets its
    /// members, each with the bounds between which it wins and with what changes from the one before.
    fn steps(
        &self,
        answer: &Answer,
        metric: &Name,
        better: Better,
        bounds: &[Expr],
    ) -> Result<(RecordBatch, String)> {
        let all = concat_batches(&answer.schema, &answer.batches).map_err(bug)?;
        let column = |batch: &RecordBatch| -> Result<Float64Array> {
            numbers(batch, &metric.text)?.ok_or_else(|| bug("no metric"))
        };
        let options = SortOptions { descending: better == Better::Higher, nulls_first: false };
        let order = sort_to_indices(&column(&all)?, Some(options), None).map_err(bug)?;
        let rows = take_record_batch(&all, &order).map_err(bug)?;
        let from = column(&rows)?;
        let to: Float64Array =
            (0..rows.num_rows()).map(|r| (r + 1 < from.len()).then(|| from.value(r + 1))).collect();
        let changed: StringArray = (0..rows.num_rows()).map(|r| self.changed(&rows, r)).collect();
        let unit = answer.schema.field_with_name(&metric.text).map(|f| f.metadata().clone());
        let unit = unit.unwrap_or_default();
        let field = |name: &str, ty: DataType| Field::new(name, ty, true);
        let mut first = unit.clone();
        first.insert("place".to_owned(), "0".to_owned());
        let place = [("place".to_owned(), "0".to_owned())].into();
        let mut fields = vec![
            field("from", DataType::Float64).with_metadata(first.clone()),
            field("to", DataType::Float64).with_metadata(first),
            field("changed", DataType::Utf8).with_metadata(place),
        ];
        let mut columns: Vec<ArrayRef> =
            vec![Arc::new(from.clone()), Arc::new(to), Arc::new(changed)];
        for (f, c) in rows.schema().fields().iter().zip(rows.columns()) {
            if f.name() != "rank" {
                fields.push(f.as_ref().clone());
                columns.push(Arc::clone(c));
            }
        }
        let batch = TableBuilder::of(fields, columns).build()?;
        Ok((batch, self.bound_note(&from, better, bounds)))
    }

    /// The axes in which a row differs from the one before it.
    fn changed(&self, rows: &RecordBatch, row: usize) -> Option<String> {
        if row == 0 {
            return None;
        }
        let [before, now] = [row - 1, row].map(|row| RowView::new(rows, row));
        let cell = |row: &RowView, field: &Field| match field.data_type().is_floating() {
            true => row.number(field.name()).map(number),
            false => row.text(field.name()),
        };
        let mut changes = Vec::new();
        for field in rows.schema().fields() {
            let is_metric = self.library.is_metric(field.name());
            let Some(axis) = candidate(&self.library, field.name()).filter(|_| !is_metric) else {
                continue;
            };
            // Of another serving mode, its axes are its own.
            if let (Some(before), Some(now)) = (cell(&before, field), cell(&now, field))
                && before != now
            {
                changes.push(format!("{} {before} -> {now}", axis.path));
            }
        }
        Some(changes.join(", ")).filter(|text| !text.is_empty())
    }

    /// Where the bounds of the question itself lie.
    fn bound_note(&self, from: &Float64Array, better: Better, bounds: &[Expr]) -> String {
        let mut note = match from.len() {
            1 => "one winner, wherever the bound lies".to_owned(),
            n => format!("{n} winners, one after another as the bound moves"),
        };
        for bound in bounds {
            let ExprKind::Binary(_, left, right) = &bound.kind else { continue };
            let limit = [right, left].into_iter().find_map(|e| match e.kind {
                ExprKind::Number(n, _) => Some(n),
                _ => None,
            });
            let Some(limit) = limit else { continue };
            let text = bound.loc.text().trim();
            let within = |value: f64| match better {
                Better::Lower => value <= limit,
                Better::Higher => value >= limit,
            };
            let members = from.iter().flatten().take_while(|v| within(*v)).count();
            note += &match members {
                0 => format!("; none meets `{text}`"),
                n => format!("; `{text}` is met up to number {n}"),
            };
        }
        note
    }
}

/// Whether a condition bounds a metric and nothing else.
fn bounds(condition: &Expr, metric: &str) -> bool {
    let ExprKind::Binary(op, left, right) = &condition.kind else { return false };
    let is_metric = |e: &Expr| matches!(&e.kind, ExprKind::Name(n) if n == metric);
    let is_number = |e: &Expr| matches!(e.kind, ExprKind::Number(..));
    matches!(op, BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge)
        && (is_metric(left) && is_number(right) || is_number(left) && is_metric(right))
}
