//! Expressions and domains as the language writes them, with as few brackets as it allows.

use std::fmt::{Display, Formatter, Result};

use super::joined;
use crate::lang::ast::expr::{
    AxisTerm, BinaryOp, Domain, Each, Expr, ExprKind, Item, ListExpr, Stride,
};
use crate::lang::quote::quoted;
use crate::lang::units::Unit;

/// How close an expression holds together; a closer one needs no brackets within a looser one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Or,
    And,
    /// `not a`
    Not,
    Comparison,
    Sum,
    Product,
    /// `-a`, `a in [..]`
    Unary,
    /// A number, a name, a call.
    Primary,
}

impl Binding {
    fn of(expr: &Expr) -> Self {
        match &expr.kind {
            ExprKind::Binary(op, ..) => Self::of_operator(*op),
            ExprKind::Not(inner) if !matches!(inner.kind, ExprKind::In(..)) => Self::Not,
            ExprKind::Neg(_) | ExprKind::Not(_) | ExprKind::In(..) => Self::Unary,
            ExprKind::Number(value, _) if value.is_sign_negative() => Self::Unary,
            // What follows `else` reaches as far as it can.
            ExprKind::If(..) => Self::Or,
            _ => Self::Primary,
        }
    }

    fn of_operator(op: BinaryOp) -> Self {
        match op {
            BinaryOp::Or => Self::Or,
            BinaryOp::And => Self::And,
            BinaryOp::Add | BinaryOp::Sub => Self::Sum,
            BinaryOp::Mul | BinaryOp::Div => Self::Product,
            _ => Self::Comparison,
        }
    }

    /// The next closer one: operators lean to the left.
    fn closer(self) -> Self {
        match self {
            Self::Or => Self::And,
            Self::And => Self::Not,
            Self::Not => Self::Comparison,
            Self::Comparison => Self::Sum,
            Self::Sum => Self::Product,
            Self::Product => Self::Unary,
            Self::Unary | Self::Primary => Self::Primary,
        }
    }
}

/// An expression, in brackets unless it holds together at least so close.
pub(super) struct Operand<'e>(&'e Expr, Binding);

impl<'e> Operand<'e> {
    /// A condition of several that are joined with `and`.
    pub(super) fn of_and(expr: &'e Expr) -> Self {
        Self(expr, Binding::And)
    }

    /// What stands behind `*` without brackets.
    pub(super) fn of_product(expr: &'e Expr) -> Self {
        Self(expr, Binding::Unary)
    }
}

impl Display for Operand<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self(expr, least) = self;
        // A conditional is in brackets wherever something may follow it.
        let open = matches!(expr.kind, ExprKind::If(..));
        if Binding::of(expr) < *least || open { write!(f, "({expr})") } else { write!(f, "{expr}") }
    }
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let primary = |expr| Operand(expr, Binding::Primary);
        match &self.kind {
            ExprKind::Number(value, unit) => number(f, *value, *unit),
            ExprKind::Text(text) => f.write_str(&quoted(text)),
            ExprKind::Bool(value) => write!(f, "{value}"),
            ExprKind::Null => f.write_str("null"),
            ExprKind::Name(name) => f.write_str(name),
            ExprKind::Call(name, arguments) => {
                write!(f, "{name}(")?;
                joined(f, arguments, ", ")?;
                f.write_str(")")
            }
            ExprKind::Neg(inner) => write!(f, "-{}", primary(inner)),
            ExprKind::Not(inner) => match &inner.kind {
                ExprKind::In(subject, items) => {
                    write!(f, "{} not in [", primary(subject))?;
                    joined(f, items, ", ")?;
                    f.write_str("]")
                }
                _ => write!(f, "not {}", Operand(inner, Binding::Not)),
            },
            ExprKind::Binary(op, left, right) => {
                let own = Binding::of_operator(*op);
                let left = Operand(left, own);
                let right = Operand(right, own.closer()).to_string();
                // Two minus signs in a row are not read, even with a blank between.
                if *op == BinaryOp::Sub && right.starts_with('-') {
                    return write!(f, "{left} - ({right})");
                }
                write!(f, "{left} {} {right}", op.symbol())
            }
            ExprKind::If(condition, then, otherwise) => {
                write!(f, "if {condition} then {then} else {otherwise}")
            }
            ExprKind::In(subject, items) => {
                write!(f, "{} in [", primary(subject))?;
                joined(f, items, ", ")?;
                f.write_str("]")
            }
            ExprKind::Sum(term, each) => write!(f, "sum({term} {each})"),
        }
    }
}

/// A number with its unit, in which it is read again.
fn number(f: &mut Formatter<'_>, value: f64, unit: Unit) -> Result {
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let shown = unit.shown(value.abs());
    match unit.label().strip_prefix('$') {
        Some(per) => write!(f, "{sign}${shown}{per}"),
        None => write!(f, "{sign}{shown}{}", unit.label()),
    }
}

impl Display for Each {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "for {} in ", self.name.text)?;
        match &self.list {
            ListExpr::Items(items) => {
                f.write_str("[")?;
                joined(f, items, ", ")?;
                f.write_str("]")
            }
            ListExpr::Expr(list) => write!(f, "{list}"),
        }
    }
}

impl Display for Item {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::One(one) => write!(f, "{one}"),
            Self::Range { low, high, stride } => {
                write!(f, "{low}..{high}")?;
                match stride {
                    Stride::One => Ok(()),
                    Stride::Step(by) => write!(f, " step {by}"),
                    Stride::Factor(by) => write!(f, " by *{by}"),
                }
            }
        }
    }
}

/// With the sign or word before it: `= 4`, `in 1..8`, `in [1, 2]`.
impl Display for Domain {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Value(value) => write!(f, "= {value}"),
            Self::Items(items) => {
                if let [range @ Item::Range { .. }] = items.as_slice() {
                    return write!(f, "in {range}");
                }
                f.write_str("in [")?;
                joined(f, items, ", ")?;
                f.write_str("]")
            }
        }
    }
}

impl Display for AxisTerm {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{} {}", self.name.text, self.domain)
    }
}
