//! Syntax trees that nobody typed: of what the program itself asks.

use std::sync::Arc;

use super::expr::{AxisTerm, BinaryOp, Domain, Expr, ExprKind, Item, Stride};
use super::place::{Loc, Name, Source};
use crate::lang::quote::is_identifier;
use crate::lang::units::Unit;

impl Loc {
    /// The place of what stands in no text.
    pub fn nowhere() -> Self {
        Self { source: Arc::new(Source { name: String::new(), text: String::new() }), range: 0..0 }
    }
}

impl Name {
    /// A name that stands in no text.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), loc: Loc::nowhere() }
    }
}

impl Expr {
    /// An expression that stands in no text.
    pub fn new(kind: ExprKind) -> Self {
        Self { kind, loc: Loc::nowhere() }
    }

    /// A plain number.
    pub fn number(value: f64) -> Self {
        Self::quantity(value, Unit::None)
    }

    /// A number in the base unit of its kind: ms, bytes, a share.
    pub fn quantity(value: f64, unit: Unit) -> Self {
        Self::new(ExprKind::Number(value, unit))
    }

    /// A name: `tp`, `prefill.tp`.
    pub fn name(path: impl Into<String>) -> Self {
        Self::new(ExprKind::Name(path.into()))
    }

    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::new(ExprKind::Text(text.into()))
    }

    /// A text that stands without quotes where the language allows that.
    pub fn word(text: &str) -> Self {
        if is_identifier(text) { Self::name(text) } else { Self::text(text) }
    }

    /// `function(arguments)`
    pub fn call(function: impl Into<String>, arguments: impl Into<Vec<Self>>) -> Self {
        Self::new(ExprKind::Call(function.into(), arguments.into()))
    }

    /// `self op other`
    #[must_use]
    pub fn then(self, op: BinaryOp, other: Self) -> Self {
        Self::new(ExprKind::Binary(op, Box::new(self), Box::new(other)))
    }

    /// `self in [values]`
    #[must_use]
    pub fn among(self, values: Vec<Item>) -> Self {
        Self::new(ExprKind::In(Box::new(self), values))
    }
}

impl Item {
    /// A plain number.
    pub fn number(value: f64) -> Self {
        Self::One(Expr::number(value))
    }

    /// `low..high`
    pub fn range(low: f64, high: f64) -> Self {
        Self::Range { low: Expr::number(low), high: Expr::number(high), stride: Stride::One }
    }

    /// `low..high step by`
    pub fn stepped(low: f64, high: f64, by: f64) -> Self {
        let stride = Stride::Step(Expr::number(by));
        Self::Range { low: Expr::number(low), high: Expr::number(high), stride }
    }
}

impl AxisTerm {
    /// `name = value`
    pub fn one(name: impl Into<String>, value: Expr) -> Self {
        Self { name: Name::new(name), domain: Domain::Value(value) }
    }

    /// `name = value`, a plain number.
    pub fn number(name: impl Into<String>, value: f64) -> Self {
        Self::one(name, Expr::number(value))
    }

    /// `name in [values]`
    pub fn several(name: impl Into<String>, values: impl Into<Vec<Item>>) -> Self {
        Self { name: Name::new(name), domain: Domain::Items(values.into()) }
    }
}
