//! Syntax trees of what the model text defines in one line: values, metrics, rules, axes, limits.

use crate::lang::ast::expr::{Domain, Expr};
use crate::lang::ast::place::Name;
use crate::lang::units::Unit;

/// A derived value.
#[derive(Debug, Clone, PartialEq)]
pub struct LetDef {
    /// Its name.
    pub name: Name,
    /// Its value.
    pub value: Expr,
    /// Applies only then; otherwise an earlier definition stands.
    pub when: Option<Expr>,
    /// The only engine for which it applies.
    pub engine: Option<Name>,
}

/// A metric: a derived value with a unit that users may ask for.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricDef {
    /// Its name.
    pub name: Name,
    /// Its unit.
    pub unit: Unit,
    /// Which direction is better, where one is.
    pub better: Option<Better>,
    /// Its value.
    pub value: Expr,
}

/// Which direction of a metric is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
}

/// What values a name can have.
#[derive(Debug, Clone, PartialEq)]
pub struct LimitDef {
    /// Its name.
    pub name: Name,
    /// Whether it counts something.
    pub whole: bool,
    /// The least value, and as typed.
    pub low: (f64, String),
    /// The greatest value, and as typed.
    pub high: (f64, String),
    /// What a percentage is a share of.
    pub of: Option<Name>,
}

/// A condition that candidates must meet.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleDef {
    /// Its name.
    pub name: Name,
    /// Applies only then.
    pub when: Option<Expr>,
    /// What must hold.
    pub require: Expr,
    /// What to say of a candidate that breaks it.
    pub message: Template,
}

/// A sentence on what answers take for granted.
#[derive(Debug, Clone, PartialEq)]
pub struct AssumeDef {
    /// Its name.
    pub name: Name,
    /// Applies only then.
    pub when: Option<Expr>,
    /// The sentence.
    pub sentence: Template,
}

/// A text in which `{expr}` stands for the value of an expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// As typed, without its quotes.
    pub text: String,
    /// Its parts in order.
    pub parts: Vec<TemplatePart>,
}

/// A part of a [`Template`].
#[derive(Debug, Clone, PartialEq)]
pub enum TemplatePart {
    /// Text as it is.
    Text(String),
    /// `{expr}`
    Value(Expr),
}

/// What an axis belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AxisKind {
    /// A property of one worker: each pool has its own.
    Worker,
    /// A property of a request: classes of a mix differ in it.
    Request,
    /// A property of all requests or of the whole deployment.
    Workload,
    /// Text that selects tables or precision; the plan is split by it.
    Choice,
}

/// A default axis.
#[derive(Debug, Clone, PartialEq)]
pub struct AxisDef {
    /// Its name.
    pub name: Name,
    /// What it belongs to.
    pub kind: AxisKind,
    /// Its values.
    pub domain: Domain,
    /// Applies only then; otherwise an earlier definition stands.
    pub when: Option<Expr>,
    /// The only engine for which it applies.
    pub engine: Option<Name>,
}
