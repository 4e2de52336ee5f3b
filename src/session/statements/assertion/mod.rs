//! `assert`: a claim about the last answer or a named one, checked by the same plans that answer
//! questions.

mod names;
mod reported;
mod rewrite;

use crate::plan::expr::lowered::Lowered;
use crate::plan::nodes::failure::failure;
use crate::session::state::Check;
use std::time::Instant;

use datafusion::common::ScalarValue;

use self::names::{AnswerRows, RowNames};
use self::reported::Sides;
use crate::answer::Answer;
use crate::base::error::{Code, Error, Kind, Result, bug};
use crate::lang::ast::{Assertion, BinaryOp, Expr, ExprKind, Loc};
use crate::lang::units::Unit;
use crate::model::value::Value;
use crate::plan::expr::lower::lower;
use crate::plan::relation::axes;
use crate::plan::relation::chain;
use crate::session::state::Session;

impl Session {
    /// Checks a claim.
    ///
    /// # Errors
    /// `AIQ0501` when it does not hold; otherwise what is wrong with the claim itself.
    pub(in crate::session) fn assert(&mut self, claim: &Assertion, loc: &Loc) -> Result<Answer> {
        let begin = Instant::now();
        let result = self.claim(claim);
        let claimed = claim.text();
        let before = loc.source.text.get(..loc.range.start).unwrap_or_default();
        self.checks.push(Check {
            text: loc.text().trim().to_owned(),
            source: loc.source.name.clone(),
            line: 1 + before.matches('\n').count(),
            elapsed: begin.elapsed(),
            failure: result.as_ref().err().cloned(),
        });
        let said = result?;
        let said = if said.is_empty() { said } else { format!(" ({said})") };
        Ok(Answer::message(vec![format!("holds: {claimed}{said}")]))
    }

    fn claim(&self, claim: &Assertion) -> Result<String> {
        match claim {
            Assertion::Holds(claim) => self.holds(&self.rewritten(claim)?),
            Assertion::Within { value, tolerance, target } => {
                let [value, tolerance, target] =
                    [value, tolerance, target].map(|e| self.rewritten(e));
                self.within(&value?, &tolerance?, &target?)
            }
        }
    }

    /// The values of a claim that holds, in words; empty where the claim says it all.
    fn holds(&self, claim: &Expr) -> Result<String> {
        // Each part by itself, so that the message is about the one that fails.
        if let ExprKind::Binary(BinaryOp::And, left, right) = &claim.kind {
            let parts = [self.holds(left)?, self.holds(right)?];
            return Ok(parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(", "));
        }
        let names = RowNames::new(self);
        let whole = lower(claim, &names)?;
        let truth = self.value(&names, &whole)?;
        let sides = match &claim.kind {
            ExprKind::Binary(op, left, right) if op.is_comparison() => {
                let (l, r) = (self.shown(&names, left)?, self.shown(&names, right)?);
                Some(Sides { op: *op, left: l, right: r })
            }
            _ => None,
        };
        let text = claim.loc.text();
        match truth {
            Value::Bool(true) => Ok(match &sides {
                Some(sides) if sides.left.literal => String::new(),
                Some(sides) => sides.left.sentence(),
                None => String::new(),
            }),
            Value::Bool(false) => {
                let (message, label) = match &sides {
                    Some(sides) => (sides.left.sentence(), sides.difference()),
                    None => (format!("`{text}` does not hold"), "is false".to_owned()),
                };
                Err(failed(message, &claim.loc, label))
            }
            Value::Null => Err(self.no_value(&names, claim)),
            _ => Err(Error::question(Code::WrongKind, "an assertion is a condition")
                .at(claim.loc.span(), "a value")
                .help("compare it, as in `assert best.ttft < 300ms`")),
        }
    }

    fn within(&self, value: &Expr, tolerance: &Expr, target: &Expr) -> Result<String> {
        let loc = Loc {
            source: std::sync::Arc::clone(&value.loc.source),
            range: value.loc.range.start..target.loc.range.end,
        };
        if matches!(value.kind, ExprKind::Binary(op, ..) if op.is_comparison() || matches!(op, BinaryOp::And | BinaryOp::Or))
        {
            return Err(Error::question(Code::WrongKind, "`within` is about one value")
                .at(value.loc.span(), "a condition")
                .help("write an assertion for each"));
        }
        let make = |kind: ExprKind| Expr { kind, loc: loc.clone() };
        let names = RowNames::new(self);
        let off = make(ExprKind::Binary(
            BinaryOp::Sub,
            Box::new(value.clone()),
            Box::new(target.clone()),
        ));
        let is_share = matches!(tolerance.kind, ExprKind::Number(_, Unit::Percent));
        let allowed = match is_share {
            true => make(ExprKind::Binary(
                BinaryOp::Mul,
                Box::new(tolerance.clone()),
                Box::new(make(ExprKind::Call("abs".to_owned(), vec![target.clone()]))),
            )),
            false => tolerance.clone(),
        };
        let off = make(ExprKind::Call("abs".to_owned(), vec![off]));
        // A target such as `250` where the value is a time.
        lower(&binary(BinaryOp::Le, value, target, &loc), &names)?;
        let whole = lower(&binary(BinaryOp::Le, &off, &allowed, &loc), &names)?;
        let (l, r) = (self.shown(&names, value)?, self.shown(&names, target)?);
        match self.value(&names, &whole)? {
            Value::Bool(true) => Ok(l.sentence()),
            Value::Bool(false) => {
                let label = format!("off by {}, allowed is {}", l.off(&r), tolerance.loc.text());
                Err(failed(l.sentence(), &loc, label))
            }
            _ => Err(self.no_value(&names, &make(off.kind.clone()))),
        }
    }

    /// Evaluates an expression over the rows that its names came from.
    fn value(&self, names: &RowNames<'_>, lowered: &Lowered) -> Result<Value> {
        if let Some(known) = lowered.value() {
            return Ok(known.clone());
        }
        let row = axes::table("row", names.table()?)?;
        let plan = chain::project(row, vec![lowered.expr().alias("value")])?;
        let batches = self.collect(&self.context_for(0), plan)?.batches;
        let column = batches.first().map(|b| b.column(0)).ok_or_else(|| bug("no value"))?;
        Ok(match ScalarValue::try_from_array(column, 0).map_err(failure)? {
            ScalarValue::Boolean(Some(b)) => Value::Bool(b),
            ScalarValue::Float64(Some(n)) => Value::Number(n),
            ScalarValue::Int64(Some(n)) => Value::Number(n as f64),
            ScalarValue::Utf8(Some(t)) | ScalarValue::Utf8View(Some(t)) => Value::text(&t),
            _ => Value::Null,
        })
    }

    /// One side of a claim with its value.
    fn shown(&self, names: &RowNames<'_>, expr: &Expr) -> Result<reported::Shown> {
        let text = expr.loc.text().to_owned();
        let literal = matches!(expr.kind, ExprKind::Number(..) | ExprKind::Text(_));
        if let Some(cell) = names.text_of(expr) {
            return Ok(reported::Shown {
                text,
                literal,
                value: Value::text(&cell),
                unit: Unit::None,
            });
        }
        let Ok(lowered) = lower(expr, names) else {
            return Ok(reported::Shown { text, literal, value: Value::Null, unit: Unit::None });
        };
        let value = self.value(names, &lowered)?;
        Ok(reported::Shown { text, literal, value, unit: lowered.unit })
    }

    fn no_value(&self, names: &RowNames<'_>, claim: &Expr) -> Error {
        let missing = names.missing();
        let message = match missing.as_slice() {
            [] => format!("`{}` has no value", claim.loc.text()),
            [one] => format!("`{one}` has no value"),
            several => format!("`{}` have no value", several.join("`, `")),
        };
        let error = failed(message, &claim.loc, "neither true nor false".to_owned());
        names.reasons().into_iter().fold(error, Error::help)
    }

    /// The rank of the first row of an answer that meets a condition.
    fn rank(&self, rows: &AnswerRows<'_>, condition: &Expr) -> Result<Option<f64>> {
        let mut best: Option<f64> = None;
        for group in rows.groups()? {
            let condition = rewrite::texts(condition, &|name| rows.is_text(name));
            let lowered = lower(&condition, &group)?;
            let plan = axes::table("rows", group.table()?)?;
            let plan = chain::filter(plan, lowered.expr())?;
            let plan = chain::project(plan, vec![crate::plan::expr::lowered::column(names::RANK)])?;
            for batch in self.collect(&self.context_for(0), plan)?.batches {
                let least = names::least(&batch);
                best = match (best, least) {
                    (Some(a), Some(b)) => Some(a.min(b)),
                    (a, b) => a.or(b),
                };
            }
        }
        Ok(best)
    }
}

fn binary(op: BinaryOp, left: &Expr, right: &Expr, loc: &Loc) -> Expr {
    let kind = ExprKind::Binary(op, Box::new(left.clone()), Box::new(right.clone()));
    Expr { kind, loc: loc.clone() }
}

/// A claim that does not hold.
fn failed(message: String, loc: &Loc, label: String) -> Error {
    Error::new(Kind::Infeasible, Code::AssertionFailed, message).at(loc.span(), label)
}
