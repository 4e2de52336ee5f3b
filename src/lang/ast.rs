//! Syntax trees of questions and of the model text. Every node knows its place.

mod clauses;
mod model;
mod text;

use std::ops::Range;
use std::sync::Arc;

pub use clauses::*;
pub use model::*;

use super::units::Unit;
use crate::error::Span;

/// A text with its name.
#[derive(Debug)]
pub struct Source {
    /// File name, or `<input>`.
    pub name: String,
    /// The whole text.
    pub text: String,
}

/// A place in a [`Source`].
#[derive(Clone)]
pub struct Loc {
    /// The text.
    pub source: Arc<Source>,
    /// Byte range in it.
    pub range: Range<usize>,
}

impl Loc {
    /// The span of this place, for an error.
    pub fn span(&self) -> Span {
        Span {
            source: self.source.name.clone(),
            text: self.source.text.clone(),
            range: self.range.clone(),
        }
    }

    /// The text at this place.
    pub fn text(&self) -> &str {
        self.source.text.get(self.range.clone()).unwrap_or("")
    }
}

/// A name with its place.
#[derive(Clone)]
pub struct Name {
    /// The name; dots separate the parts of a path.
    pub text: String,
    /// Where it stands.
    pub loc: Loc,
}

/// An expression.
#[derive(Clone)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub loc: Loc,
}

/// Kinds of expressions.
#[derive(Debug, Clone)]
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
#[derive(Clone)]
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
#[derive(Debug, Clone)]
pub enum Stride {
    /// By one.
    One,
    /// `step n`.
    Step(Expr),
    /// `by *2`.
    Factor(Expr),
}

/// The values of an axis.
#[derive(Debug, Clone)]
pub enum Domain {
    /// `in [..]` or `in lo..hi`.
    Items(Vec<Item>),
    /// `= value`.
    Value(Expr),
}

/// An axis of a search: a name and its values.
#[derive(Debug, Clone)]
pub struct AxisTerm {
    /// The axis, such as `tp` or `prefill.tp`.
    pub name: Name,
    /// Its values.
    pub domain: Domain,
}

/// A statement.
#[derive(Debug, Clone)]
pub struct Statement {
    /// What it is.
    pub kind: StatementKind,
    /// Where it stands.
    pub loc: Loc,
}

/// Kinds of statements.
#[derive(Debug, Clone)]
pub enum StatementKind {
    /// SQL, as typed.
    Sql(String),
    /// `search ...`
    Search(Search),
    /// `estimate ...`
    Estimate(Estimate),
    /// `explain [analyze] ...`
    Explain {
        /// Run it and show what each node did.
        analyze: bool,
        /// What to explain.
        target: Target,
    },
    /// `explain ops ...`
    ExplainOps(Target),
    /// `explain metric NAME in ...`
    ExplainMetric(Name, Target),
    /// `why not k = v, ... in NAME`: the candidate, empty for any other winner, and the result.
    WhyNot(Vec<AxisTerm>, Name),
    /// `diff ...`
    Diff(Diff),
    /// `sensitivity NAME[rank] [to INPUT, ...] [by 10%]`
    Sensitivity {
        /// The candidate.
        target: Target,
        /// What is varied; what the model text says if empty.
        inputs: Vec<Name>,
        /// By how much, a share.
        by: Option<Expr>,
    },
    /// `frontier METRIC [in ...]`: the metric whose bound moves, and the question, else the last.
    Frontier(Name, Option<Target>),
    /// `plot ...`
    Plot {
        /// What to plot.
        target: Target,
        /// Axes, x then y.
        axes: Option<(Expr, Expr)>,
        /// Each value of this column is a series.
        color: Option<Name>,
        /// File to write instead of the terminal.
        to: Option<Destination>,
    },
    /// `save name, ... to 'dir' [force] [for TARGET]`
    Save {
        /// The results.
        names: Vec<Name>,
        /// The directory to write.
        to: Destination,
        /// What the deployment files are for: `bare`, `dynamo`, `llm_d`.
        platform: Option<Name>,
    },
    /// `set name = value, ...`
    Set(Vec<AxisTerm>),
    /// `show what [for 'name']`
    Show(Name, Option<Name>),
    /// `let name = search ...`
    Let(Name, Box<Statement>),
    /// `generate NAME[rank] to 'dir' [force] [for TARGET [API]] [with VALUE, ...]`
    Generate {
        /// The row.
        row: Target,
        /// The directory to write.
        to: Destination,
        /// What the files are for: `bare`, `dynamo`, `llm_d`.
        platform: Option<Name>,
        /// Version of the resource for the platform.
        api: Option<Name>,
        /// What the user says of the files, in order.
        values: Vec<FileValue>,
    },
    /// `include 'file.aiq'`
    Include(Name),
    /// `attach 'dir'`
    Attach(Name),
    /// `assert claim`
    Assert(Assertion),
    /// A part of the model.
    Define(Definition),
}

/// `to 'path' [force]`
#[derive(Debug, Clone)]
pub struct Destination {
    /// What to write.
    pub path: Name,
    /// Whether what others put there may be written over.
    pub force: bool,
}

/// What a user says of generated files.
#[derive(Debug, Clone)]
pub enum FileValue {
    /// A file of values.
    File(Name),
    /// `key = value`
    One(AxisTerm),
}

/// What `assert` claims.
#[derive(Debug, Clone)]
pub enum Assertion {
    /// A condition that is true.
    Holds(Expr),
    /// `value within 5% of target`
    Within {
        /// The value.
        value: Expr,
        /// How far it may be off: a share of the target, or a difference in its unit.
        tolerance: Expr,
        /// What it should be.
        target: Expr,
    },
}

impl Assertion {
    /// The claim as typed, on one line.
    pub fn text(&self) -> String {
        let (first, last) = match self {
            Self::Holds(claim) => (claim, claim),
            Self::Within { value, target, .. } => (value, target),
        };
        let range = first.loc.range.start..last.loc.range.end;
        let text = first.loc.source.text.get(range).unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// What `diff` compares.
#[derive(Debug, Clone)]
pub enum Diff {
    /// Two named results.
    Results(Name, Name),
    /// One search under two conditions.
    Question {
        /// The search.
        search: Box<Statement>,
        /// What is fixed on either side.
        sides: Box<[Side; 2]>,
    },
    /// The measurements of two releases or data directories.
    Tables {
        /// The table; `None` for all.
        table: Option<Name>,
        /// Where the measurements are from.
        sides: Box<[Side; 2]>,
        /// `on`, `using` and `top`.
        clauses: Box<Clauses>,
    },
}

/// A side of a comparison.
#[derive(Debug, Clone)]
pub enum Side {
    /// A system, backend, version, model or data directory; of a backend, its version.
    Named(Name, Option<Name>),
    /// Axes and settings.
    Terms(Vec<AxisTerm>),
}

/// What `explain` and `plot` are about.
#[derive(Debug, Clone)]
pub enum Target {
    /// A question.
    Question(Box<Statement>),
    /// A row of a named result: name, mode, rank (1 is the best).
    Row {
        /// The result.
        name: Name,
        /// Rank within this mode instead of the overall rank.
        mode: Option<String>,
        /// The rank, 1 if absent.
        rank: Option<Expr>,
    },
}

/// `search axes clauses`
#[derive(Debug, Clone)]
pub struct Search {
    /// The axes named by the user.
    pub axes: Vec<AxisTerm>,
    /// The clauses.
    pub clauses: Clauses,
}

/// `estimate ...`
#[derive(Debug, Clone)]
pub struct Estimate {
    /// One candidate or a relation of them.
    pub input: EstimateInput,
    /// Clauses, as for a search.
    pub clauses: Clauses,
}

/// What to price.
#[derive(Debug, Clone)]
pub enum EstimateInput {
    /// `k = v, ...`
    One(Vec<AxisTerm>),
    /// `from RELATION`: SQL text that selects it.
    Relation(String),
}
