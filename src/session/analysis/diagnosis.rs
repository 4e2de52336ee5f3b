//! Why nothing is feasible, in sentences.

use crate::plan::search::branch::{Branch, Purpose};
use std::collections::BTreeSet;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::logical_expr::LogicalPlan;

use crate::arch::value::number;
use crate::error::Result;
use crate::lang::units::Unit;
use crate::plan::diagnose::{nearest, priced_counts};
use crate::plan::question::Question;
use crate::plan::relation::{Bound, Predicate};
use crate::session::state::Session;

impl Session {
    /// Which condition removed how many candidates, the nearest miss, the smallest relaxation; and
    /// what removed all candidates of all modes, if that is one thing.
    pub(in crate::session) fn why_none(
        &self,
        asked: &Question,
    ) -> Result<(Vec<String>, Option<String>)> {
        let mut notes = Vec::new();
        let mut common: Option<BTreeSet<String>> = None;
        for branch in self.branches(asked, Purpose::Diagnose)? {
            let fatal = self.why_branch(&branch, &mut notes)?;
            common = Some(match common {
                None => fatal,
                Some(before) => before.intersection(&fatal).cloned().collect(),
            });
        }
        Ok((notes, common.unwrap_or_default().into_iter().next()))
    }

    /// Adds notes on a branch, and gives what each condition that removed all of its candidates
    /// says of them.
    fn why_branch(&self, branch: &Branch, notes: &mut Vec<String>) -> Result<BTreeSet<String>> {
        let mut fatal = BTreeSet::new();
        let mode = &branch.mode;
        let data: Vec<String> = branch.data.iter().map(ToString::to_string).collect();
        notes.push(format!("{mode}: nothing meets all conditions ({})", data.join(", ")));
        for (names, plan) in &branch.early {
            if let Some(row) = self.one_row(plan)? {
                fatal.extend(removals(notes, names.iter().map(String::as_str), &row));
            }
        }
        for (pool, plan) in &branch.unpriced {
            if let Some(row) = self.one_row(plan)? {
                lacking(notes, &format!("{pool} workers"), &row);
            }
        }
        let counts = priced_counts(&branch.plan, &branch.predicates, None)?;
        let Some(row) = self.one_row(&counts)? else { return Ok(fatal) };
        let all = number(cell(&row, "all").unwrap_or(0.0));
        notes.push(format!("  {all} candidates were priced"));
        lacking(notes, "", &row);
        let names = branch.predicates.iter().map(|p| p.name.as_str());
        fatal.extend(removals(notes, names, &row));
        for (i, p) in branch.predicates.iter().enumerate() {
            if let (Some(bound), Some(best)) = (&p.bound, cell(&row, &format!("best{i}"))) {
                notes.push(format!(
                    "  relaxing `{}` alone to {} would be enough",
                    p.name,
                    in_unit(best, bound)
                ));
            }
        }
        self.nearest_miss(branch, notes)?;
        Ok(fatal)
    }

    fn nearest_miss(&self, branch: &Branch, notes: &mut Vec<String>) -> Result<()> {
        let Some(plan) = nearest(&branch.plan, &branch.predicates)? else { return Ok(()) };
        let Some(row) = self.one_row(&plan)? else { return Ok(()) };
        let shown = [
            "tp",
            "pp",
            "dp",
            "moe_tp",
            "moe_ep",
            "batch",
            "prefill_workers",
            "prefill_tp",
            "prefill_batch",
            "decode_workers",
            "decode_tp",
            "decode_batch",
        ];
        let shape: Vec<String> = shown
            .iter()
            .filter_map(|n| cell(&row, n).map(|v| format!("{n}={}", number(v))))
            .collect();
        let values: Vec<String> = branch
            .predicates
            .iter()
            .enumerate()
            .filter_map(|(i, p)| Some((p, p.bound.as_ref()?, cell(&row, &format!("bound{i}"))?)))
            .map(|(p, bound, value)| sentence(p, bound, value))
            .collect();
        notes.push(format!("  nearest miss: {}; {}", shape.join(" "), values.join(", ")));
        Ok(())
    }

    pub(in crate::session) fn one_row(&self, plan: &LogicalPlan) -> Result<Option<RecordBatch>> {
        let context = self.context_for(0);
        let plan = self.optimized(&context, plan)?;
        let batches = self.collect(&context, plan)?.batches;
        Ok(batches.into_iter().find(|b| b.num_rows() > 0))
    }
}

/// How many candidates have no price, and one reason.
fn lacking(notes: &mut Vec<String>, what: &str, row: &RecordBatch) {
    let Some(unpriced) = cell(row, "unpriced").filter(|n| *n > 0.0) else { return };
    let reason = text(row, "reason").unwrap_or_default();
    let (some, all) = (number(unpriced), number(cell(row, "all").unwrap_or(0.0)));
    let what = if what.is_empty() { String::new() } else { format!(" {what}") };
    notes.push(format!("  {some} of {all}{what} lack a measurement, such as {reason}"));
}

/// How many candidates each condition removed, and what it says of the nearest of them; gives what
/// those say that removed all.
fn removals<'n>(
    notes: &mut Vec<String>,
    names: impl Iterator<Item = &'n str>,
    row: &RecordBatch,
) -> Vec<String> {
    let all = cell(row, "all").unwrap_or(0.0);
    let mut fatal = Vec::new();
    for (i, name) in names.enumerate() {
        let Some(removed) = cell(row, &format!("removed{i}")).filter(|r| *r > 0.0) else {
            continue;
        };
        let said = match text(row, &format!("message{i}")) {
            Some(message) if removed < all => format!("; the nearest: {message}"),
            Some(message) => {
                let said = format!(": {message}");
                fatal.push(message);
                said
            }
            None => String::new(),
        };
        notes.push(format!("  `{name}` removed {} of {}{said}", number(removed), number(all)));
    }
    fatal
}

fn sentence(predicate: &Predicate, bound: &Bound, value: f64) -> String {
    let kept = if bound.below { value < bound.limit } else { value > bound.limit };
    let verdict = if kept { "kept" } else { "missed" };
    format!("{} = {} ({verdict}: {})", bound.metric, in_unit(value, bound), predicate.name)
}

pub(in crate::session) fn in_unit(value: f64, bound: &Bound) -> String {
    match bound.unit {
        Unit::None => number(value),
        Unit::Gib | Unit::Bytes => format!("{} GiB", number(value / 1_073_741_824.0)),
        unit => format!("{} {}", number(value), unit.label()),
    }
}

/// A text of the first row.
pub(in crate::session) fn text(batch: &RecordBatch, name: &str) -> Option<String> {
    let column = cast(batch.column_by_name(name)?, &DataType::Utf8).ok()?;
    let column = column.as_string_opt::<i32>()?;
    (!column.is_null(0)).then(|| column.value(0).to_owned())
}

/// A numeric cell of the first row.
pub(in crate::session) fn cell(batch: &RecordBatch, name: &str) -> Option<f64> {
    let column = cast(batch.column_by_name(name)?, &DataType::Float64).ok()?;
    let column = column.as_primitive_opt::<Float64Type>()?.clone();
    (!column.is_null(0)).then(|| column.value(0))
}
