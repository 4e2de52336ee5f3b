//! Syntax trees of architectures and their op graphs.

use super::define::{LetDef, RuleDef};
use super::operation::Argument;
use crate::lang::ast::expr::{Each, Expr};
use crate::lang::ast::place::Name;

/// An architecture: derived symbols, rules and op rows.
#[derive(Debug, Clone, PartialEq)]
pub struct ArchitectureDef {
    /// Its name.
    pub name: Name,
    /// The Hugging Face architecture names it covers.
    pub covers: Vec<Name>,
    /// Architectures whose definitions, rules and rows come before its own.
    pub like: Vec<Name>,
    /// Derived values.
    pub lets: Vec<LetDef>,
    /// Conditions.
    pub rules: Vec<RuleDef>,
    /// Op rows in order, and what holds them together.
    pub graph: Vec<GraphItem>,
}

/// A row of an op graph, or rows that belong together.
#[derive(Debug, Clone, PartialEq)]
pub enum GraphItem {
    /// An operation.
    Row(OpRow),
    /// Rows that share something.
    Group(Group),
    /// `use name`: the rows of that name.
    Use(Name),
}

/// Rows that several architectures have.
#[derive(Debug, Clone, PartialEq)]
pub struct RowSet {
    /// Their name.
    pub name: Name,
    /// The rows.
    pub rows: Vec<GraphItem>,
}

/// Rows that belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// How.
    pub kind: GroupKind,
    /// Only in this phase.
    pub phase: Option<Phase>,
    /// What they are repeated for: `layer`, `stage`; `None` is once.
    pub per: Option<Name>,
    /// Further factor of every row.
    pub times: Option<Expr>,
    /// Applies only then.
    pub when: Option<Expr>,
}

/// How rows belong together.
#[derive(Debug, Clone, PartialEq)]
pub enum GroupKind {
    /// One after the other.
    Rows(Vec<GraphItem>),
    /// Lanes that run side by side: the longest counts.
    Overlap(Vec<Vec<GraphItem>>),
    /// The first alternative whose operations were measured.
    Prefer(Vec<Alternative>),
    /// Once for each element of a list.
    Each(Each, Vec<GraphItem>),
}

/// One of several ways to run the same thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Alternative {
    /// Its name, if it has one.
    pub name: Option<Name>,
    /// Eligible only then.
    pub when: Option<Expr>,
    /// Its rows.
    pub rows: Vec<GraphItem>,
}

/// Phases of inference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Prefill.
    Context,
    /// Decode.
    Generation,
    /// The encoder of images, before prefill.
    Encoder,
    /// One run of the draft layers of speculative decoding: decode rows with counts of their own.
    Draft,
}

/// An operation in an architecture.
#[derive(Debug, Clone, PartialEq)]
pub struct OpRow {
    /// Its label.
    pub name: Name,
    /// Only in this phase.
    pub phase: Option<Phase>,
    /// The operation.
    pub operation: Name,
    /// Its arguments.
    pub arguments: Vec<Argument>,
    /// Its role, such as `attention`.
    pub role: Option<String>,
    /// Further factor.
    pub times: Option<Expr>,
    /// Applies only then.
    pub when: Option<Expr>,
}
