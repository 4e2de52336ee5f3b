//! Syntax trees as text, for snapshots and logs: expressions in prefix form, names as they are.

use std::fmt::{Debug, Formatter, Result};

use super::expr::{Expr, ExprKind, Item, Stride};
use super::place::{Loc, Name};

impl Debug for Loc {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}..{}", self.range.start, self.range.end)
    }
}

impl Debug for Name {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        Debug::fmt(&self.text, f)
    }
}

impl Debug for Item {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::One(one) => Debug::fmt(one, f),
            Self::Range { low, high, stride } => {
                write!(f, "{low:?}..{high:?}")?;
                match stride {
                    Stride::One => Ok(()),
                    Stride::Step(by) => write!(f, " step {by:?}"),
                    Stride::Factor(by) => write!(f, " by *{by:?}"),
                }
            }
        }
    }
}

impl Debug for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match &self.kind {
            ExprKind::Number(n, unit) => write!(f, "{n}{}", unit.label()),
            ExprKind::Text(text) => Debug::fmt(text, f),
            ExprKind::Bool(b) => write!(f, "{b}"),
            ExprKind::Null => f.write_str("null"),
            ExprKind::Name(name) => f.write_str(name),
            ExprKind::Call(name, arguments) => {
                write!(f, "({name}")?;
                arguments.iter().try_for_each(|a| write!(f, " {a:?}"))?;
                f.write_str(")")
            }
            ExprKind::Neg(inner) => write!(f, "(- {inner:?})"),
            ExprKind::Not(inner) => write!(f, "(not {inner:?})"),
            ExprKind::Binary(op, left, right) => {
                write!(f, "({} {left:?} {right:?})", op.symbol())
            }
            ExprKind::If(condition, then, otherwise) => {
                write!(f, "(if {condition:?} {then:?} {otherwise:?})")
            }
            ExprKind::Sum(inner, each) => {
                write!(f, "(sum {inner:?} {:?} {:?})", each.name, each.list)
            }
            ExprKind::In(subject, items) => {
                write!(f, "(in {subject:?}")?;
                items.iter().try_for_each(|i| write!(f, " {i:?}"))?;
                f.write_str(")")
            }
        }
    }
}
