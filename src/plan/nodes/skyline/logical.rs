//! The logical node.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use datafusion::common::{DFSchemaRef, Result};
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, UserDefinedLogicalNodeCore};

use crate::lang::ast::Better;

/// One thing to be good at.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Criterion {
    /// Column.
    pub column: String,
    /// Whether more is better.
    pub higher: bool,
}

impl Criterion {
    /// A column and its better direction.
    pub fn new(column: &str, better: Better) -> Self {
        Self { column: column.to_owned(), higher: better == Better::Higher }
    }
}

/// Keeps the rows that no other row with the same keys beats: as good in every criterion and
/// better in one. Of rows equal in all criteria the first stays.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Skyline {
    /// The candidates.
    pub input: Arc<LogicalPlan>,
    /// Only rows that agree on these columns are compared.
    pub keys: Vec<String>,
    /// What they are compared by.
    pub criteria: Vec<Criterion>,
}

impl Skyline {
    /// As a plan.
    pub fn into_plan(self) -> LogicalPlan {
        LogicalPlan::Extension(Extension { node: Arc::new(self) })
    }
}

impl PartialOrd for Skyline {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.keys.partial_cmp(&other.keys)
    }
}

impl UserDefinedLogicalNodeCore for Skyline {
    fn name(&self) -> &'static str {
        "Skyline"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        self.input.schema()
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_skyline(f, &self.keys, &self.criteria)
    }

    fn with_exprs_and_inputs(&self, _: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let input = inputs.into_iter().next().map_or_else(|| Arc::clone(&self.input), Arc::new);
        Ok(Self { input, ..self.clone() })
    }

    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        let mut needed = output_columns.to_vec();
        let own = self.keys.iter().chain(self.criteria.iter().map(|c| &c.column));
        for column in own {
            let index = self.input.schema().index_of_column_by_name(None, column)?;
            needed.push(index);
        }
        needed.sort_unstable();
        needed.dedup();
        Some(vec![needed])
    }
}

/// `Skyline: lower ttft, higher rate per gpus`
pub(super) fn write_skyline(
    f: &mut fmt::Formatter<'_>,
    keys: &[String],
    criteria: &[Criterion],
) -> fmt::Result {
    f.write_str("Skyline: ")?;
    for (i, c) in criteria.iter().enumerate() {
        let direction = if c.higher { "higher" } else { "lower" };
        write!(f, "{}{direction} {}", if i > 0 { ", " } else { "" }, c.column)?;
    }
    if !keys.is_empty() {
        write!(f, " per {}", keys.join(", "))?;
    }
    Ok(())
}
