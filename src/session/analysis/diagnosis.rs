//! Why nothing is feasible, in sentences.

use crate::plan::search::branch::{Branch, Purpose};
use std::collections::BTreeSet;

use datafusion::arrow::array::RecordBatch;
use datafusion::logical_expr::LogicalPlan;

use crate::answer::{Bounded, Infeasible, Miss, Quantity, Reason};
use crate::base::error::Result;
use crate::lang::ast::Expr;
use crate::lang::units::Unit;
use crate::model::value::number;
use crate::perf::Origin;
use crate::plan::diagnose::{Judged, Removals, nearest, priced_counts};
use crate::plan::question::Question;
use crate::plan::question::goal::Goal;
use crate::plan::relation::Bound;
use crate::session::analysis::rounding::{Side, outward, size, unit};
use crate::session::analysis::shape::shape;
use crate::session::state::Session;

impl Session {
    /// Which condition removed how many candidates, the nearest miss, the smallest relaxation, in
    /// sentences and as data.
    pub(in crate::session) fn why_none(
        &self,
        asked: &Question,
    ) -> Result<(Vec<String>, Infeasible)> {
        self.why_none_of(asked, &self.branches(asked, Purpose::Diagnose)?)
    }

    /// The same of the candidates of some branches.
    pub(in crate::session) fn why_none_of(
        &self,
        asked: &Question,
        branches: &[Branch],
    ) -> Result<(Vec<String>, Infeasible)> {
        let mut notes = exclusions(&asked.filter);
        let mut why = Infeasible::default();
        let mut common: Option<BTreeSet<String>> = None;
        for branch in branches {
            let fatal = self.why_branch(branch, &mut notes, &mut why)?;
            common = Some(match common {
                None => fatal,
                Some(before) => before.intersection(&fatal).cloned().collect(),
            });
        }
        why.because = common.unwrap_or_default().into_iter().next();
        Ok((notes, why))
    }

    /// Adds notes on a branch, and gives what each condition that removed all of its candidates
    /// says of them.
    fn why_branch(
        &self,
        branch: &Branch,
        notes: &mut Vec<String>,
        why: &mut Infeasible,
    ) -> Result<BTreeSet<String>> {
        let mut fatal = BTreeSet::new();
        let mode = &branch.mode;
        let data: Vec<String> = branch.data.iter().map(ToString::to_string).collect();
        notes.push(format!("{mode}: nothing meets all conditions ({})", data.join(", ")));
        let mut early = Vec::new();
        for (names, plan) in &branch.early {
            early.extend(self.removals(plan, names.len())?.map(|found| (names, found)));
        }
        // Where one rule alone leaves no worker, what that makes of deployments is beside the point.
        let alone = |found: &Removals| found.each.iter().any(|r| r.removed == Some(found.all));
        early.sort_by_key(|(_, found)| !alone(found));
        for (names, found) in early {
            let names = names.iter().map(String::as_str);
            fatal.extend(removed(notes, &mut why.reasons, mode, names, &found));
        }
        for (pool, plan) in &branch.unpriced {
            if let Some(found) = self.removals(plan, 0)? {
                lacking(notes, &format!("{pool} workers"), &found);
            }
        }
        let counts = priced_counts(&branch.plan, &branch.predicates, None)?;
        let Some(found) = self.removals(&counts, branch.predicates.len())? else {
            return Ok(fatal);
        };
        notes.push(format!("  {} candidates were priced", number(found.all)));
        lacking(notes, "", &found);
        let names = branch.predicates.iter().map(|p| p.name.as_str());
        fatal.extend(removed(notes, &mut why.reasons, mode, names, &found));
        for (p, removal) in branch.predicates.iter().zip(&found.each) {
            if let (Some(bound), Some(best)) = (&p.bound, removal.best) {
                notes.push(format!(
                    "  relaxing `{}` alone to {} would be enough",
                    p.name,
                    admitting(best, bound)
                ));
                let own = |r: &&mut Reason| r.mode == *mode && r.condition == p.name;
                if let Some(reason) = why.reasons.iter_mut().find(own) {
                    reason.enough = Some(quantity(best, bound));
                }
            }
        }
        self.nearest_miss(branch, notes, why)?;
        Ok(fatal)
    }

    fn nearest_miss(
        &self,
        branch: &Branch,
        notes: &mut Vec<String>,
        why: &mut Infeasible,
    ) -> Result<()> {
        let Some(plan) = nearest(&branch.plan, &branch.predicates)? else { return Ok(()) };
        let Some(row) = self.one_row(&plan)? else { return Ok(()) };
        let judged = Judged { row, predicates: branch.predicates.clone() };
        let shape = shape(&self.library, &judged.view());
        let mut miss = Miss { mode: branch.mode.clone(), ..Miss::default() };
        let parts = shape.iter().filter_map(|word| word.split_once('='));
        let known =
            parts.filter_map(|(name, _)| Some((name.to_owned(), judged.view().number(name)?)));
        miss.candidate = known.collect();
        let (mut values, mut missed) = (Vec::new(), Vec::new());
        for (i, p) in judged.predicates.iter().enumerate() {
            let (Some(bound), Some(value)) = (&p.bound, judged.bounded(i)) else { continue };
            let met = if bound.below { value < bound.limit } else { value > bound.limit };
            let verdict = if met { "kept" } else { "missed" };
            let (metric, said) = (bound.metric.clone(), in_unit(value, bound));
            values.push(format!("{metric} = {said} ({verdict}: {})", p.name));
            if !met {
                missed.push(format!("`{}` at {}", p.name, admitting(value, bound)));
            }
            let (condition, value) = (p.name.clone(), quantity(value, bound));
            miss.bounds.push(Bounded { condition, metric, value, met });
        }
        let alone = |reason: &Reason| reason.mode == miss.mode && reason.enough.is_some();
        if missed.len() > 1 && !why.reasons.iter().any(alone) {
            let together = missed.join(" and ");
            notes.push(format!("  no condition alone is enough; together {together} would be"));
        }
        notes.push(format!("  nearest miss: {}; {}", shape.join(" "), values.join(", ")));
        why.nearest.push(miss);
        Ok(())
    }

    /// What so many conditions removed, by a plan that counts it.
    pub(in crate::session) fn removals(
        &self,
        plan: &LogicalPlan,
        conditions: usize,
    ) -> Result<Option<Removals>> {
        Ok(self.one_row(plan)?.map(|row| Removals::read(&row, conditions)))
    }

    /// The first row of a plan.
    pub(in crate::session) fn one_row(&self, plan: &LogicalPlan) -> Result<Option<RecordBatch>> {
        let context = self.context_for(0);
        let plan = self.optimized(&context, plan)?;
        let batches = self.collect(&context, plan)?.batches;
        Ok(batches.into_iter().find(|b| b.num_rows() > 0))
    }
}

/// `ttft < 100ms` and `ttft > 200ms` exclude each other: of each name whose bounds no value meets.
fn exclusions(conditions: &[Expr]) -> Vec<String> {
    let goal = Goal::new(None, conditions, &[]);
    let said = |name: &str| {
        let own = |c: &&Expr| Goal::new(None, std::slice::from_ref(*c), &[]).bounds(name);
        let texts = conditions.iter().filter(own).map(|c| format!("`{}`", c.loc.text().trim()));
        format!("{} exclude each other", texts.collect::<Vec<_>>().join(" and "))
    };
    goal.contradicted().map(said).collect()
}

/// How many candidates have no price, and one reason.
fn lacking(notes: &mut Vec<String>, what: &str, found: &Removals) {
    let Some((unpriced, reason)) = &found.unpriced else { return };
    let (some, all) = (number(*unpriced), number(found.all));
    let what = if what.is_empty() { String::new() } else { format!(" {what}") };
    notes.push(format!("  {some} of {all}{what} lack a measurement, such as {reason}"));
}

/// How many candidates each condition removed, and what it says of the nearest of them; gives what
/// those say that removed all.
fn removed<'n>(
    notes: &mut Vec<String>,
    reasons: &mut Vec<Reason>,
    mode: &str,
    names: impl Iterator<Item = &'n str>,
    found: &Removals,
) -> Vec<String> {
    let mut fatal = Vec::new();
    for (name, removal) in names.zip(&found.each) {
        let Some(removed) = removal.removed else { continue };
        let detail = match &removal.message {
            Some(message) if removed < found.all => format!("; the nearest: {message}"),
            Some(message) => {
                fatal.push(message.clone());
                format!(": {message}")
            }
            None => String::new(),
        };
        reasons.push(Reason {
            mode: mode.to_owned(),
            condition: name.to_owned(),
            removed,
            of: found.all,
            message: removal.message.clone(),
            enough: None,
        });
        let (removed, all) = (number(removed), number(found.all));
        notes.push(format!("  `{name}` removed {removed} of {all}{detail}"));
    }
    fatal
}

/// A value of what is bounded, with the unit of the bound.
fn quantity(value: f64, bound: &Bound) -> Quantity {
    Quantity { value: bound.unit.shown(value), unit: bound.unit.label().to_owned() }
}

/// A bound that admits a value, at most four significant digits of it where there are so many.
fn admitting(value: f64, bound: &Bound) -> String {
    if bound.metric.ends_with("origin") {
        return in_unit(value, bound);
    }
    let side = if bound.below { Side::Above } else { Side::Below };
    let scale = size(bound.unit);
    format!("{}{}", outward(value / scale, side), unit(bound.unit))
}

pub(in crate::session) fn in_unit(value: f64, bound: &Bound) -> String {
    if bound.metric.ends_with("origin")
        && let Some(origin) = Origin::from_index(value as u8)
    {
        return origin.name().to_owned();
    }
    match bound.unit {
        Unit::None => number(value),
        Unit::Gib | Unit::Bytes => format!("{} GiB", number(value / 1_073_741_824.0)),
        unit => format!("{} {}", number(value), unit.label()),
    }
}
