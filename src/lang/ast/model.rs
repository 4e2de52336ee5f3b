//! Syntax trees of the model text: definitions, operations, architectures, serving modes.

use super::{Domain, Expr, Item, Name};
use crate::lang::units::Unit;

/// A part of the model: names, rules, operations, architectures, serving modes.
#[derive(Debug, Clone)]
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
}

/// A derived value.
#[derive(Debug, Clone)]
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
#[derive(Debug, Clone)]
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
#[derive(Debug, Clone)]
pub struct LimitDef {
    /// Its name.
    pub name: Name,
    /// Whether it counts something.
    pub whole: bool,
    /// The least value, and as typed.
    pub low: (f64, String),
    /// The greatest value, and as typed.
    pub high: (f64, String),
}

/// A condition that candidates must meet.
#[derive(Debug, Clone)]
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

/// A text in which `{expr}` stands for the value of an expression.
#[derive(Debug, Clone)]
pub struct Template {
    /// As typed, without its quotes.
    pub text: String,
    /// Its parts in order.
    pub parts: Vec<TemplatePart>,
}

/// A part of a [`Template`].
#[derive(Debug, Clone)]
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
#[derive(Debug, Clone)]
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

/// An operation of a model and how it is priced.
#[derive(Debug, Clone)]
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
#[derive(Debug, Clone)]
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
#[derive(Debug, Clone)]
pub struct Argument {
    /// Its name, if given.
    pub name: Option<Name>,
    /// Its value.
    pub value: Expr,
}

/// An architecture: derived symbols, rules and op rows.
#[derive(Debug, Clone)]
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
#[derive(Debug, Clone)]
pub enum GraphItem {
    /// An operation.
    Row(OpRow),
    /// Rows that share something.
    Group(Group),
    /// `use name`: the rows of that name.
    Use(Name),
}

/// Rows that several architectures have.
#[derive(Debug, Clone)]
pub struct RowSet {
    /// Their name.
    pub name: Name,
    /// The rows.
    pub rows: Vec<GraphItem>,
}

/// Rows that belong together.
#[derive(Debug, Clone)]
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
#[derive(Debug, Clone)]
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
#[derive(Debug, Clone)]
pub struct Alternative {
    /// Its name, if it has one.
    pub name: Option<Name>,
    /// Eligible only then.
    pub when: Option<Expr>,
    /// Its rows.
    pub rows: Vec<GraphItem>,
}

/// `for NAME in LIST`
#[derive(Debug, Clone)]
pub struct Each {
    /// The variable.
    pub name: Name,
    /// What it runs over.
    pub list: ListExpr,
}

/// A list: written out, or a text that holds one, such as a list of a `config.json`.
#[derive(Debug, Clone)]
pub enum ListExpr {
    /// `[a, b, c]`
    Items(Vec<Item>),
    /// An expression.
    Expr(Box<Expr>),
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
#[derive(Debug, Clone)]
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

/// Items shared by modes and pools.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Derived values.
    pub lets: Vec<LetDef>,
    /// Sums over the op graph.
    pub passes: Vec<PassDef>,
    /// Metrics.
    pub metrics: Vec<MetricDef>,
    /// Conditions.
    pub rules: Vec<RuleDef>,
    /// Default axes.
    pub axes: Vec<AxisDef>,
}

/// A serving mode.
#[derive(Debug, Clone)]
pub struct ModeDef {
    /// Its name.
    pub name: Name,
    /// What the whole deployment has.
    pub scope: Scope,
    /// Pools of workers; none means that the deployment is one pool.
    pub pools: Vec<PoolDef>,
}

impl ModeDef {
    /// Its own definitions, then those of each pool.
    pub fn scopes(&self) -> impl Iterator<Item = &Scope> {
        [&self.scope].into_iter().chain(self.pools.iter().map(|p| &p.scope))
    }
}

/// What one engine does otherwise than is defined for all.
#[derive(Debug, Clone)]
pub struct EngineDef {
    /// The engine: a backend.
    pub name: Name,
    /// Values, axes, rules, operations and rows that apply only for it.
    pub definitions: Vec<Definition>,
}

/// A pool of equal workers.
#[derive(Debug, Clone)]
pub struct PoolDef {
    /// Its name.
    pub name: Name,
    /// What a worker of it has.
    pub scope: Scope,
}

/// A sum over the ops of one phase at given coordinates.
#[derive(Debug, Clone)]
pub struct PassDef {
    /// Name of the resulting latency.
    pub name: Name,
    /// Which phase.
    pub phase: Phase,
    /// Only ops of this role.
    pub only: Option<String>,
    /// All but ops of this role.
    pub except: Option<String>,
    /// Coordinates.
    pub at: Vec<(Name, Expr)>,
    /// Weighted sum over positions.
    pub over: Option<Over>,
    /// Runs only then.
    pub when: Option<Expr>,
}

/// `over i in lo..hi step n weight w`
#[derive(Debug, Clone)]
pub struct Over {
    /// The position variable.
    pub name: Name,
    /// Its values.
    pub range: Item,
    /// Weight of each.
    pub weight: Expr,
}
