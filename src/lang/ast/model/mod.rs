//! Syntax trees of the model text: definitions, operations, architectures, serving modes.

mod architecture;
mod define;
mod mode;
mod operation;

pub use architecture::*;
pub use define::*;
pub use mode::*;
pub use operation::*;

use super::expr::Expr;
use super::place::Name;

/// A part of the model: names, rules, operations, architectures, serving modes.
#[derive(Debug, Clone, PartialEq)]
pub enum Definition {
    /// `let name = expr [when cond]`
    Let(LetDef),
    /// `define metric name : unit = expr`
    Metric(MetricDef),
    /// `rule name [when cond] require cond else 'message'`
    Rule(RuleDef),
    /// `axis name : kind in domain [when cond]`
    Axis(AxisDef),
    /// `quant name { bytes = 1, ... }`
    Quant(Name, Vec<(Name, Expr)>),
    /// `operation name(params) { ... }`
    Operation(OperationDef),
    /// `architecture name for 'Arch', ... { ... }`
    Architecture(ArchitectureDef),
    /// `rows name { ... }`
    Rows(RowSet),
    /// `mode name { ... }`
    Mode(ModeDef),
    /// `vary name, ...`: what `sensitivity` varies
    Vary(Vec<Name>),
    /// `limit name, ... : [whole] low..high`: what values names can have
    Limit(Vec<LimitDef>),
}
