//! Syntax trees of the model text: definitions, operations, architectures, serving modes.

mod architecture;
mod column;
mod define;
mod mode;
mod operation;

pub use architecture::*;
pub use column::*;
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
    /// `engine name { ... }`
    Engine(EngineDef),
    /// `vary name, ...`: what `sensitivity` varies
    Vary(Vec<Name>),
    /// `limit name, ... : [whole] low..high`: what values names can have
    Limit(Vec<LimitDef>),
    /// `column name : text identity of deployment 'meaning'`
    Column(ColumnDef),
    /// `meaning name 'sentence'`
    Meaning(Name, String),
    /// `ranking name higher, ...`: the objective where a question has none, then what decides
    /// between equals
    Ranking(Vec<Ranked>),
    /// `alias name, ... for name`: what a name is called elsewhere
    Alias(Vec<Name>, Name),
    /// `unmodelled name, ... 'reason'`
    Unmodelled(Vec<Name>, String),
    /// `assume name [when cond] 'sentence'`
    Assume(AssumeDef),
    /// `compromise name, name`: what is drawn where a question does not say
    Compromise([Name; 2]),
}

/// What one engine does otherwise than is defined for all.
#[derive(Debug, Clone, PartialEq)]
pub struct EngineDef {
    /// The engine: a backend.
    pub name: Name,
    /// Values, axes, rules, operations and rows that apply only for it.
    pub definitions: Vec<Definition>,
}
