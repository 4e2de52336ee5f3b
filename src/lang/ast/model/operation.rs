//! Syntax trees of operations: what they hold and how they are priced.

use crate::lang::ast::expr::Expr;
use crate::lang::ast::place::Name;

/// An operation of a model and how it is priced.
#[derive(Debug, Clone, PartialEq)]
pub struct OperationDef {
    /// Its name.
    pub name: Name,
    /// Parameters with defaults.
    pub parameters: Vec<(Name, Option<Expr>)>,
    /// Bytes of weights one instance holds on one rank.
    pub weight: Option<Expr>,
    /// Terms whose sum is its latency.
    pub prices: Vec<PriceDef>,
}

/// One term of an operation's latency: a table look-up.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceDef {
    /// The priced op, such as `gemm`.
    pub op: Name,
    /// Its arguments.
    pub arguments: Vec<Argument>,
    /// Factor, 1 if absent.
    pub times: Option<Expr>,
    /// The best origin its result may claim; that of the measurements if absent.
    pub claims: Option<Name>,
    /// Applies only then.
    pub when: Option<Expr>,
}

/// An argument, by name or by position.
#[derive(Debug, Clone, PartialEq)]
pub struct Argument {
    /// Its name, if given.
    pub name: Option<Name>,
    /// Its value.
    pub value: Expr,
}
