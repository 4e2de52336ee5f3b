//! Syntax trees of expressions, and of the lists and ranges of values in them.

use super::place::{Loc, Name};
use crate::lang::units::Unit;

/// An expression.
#[derive(Clone)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub loc: Loc,
}

/// Kinds of expressions.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// A number in base units (ms, bytes, ...), and its unit as typed.
    Number(f64, Unit),
    /// A quoted text.
    Text(String),
    /// `true` or `false`.
    Bool(bool),
    /// `null`.
    Null,
    /// A name: `tp`, `prefill.tp`, `system.mem_bw`.
    Name(String),
    /// `f(a, b)`.
    Call(String, Vec<Expr>),
    /// `-a`.
    Neg(Box<Expr>),
    /// `not a`.
    Not(Box<Expr>),
    /// `a + b`, `a < b`, `a and b`.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `if c then a else b`.
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `a in [1, 2..4]`.
    In(Box<Expr>, Vec<Item>),
    /// `sum(a for x in list)`.
    Sum(Box<Expr>, Box<Each>),
}

impl Expr {
    /// Adds the names in it, each once.
    pub fn names(&self, to: &mut Vec<String>) {
        match &self.kind {
            ExprKind::Name(name) => {
                if !to.contains(name) {
                    to.push(name.clone());
                }
            }
            ExprKind::Call(_, all) => all.iter().for_each(|e| e.names(to)),
            ExprKind::Neg(e) | ExprKind::Not(e) | ExprKind::In(e, _) | ExprKind::Sum(e, _) => {
                e.names(to);
            }
            ExprKind::Binary(_, a, b) => [a, b].into_iter().for_each(|e| e.names(to)),
            ExprKind::If(a, b, c) => [a, b, c].into_iter().for_each(|e| e.names(to)),
            ExprKind::Number(..) | ExprKind::Text(_) | ExprKind::Bool(_) | ExprKind::Null => {}
        }
    }
}

/// Binary operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum BinaryOp {
    Or,
    And,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Add,
    Sub,
    Mul,
    Div,
}

impl BinaryOp {
    /// True for `<`, `=` and their like.
    pub fn is_comparison(self) -> bool {
        matches!(self, Self::Eq | Self::Ne | Self::Lt | Self::Le | Self::Gt | Self::Ge)
    }

    /// As typed.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::Eq => "=",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
        }
    }
}

/// One entry of a list.
#[derive(Clone, PartialEq)]
pub enum Item {
    /// A single value.
    One(Expr),
    /// `lo..hi`, both included.
    Range {
        /// First value.
        low: Expr,
        /// Last value.
        high: Expr,
        /// How to get from one to the next.
        stride: Stride,
    },
}

/// How a range advances.
#[derive(Debug, Clone, PartialEq)]
pub enum Stride {
    /// By one.
    One,
    /// `step n`.
    Step(Expr),
    /// `by *2`.
    Factor(Expr),
}

/// The values of an axis.
#[derive(Debug, Clone, PartialEq)]
pub enum Domain {
    /// `in [..]` or `in lo..hi`.
    Items(Vec<Item>),
    /// `= value`.
    Value(Expr),
}

/// An axis of a search: a name and its values.
#[derive(Debug, Clone, PartialEq)]
pub struct AxisTerm {
    /// The axis, such as `tp` or `prefill.tp`.
    pub name: Name,
    /// Its values.
    pub domain: Domain,
}

/// `for NAME in LIST`
#[derive(Debug, Clone, PartialEq)]
pub struct Each {
    /// The variable.
    pub name: Name,
    /// What it runs over.
    pub list: ListExpr,
}

/// A list: written out, or a text that holds one, such as a list of a `config.json`.
#[derive(Debug, Clone, PartialEq)]
pub enum ListExpr {
    /// `[a, b, c]`
    Items(Vec<Item>),
    /// An expression.
    Expr(Box<Expr>),
}
