//! Syntax trees of questions: a search or an estimate and its clauses.

use super::expr::{AxisTerm, Domain, Expr};
use super::place::{Loc, Name};

/// `search axes clauses`
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// The axes named by the user.
    pub axes: Vec<AxisTerm>,
    /// The clauses.
    pub clauses: Clauses,
}

/// `estimate ...`
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// One candidate or a relation of them.
    pub input: EstimateInput,
    /// Clauses, as for a search.
    pub clauses: Clauses,
}

/// What to price.
#[derive(Debug, Clone, PartialEq)]
pub enum EstimateInput {
    /// `k = v, ...`
    One(Vec<AxisTerm>),
    /// `from RELATION`: SQL text that selects it.
    Relation(String),
}

/// The clauses of a question, in any order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Clauses {
    /// `for 'model', ...`
    pub models: Vec<Name>,
    /// `on system [* gpus], ...`
    pub placements: Vec<(Name, Option<Expr>)>,
    /// `using backend ['version'], ...`
    pub frameworks: Vec<(Name, Option<Name>)>,
    /// `serving isl = 4000, ...`
    pub serving: Vec<AxisTerm>,
    /// `serving mix (...)`
    pub mix: Option<Mix>,
    /// `as agg, disagg`
    pub modes: Vec<Name>,
    /// `where ...`
    pub filter: Vec<Expr>,
    /// `prefer ...`
    pub preferences: Vec<Preference>,
    /// `maximize`, `minimize` or `pareto`
    pub objective: Option<Objective>,
    /// `top n ...`
    pub top: Option<Top>,
    /// `with NAME * factor, ...` and `for NAME in [..], ...`
    pub hypotheses: Vec<Hypothesis>,
}

/// What a question supposes of a fact, a table or a setting.
#[derive(Debug, Clone, PartialEq)]
pub struct Hypothesis {
    /// `system.mem_bw`, `gemm.latency`, `isl`, behind a pool where it is about one.
    pub name: Name,
    /// What becomes of it.
    pub change: Change,
    /// Whether each value is ranked by itself: `for` instead of `with`.
    pub each: bool,
}

/// Whether a name is that of a fact or of the latencies of a table: no setting, but something that
/// is supposed.
pub fn is_hypothetical(name: &str) -> bool {
    name.starts_with("system.") || name.contains(".system.") || name.ends_with(".latency")
}

/// What becomes of a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// `= value`, `in [..]`: others in its place.
    To(Domain),
    /// `* factor`, `* [..]`: multiples of what it is.
    Times(Domain),
}

/// `mix (70% isl = 1k, osl = 500; ...)`: requests of several classes, served by the same workers.
#[derive(Debug, Clone)]
pub struct Mix {
    /// The classes.
    pub classes: Vec<Class>,
    /// Where it stands.
    pub loc: Loc,
}

/// `[name:] 70% isl = 1k, osl = 500`
#[derive(Debug, Clone, PartialEq)]
pub struct Class {
    /// Its name, if it has one.
    pub name: Option<Name>,
    /// Its share of the requests.
    pub share: Expr,
    /// What its requests are like.
    pub terms: Vec<AxisTerm>,
}

/// `top n [per column, ...] [distinct column, ... | distinct *]`
#[derive(Debug, Clone, PartialEq)]
pub struct Top {
    /// How many rows.
    pub count: Expr,
    /// Of each combination of values of these columns; of all rows if there are none.
    pub per: Vec<Name>,
    /// Which rows count.
    pub distinct: Distinct,
}

/// Which rows an answer counts.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Distinct {
    /// Of each layout the best: where the question does not say.
    #[default]
    Layouts,
    /// Every candidate: `distinct *`.
    Candidates,
    /// Of rows that agree in all of these columns the best: `distinct tp, batch`.
    Columns(Vec<Name>),
}

/// `prefer METRIC < BOUND [weight W] [fail_ratio R] [hard]`
#[derive(Debug, Clone, PartialEq)]
pub struct Preference {
    /// The comparison.
    pub condition: Expr,
    /// Weight, 1 if absent.
    pub weight: Option<Expr>,
    /// Share of requests that may miss the bound.
    pub fail_ratio: Option<Expr>,
    /// Whether missing it is a failure.
    pub hard: bool,
}

/// What a search optimises.
#[derive(Debug, Clone, PartialEq)]
pub enum Objective {
    /// `maximize e`
    Maximize(Expr),
    /// `minimize e`
    Minimize(Expr),
    /// `pareto a, b`: the frontier; each is better higher or lower as its metric says.
    Pareto(Vec<Expr>),
}
