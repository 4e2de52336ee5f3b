//! Claims with what only an assertion knows written out: ranks, and bare words beside texts.

use super::names::AnswerRows;
use crate::base::error::{Code, Error, Result};
use crate::lang::ast::{Each, Expr, ExprKind, Item};
use crate::lang::units::Unit;
use crate::session::state::Session;

impl Session {
    /// A claim with `rank(..)` as a number and bare words beside texts as texts.
    pub(super) fn rewritten(&self, claim: &Expr) -> Result<Expr> {
        let claim = texts(claim, &|name| self.is_text(name));
        mapped(&claim, &|expr| {
            let ExprKind::Call(function, arguments) = &expr.kind else { return Ok(None) };
            if function != "rank" {
                return Ok(None);
            }
            let (answer, condition) = match arguments.as_slice() {
                [condition] => (self.answer_named("best", &expr.loc)?, condition),
                [of, condition] => {
                    let ExprKind::Name(name) = &of.kind else { return Err(wrong_rank(expr)) };
                    (self.answer_named(name, &of.loc)?, condition)
                }
                _ => return Err(wrong_rank(expr)),
            };
            let rank = self.rank(&AnswerRows::new(answer)?, condition)?;
            Ok(Some(match rank {
                Some(rank) => ExprKind::Number(rank, Unit::None),
                None => ExprKind::Null,
            }))
        })
    }
}

fn wrong_rank(expr: &Expr) -> Error {
    Error::question(Code::WrongArguments, "`rank` takes a condition on the rows of an answer")
        .at(expr.loc.span(), "cannot be called like this")
        .help("as in `rank(tp = 4)`, or `rank(a, tp = 4)` of `let a = search ...`")
}

/// Bare words compared with what `is_text` says is a text, as texts.
pub(super) fn texts(expr: &Expr, is_text: &dyn Fn(&str) -> bool) -> Expr {
    let named = |e: &Expr| matches!(&e.kind, ExprKind::Name(name) if is_text(name));
    let word = |e: &Expr| match &e.kind {
        ExprKind::Name(name) if !is_text(name) && !name.contains('.') => {
            Expr { kind: ExprKind::Text(name.clone()), loc: e.loc.clone() }
        }
        _ => e.clone(),
    };
    let whole = mapped(expr, &|e| {
        Ok(match &e.kind {
            ExprKind::Binary(op, left, right) if op.is_comparison() => {
                match (named(left), named(right)) {
                    (true, false) => {
                        Some(ExprKind::Binary(*op, left.clone(), Box::new(word(right))))
                    }
                    (false, true) => {
                        Some(ExprKind::Binary(*op, Box::new(word(left)), right.clone()))
                    }
                    _ => None,
                }
            }
            ExprKind::In(subject, items) if named(subject) => {
                let items = items.iter().map(|item| match item {
                    Item::One(one) => Item::One(word(one)),
                    range @ Item::Range { .. } => range.clone(),
                });
                Some(ExprKind::In(subject.clone(), items.collect()))
            }
            _ => None,
        })
    });
    whole.unwrap_or_else(|_: Error| expr.clone())
}

/// An expression with some of its parts replaced. What is replaced is not looked into.
fn mapped(expr: &Expr, change: &dyn Fn(&Expr) -> Result<Option<ExprKind>>) -> Result<Expr> {
    let inner = |e: &Expr| mapped(e, change);
    let boxed = |e: &Expr| mapped(e, change).map(Box::new);
    let kind = match change(expr)? {
        Some(kind) => kind,
        None => match &expr.kind {
            ExprKind::Call(name, arguments) => {
                ExprKind::Call(name.clone(), arguments.iter().map(inner).collect::<Result<_>>()?)
            }
            ExprKind::Neg(e) => ExprKind::Neg(boxed(e)?),
            ExprKind::Not(e) => ExprKind::Not(boxed(e)?),
            ExprKind::Binary(op, l, r) => ExprKind::Binary(*op, boxed(l)?, boxed(r)?),
            ExprKind::If(c, t, e) => ExprKind::If(boxed(c)?, boxed(t)?, boxed(e)?),
            ExprKind::In(subject, items) => {
                let items = items.iter().map(|item| match item {
                    Item::One(one) => inner(one).map(Item::One),
                    range @ Item::Range { .. } => Ok(range.clone()),
                });
                ExprKind::In(boxed(subject)?, items.collect::<Result<_>>()?)
            }
            ExprKind::Sum(term, each) => {
                let each: Each = each.as_ref().clone();
                ExprKind::Sum(boxed(term)?, Box::new(each))
            }
            ExprKind::Number(..)
            | ExprKind::Text(_)
            | ExprKind::Bool(_)
            | ExprKind::Null
            | ExprKind::Name(_) => expr.kind.clone(),
        },
    };
    Ok(Expr { kind, loc: expr.loc.clone() })
}
