//! Reasons as rows.

use crate::plan::search::branch::Branch;
use datafusion::logical_expr::Expr as Df;

use crate::answer::Answer;
use crate::base::error::Result;
use crate::base::rows::TableBuilder;
use crate::lang::ast::BinaryOp;
use crate::lang::units::Unit;
use crate::model::value::number;
use crate::plan::diagnose::{Judged, Removals, priced_counts};
use crate::plan::relation::{Predicate, Sides};
use crate::session::analysis::rounding::{Side, outward, short, size, unit};
use crate::session::state::Session;

/// One row of the answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Reason {
    /// `rule`, `where` or `rank`.
    pub(super) kind: &'static str,
    /// The rule, the condition as typed, or a metric.
    pub(super) subject: String,
    /// What it is.
    pub(super) value: Option<f64>,
    /// What it would have to be, or what it is of the winner.
    pub(super) limit: Option<f64>,
    /// By how much it is beyond that.
    pub(super) excess: Option<f64>,
    /// The same in words.
    pub(super) message: String,
}

impl Reason {
    /// A feasible candidate and how many of a frontier beat it in everything.
    pub(super) fn frontier(ahead: usize, winner: &str) -> Self {
        let message = match ahead {
            0 => "no candidate is better in every objective".to_owned(),
            1 => format!("one candidate is better in every objective: {winner}"),
            n => format!("{n} candidates are better in every objective, such as {winner}"),
        };
        let ahead = ahead as f64;
        Self {
            kind: "rank",
            subject: "frontier".to_owned(),
            value: Some(ahead),
            limit: Some(0.0),
            excess: Some(ahead),
            message,
        }
    }

    /// A feasible candidate and its place.
    pub(super) fn rank(rank: usize, of: usize, winner: &str) -> Self {
        let (value, limit) = (rank as f64, 1.0);
        Self {
            kind: "rank",
            subject: "rank".to_owned(),
            value: Some(value),
            limit: Some(limit),
            excess: Some(value - limit),
            message: format!(
                "ranks {rank} of {} feasible candidates; the winner is {winner}",
                of.max(rank)
            ),
        }
    }
}

/// The conditions that a candidate does not meet.
pub(super) fn broken(judged: &Judged) -> Result<Vec<Reason>> {
    let mut reasons = Vec::new();
    let missing = judged.unpriced();
    if let Some(reason) = &missing {
        reasons.push(Reason {
            kind: "rule",
            subject: "measured".to_owned(),
            message: reason.clone(),
            ..Reason::default()
        });
    }
    for (i, p) in judged.predicates.iter().enumerate() {
        let holds = judged.holds(i);
        // What needs a price that is not there is unknown, not broken.
        if holds == Some(true) || (holds.is_none() && missing.is_some()) {
            continue;
        }
        reasons.push(one(judged, i, p));
    }
    Ok(reasons)
}

fn one(judged: &Judged, i: usize, p: &Predicate) -> Reason {
    let scale = p.sides.as_ref().map_or(1.0, |s| size(unit_of(s)));
    let (value, limit) = judged.sides(i);
    let (value, limit) = (value.map(|v| v / scale), limit.map(|v| v / scale));
    let excess = match (value, limit, p.sides.as_ref().map(|s| s.op)) {
        (Some(v), Some(l), Some(BinaryOp::Lt | BinaryOp::Le)) => Some(v - l),
        (Some(v), Some(l), Some(BinaryOp::Gt | BinaryOp::Ge)) => Some(l - v),
        (Some(v), Some(l), _) => Some((v - l).abs()),
        _ => None,
    };
    let message = judged.message(i).unwrap_or_else(|| match (value, limit, &p.sides) {
        (Some(v), Some(l), Some(s)) => {
            let unit = unit(unit_of(s));
            let over = match s.op {
                BinaryOp::Lt | BinaryOp::Le => format!(", {}{unit} too much", short((v - l).abs())),
                BinaryOp::Gt | BinaryOp::Ge => {
                    format!(", {}{unit} too little", short((v - l).abs()))
                }
                _ => String::new(),
            };
            let admits = match s.op {
                BinaryOp::Lt | BinaryOp::Le => Some(outward(v, Side::Above)),
                BinaryOp::Gt | BinaryOp::Ge => Some(outward(v, Side::Below)),
                _ => None,
            };
            let admits = admits.map(|bound| format!("; a bound of {bound}{unit} would admit it"));
            let subject = s.subject.trim();
            format!("`{subject}` is {}{unit}{over}{}", short(v), admits.unwrap_or_default())
        }
        _ => format!("`{}` does not hold", p.name),
    });
    let kind = if p.is_rule { "rule" } else { "where" };
    Reason { kind, subject: p.name.clone(), value, limit, excess, message }
}

/// The unit of a comparison: a plain number takes that of what it is compared with.
fn unit_of(sides: &Sides) -> Unit {
    if sides.left.unit == Unit::None { sides.right.unit } else { sides.left.unit }
}

impl Session {
    /// What each condition of a branch removes, and how far it would have to give for a candidate
    /// that meets all others and, where asked for, would be ahead.
    pub(super) fn conditions(
        &self,
        branch: &Branch,
        ahead: Option<(Df, &str)>,
    ) -> Result<Vec<Reason>> {
        let mut reasons = Vec::new();
        let effect = ahead.as_ref().map_or("there would be an answer", |(_, effect)| *effect);
        let wins = ahead.is_some();
        let ahead = ahead.map(|(expr, _)| expr);
        for (names, plan) in &branch.early {
            let Some(found) = self.removals(plan, names.len())? else { continue };
            for (i, name) in names.iter().enumerate() {
                let Some(message) = removed(&found, i, &branch.mode) else { continue };
                let subject = name.clone();
                reasons.push(Reason { kind: "rule", subject, message, ..Reason::default() });
            }
        }
        let counts = priced_counts(&branch.plan, &branch.predicates, ahead)?;
        let Some(found) = self.removals(&counts, branch.predicates.len())? else {
            return Ok(reasons);
        };
        for (i, p) in branch.predicates.iter().enumerate() {
            let counted = removed(&found, i, &branch.mode);
            let best = p.bound.as_ref().and_then(|b| Some((b, found.each.get(i)?.best?)));
            if counted.is_none() && best.is_none() {
                continue;
            }
            let mut message =
                counted.unwrap_or_else(|| format!("{}: removed none alone", branch.mode));
            let (mut value, mut limit, mut excess) = (None, None, None);
            if let Some((bound, best)) = best {
                let scale = size(bound.unit);
                let (v, l) = (best / scale, bound.limit / scale);
                (value, limit) = (Some(v), Some(l));
                excess = Some(if bound.below { v - l } else { l - v });
                let side = if bound.below { Side::Above } else { Side::Below };
                let to = outward(v, side);
                message += &format!("; relaxed alone to {to}{}, {effect}", unit(bound.unit));
            } else if wins {
                limit = p.bound.as_ref().map(|b| b.limit / size(b.unit));
                message += "; relaxed alone, the answer stays";
            }
            let kind = if p.is_rule { "rule" } else { "where" };
            let subject = p.name.clone();
            reasons.push(Reason { kind, subject, value, limit, excess, message });
        }
        Ok(reasons)
    }
}

/// How many candidates a condition removed, and what it says of the nearest of them.
fn removed(found: &Removals, i: usize, mode: &str) -> Option<String> {
    let removal = found.each.get(i)?;
    let (removed, all) = (number(removal.removed?), number(found.all));
    let nearest = removal.message.as_ref().map(|m| format!("; the nearest: {m}"));
    Some(format!("{mode}: removed {removed} of {all}{}", nearest.unwrap_or_default()))
}

/// Reasons as an answer.
pub(super) fn answer(reasons: &[Reason], notes: Vec<String>) -> Result<Answer> {
    let table = TableBuilder::default()
        .texts("kind", reasons.iter().map(|r| r.kind))
        .texts("subject", reasons.iter().map(|r| &r.subject))
        .numbers_or_null("value", reasons.iter().map(|r| r.value))
        .numbers_or_null("limit", reasons.iter().map(|r| r.limit))
        .numbers_or_null("excess", reasons.iter().map(|r| r.excess))
        .texts("message", reasons.iter().map(|r| &r.message));
    Ok(Answer { notes, ..Answer::rows(table.build()?) })
}
