//! The logical node.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::{DFSchema, DFSchemaRef, Result};
use datafusion::logical_expr::{Expr, LogicalPlan, UserDefinedLogicalNodeCore};

use super::function::{PriceFunction, price_type};

/// One op to price: arguments are in [`Group::arguments`], in order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PricedTerm {
    /// Label of the op row.
    pub label: String,
    /// How many arguments of the group are its own: its count, then its numbers.
    pub width: usize,
}

/// Ops whose latencies are summed into one column: those of one pass.
#[derive(Debug, Clone)]
pub struct Group {
    /// Column of the sum, a struct of latency, origin and reason.
    pub column: String,
    /// The ops.
    pub terms: Vec<PricedTerm>,
    /// For each op its count and its numbers.
    pub arguments: Vec<Expr>,
    /// Prices them.
    pub function: Arc<PriceFunction>,
}

/// Adds one column of summed prices for each group.
#[derive(Debug, Clone)]
pub struct OpJoin {
    /// The candidates.
    pub input: Arc<LogicalPlan>,
    /// The table and the data it is of: `gemm (h200_sxm trtllm 1.3.0rc20)`.
    pub table: String,
    /// What to price.
    pub groups: Vec<Group>,
    schema: DFSchemaRef,
}

impl OpJoin {
    /// A join of `input` with one table.
    ///
    /// # Errors
    /// When a column of that name exists already.
    pub fn new(input: Arc<LogicalPlan>, table: String, groups: Vec<Group>) -> Result<Self> {
        let mut fields: Vec<_> =
            input.schema().iter().map(|(q, f)| (q.cloned(), Arc::clone(f))).collect();
        for group in &groups {
            fields.push((None, Arc::new(Field::new(&group.column, price_type(), true))));
        }
        let metadata = input.schema().metadata().clone();
        let schema = Arc::new(DFSchema::new_with_metadata(fields, metadata)?);
        Ok(Self { input, table, groups, schema })
    }

    fn identity(&self) -> (&str, Vec<(&str, &[Expr])>) {
        let groups = self.groups.iter().map(|g| (g.column.as_str(), g.arguments.as_slice()));
        (&self.table, groups.collect())
    }
}

impl PartialEq for OpJoin {
    fn eq(&self, other: &Self) -> bool {
        self.input == other.input && self.identity() == other.identity()
    }
}

impl Eq for OpJoin {}

impl Hash for OpJoin {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
        self.input.hash(state);
    }
}

impl PartialOrd for OpJoin {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.table.partial_cmp(&other.table)
    }
}

impl UserDefinedLogicalNodeCore for OpJoin {
    fn name(&self) -> &'static str {
        "OpJoin"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        self.groups.iter().flat_map(|g| g.arguments.iter().cloned()).collect()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpJoin: ")?;
        for (i, group) in self.groups.iter().enumerate() {
            if i > 0 {
                f.write_str("; ")?;
            }
            let mut labels: Vec<&str> = Vec::new();
            for term in &group.terms {
                if !labels.contains(&term.label.as_str()) {
                    labels.push(&term.label);
                }
            }
            write!(f, "{} = {}", group.column, labels.join(" + "))?;
        }
        write!(f, " on {}", self.table)
    }

    fn with_exprs_and_inputs(&self, exprs: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let mut exprs = exprs.into_iter();
        let groups = self.groups.iter().map(|group| Group {
            arguments: exprs.by_ref().take(group.arguments.len()).collect(),
            ..group.clone()
        });
        let groups = groups.collect();
        let input = inputs.into_iter().next().map_or_else(|| Arc::clone(&self.input), Arc::new);
        Self::new(input, self.table.clone(), groups)
    }

    fn necessary_children_exprs(&self, _output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        // Every input column is a key of the join back or an argument.
        Some(vec![(0..self.input.schema().fields().len()).collect()])
    }
}

/// Type of the column of a group.
pub(super) fn group_field(group: &Group) -> Field {
    Field::new(&group.column, DataType::clone(&price_type()), true)
}
