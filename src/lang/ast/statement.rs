//! Syntax trees of statements.

use super::clauses::{Clauses, Estimate, Search};
use super::expr::{AxisTerm, Expr};
use super::model::Definition;
use super::place::{Loc, Name};
use crate::lang::lex::one_line;

/// A statement.
#[derive(Debug, Clone)]
pub struct Statement {
    /// What it is.
    pub kind: StatementKind,
    /// Where it stands.
    pub loc: Loc,
}

/// Kinds of statements.
#[derive(Debug, Clone, PartialEq)]
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
#[derive(Debug, Clone, PartialEq)]
pub struct Destination {
    /// What to write.
    pub path: Name,
    /// Whether what others put there may be written over.
    pub force: bool,
}

/// What a user says of generated files.
#[derive(Debug, Clone, PartialEq)]
pub enum FileValue {
    /// A file of values.
    File(Name),
    /// `key = value`
    One(AxisTerm),
}

/// What `assert` claims.
#[derive(Debug, Clone, PartialEq)]
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
        one_line(first.loc.source.text.get(range).unwrap_or_default())
    }
}

/// What `diff` compares.
#[derive(Debug, Clone, PartialEq)]
pub enum Diff {
    /// Two named results, or a row of each: [`Target::Row`]s.
    Results(Box<[Target; 2]>),
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
#[derive(Debug, Clone, PartialEq)]
pub enum Side {
    /// A system, backend, version, mode, model or data directory; of a backend, its version.
    Named(Name, Option<Name>),
    /// Axes and settings.
    Terms(Vec<AxisTerm>),
}

/// What `explain` and `plot` are about.
#[derive(Debug, Clone, PartialEq)]
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
