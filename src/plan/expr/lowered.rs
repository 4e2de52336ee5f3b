//! What an expression becomes: a value known when the plan is made, or an expression over columns.

use std::collections::BTreeSet;

use datafusion::common::Column;
use datafusion::logical_expr::{Expr as Df, Operator, binary_expr};

use crate::lang::units::Unit;
use crate::model::value::Value;

/// An expression of a plan, or a value already known.
#[derive(Debug, Clone)]
pub struct Lowered {
    /// The known value, or the expression.
    pub term: Term,
    /// Its unit, where known.
    pub unit: Unit,
    /// Whether rows have a yes or no here; else a number, as texts are always known.
    condition: bool,
}

/// Known or to be computed per row.
#[derive(Debug, Clone)]
pub enum Term {
    /// Known when the plan is made.
    Known(Value),
    /// Computed per row.
    Row(Df),
}

impl Lowered {
    /// A known value.
    pub fn known(value: Value) -> Self {
        let condition = matches!(value, Value::Bool(_));
        Self { term: Term::Known(value), unit: Unit::None, condition }
    }

    /// A known number.
    pub fn number(n: f64) -> Self {
        Self::known(Value::Number(n))
    }

    /// A column of the row.
    pub fn column(name: &str) -> Self {
        Self::row(column(name))
    }

    /// An expression over columns.
    pub fn row(expr: Df) -> Self {
        let condition = match &expr {
            Df::BinaryExpr(both) => both.op.supports_propagation() || both.op.is_logic_operator(),
            Df::Not(_) => true,
            _ => false,
        };
        Self { term: Term::Row(expr), unit: Unit::None, condition }
    }

    /// The same value read from a column.
    #[must_use]
    pub fn in_column(self, name: &str) -> Self {
        Self { term: Term::Row(column(name)), ..self }
    }

    /// Said to be a yes or no, or not.
    #[must_use]
    pub fn with_condition(self, condition: bool) -> Self {
        Self { condition, ..self }
    }

    /// With this unit.
    #[must_use]
    pub fn with_unit(mut self, unit: Unit) -> Self {
        self.unit = unit;
        self
    }

    /// As a plan expression.
    pub fn expr(&self) -> Df {
        match &self.term {
            Term::Known(v) => v.literal(),
            Term::Row(e) => e.clone(),
        }
    }

    /// The value, if it is known.
    pub fn value(&self) -> Option<&Value> {
        if let Term::Known(v) = &self.term { Some(v) } else { None }
    }

    /// Whether its value is yes or no.
    pub fn is_condition(&self) -> bool {
        self.condition
    }

    /// Names of the columns it reads.
    pub fn columns(&self) -> BTreeSet<String> {
        match &self.term {
            Term::Known(_) => BTreeSet::new(),
            Term::Row(e) => e.column_refs().into_iter().map(|c| c.name.clone()).collect(),
        }
    }

    /// Product with another.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        match (self.value().and_then(Value::as_number), other.value().and_then(Value::as_number)) {
            (Some(a), Some(b)) => Self::number(a * b),
            (Some(1.0), _) => other,
            (_, Some(1.0)) => self,
            _ => Self::row(binary_expr(self.expr(), Operator::Multiply, other.expr())),
        }
    }
}

/// A column by its exact name.
pub fn column(name: &str) -> Df {
    Df::Column(Column::new_unqualified(name))
}
