//! What a branch is planned from and for, and what it becomes.

use std::collections::BTreeMap;

use datafusion::logical_expr::LogicalPlan;

use crate::lang::ast::ModeDef;
use crate::model::library::Library;
use crate::plan::diagnose::Counts;
use crate::plan::expr::domain::Written;
use crate::plan::question::Question;
use crate::plan::relation::Predicate;
use crate::plan::scope::Given;
use crate::plan::target::provenance::Data;

/// What a branch is planned for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The best candidates that meet all conditions.
    Rank,
    /// Every candidate with its conditions, to say why none is left.
    Diagnose,
    /// The given rows, each priced.
    Estimate,
    /// The given rows, each priced, with every condition and what it is about.
    Judge,
}

/// A planned branch.
#[derive(Debug)]
pub struct Branch {
    /// The serving mode.
    pub mode: String,
    /// The plan: answer columns, then sort keys `#0`, `#1`, ... smaller is better.
    pub plan: LogicalPlan,
    /// How many sort keys.
    pub sort_keys: usize,
    /// Candidates before any condition.
    pub candidates: u64,
    /// Rows of its largest relation before any join of pools.
    pub rows: u64,
    /// Conditions on priced candidates, in the order in which they are counted.
    pub predicates: Vec<Predicate>,
    /// For [`Purpose::Diagnose`]: counts of what the rules on axes alone remove, by part.
    pub early: Vec<Counts>,
    /// For [`Purpose::Diagnose`]: of each pool, how many of its workers have no price, and why.
    pub unpriced: Vec<(String, LogicalPlan)>,
    /// The values that conditions on axes alone leave of each axis that the question gives a few
    /// values, by column.
    pub left: BTreeMap<String, Vec<f64>>,
    /// Whether a condition on what is known beforehand leaves no candidate.
    pub impossible: bool,
    /// Data it is priced on, of each pool.
    pub data: Vec<Data>,
    /// Values of its choices: name and value.
    pub choices: Vec<(String, String)>,
    /// Axes it took from the shipped defaults: name and value.
    pub assumed: Vec<(String, Written)>,
    /// What it takes for granted, in sentences.
    pub takes_for_granted: Vec<String>,
    /// Columns of the answer without values, and why: figures that only the user can give.
    pub unknown: Vec<(String, String)>,
}

/// What a branch is built from.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// Definitions.
    pub library: &'a Library,
    /// The question.
    pub asked: &'a Question,
    /// The mode.
    pub mode: &'a ModeDef,
    /// Columns of the rows to estimate.
    pub given: &'a Given,
    /// The rows to estimate.
    pub rows: Option<&'a LogicalPlan>,
    /// What for.
    pub purpose: Purpose,
}
