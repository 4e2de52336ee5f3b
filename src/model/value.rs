//! Values known when a plan is made.

use std::fmt;
use std::sync::Arc;

use datafusion::logical_expr::{Expr, lit};
use datafusion::scalar::ScalarValue;
use serde_json::Value as Json;

/// A value known when a plan is made: a dimension of the model, a fact of the system, a choice.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A number in base units.
    Number(f64),
    /// A text.
    Text(Arc<str>),
    /// A truth value.
    Bool(bool),
    /// Absent.
    Null,
}

impl Value {
    /// A text value.
    pub fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// The number, if it is one.
    pub fn as_number(&self) -> Option<f64> {
        if let Self::Number(n) = self { Some(*n) } else { None }
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(t) = self { Some(t) } else { None }
    }

    /// The truth value, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(b) = self { Some(*b) } else { None }
    }

    /// From JSON; lists and objects come as their JSON text.
    pub fn from_json(json: Option<&Json>) -> Self {
        match json {
            None | Some(Json::Null) => Self::Null,
            Some(Json::Bool(b)) => Self::Bool(*b),
            Some(Json::Number(n)) => n.as_f64().map_or(Self::Null, Self::Number),
            Some(Json::String(s)) => Self::text(s),
            Some(other) => Self::text(&other.to_string()),
        }
    }

    /// As JSON.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Number(n) => Json::from(*n),
            Self::Text(t) => Json::from(&**t),
            Self::Bool(b) => Json::from(*b),
            Self::Null => Json::Null,
        }
    }

    /// As a literal of a plan.
    pub fn literal(&self) -> Expr {
        match self {
            Self::Number(n) => lit(*n),
            Self::Text(t) => lit(&**t),
            Self::Bool(b) => lit(*b),
            Self::Null => Expr::Literal(ScalarValue::Float64(None), None),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(n) => write!(f, "{}", number(*n)),
            Self::Text(t) => f.write_str(t),
            Self::Bool(b) => write!(f, "{b}"),
            Self::Null => f.write_str("null"),
        }
    }
}

/// A number as a person would write it: whole numbers whole, others to three decimals.
pub fn number(n: f64) -> String {
    if n.abs() >= 1e18 {
        format!("{n:e}")
    } else if n.fract() == 0.0 && n.abs() < 1e15 {
        format!("{n:.0}")
    } else {
        let text = format!("{n:.3}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}
