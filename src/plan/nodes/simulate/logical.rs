//! The logical node.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::datatypes::Field;
use datafusion::common::{DFSchema, DFSchemaRef, Result};
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, UserDefinedLogicalNodeCore};

use super::function::result_type;

/// Latencies of a pass at several sizes: a column of lists.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// The column.
    pub column: String,
    /// The sizes; a list has a latency in ms for each combination, the last size varying fastest.
    pub sizes: Vec<Vec<f64>>,
}

/// Adds one column: the results of a simulation of the requests of each row.
#[derive(Debug, Clone)]
pub struct Simulate {
    /// The candidates.
    pub input: Arc<LogicalPlan>,
    /// The column of the results.
    pub column: String,
    /// What it is given, by name.
    pub arguments: Vec<(String, Expr)>,
    /// The profiles among the columns.
    pub profiles: Vec<Profile>,
    schema: DFSchemaRef,
}

impl Simulate {
    /// A simulation of the requests of each row of `input`.
    ///
    /// # Errors
    /// When a column of that name exists already.
    pub fn new(
        input: Arc<LogicalPlan>,
        column: String,
        arguments: Vec<(String, Expr)>,
        profiles: Vec<Profile>,
    ) -> Result<Self> {
        let mut fields: Vec<_> =
            input.schema().iter().map(|(q, f)| (q.cloned(), Arc::clone(f))).collect();
        fields.push((None, Arc::new(Field::new(&column, result_type(), true))));
        let metadata = input.schema().metadata().clone();
        let schema = Arc::new(DFSchema::new_with_metadata(fields, metadata)?);
        Ok(Self { input, column, arguments, profiles, schema })
    }

    /// As a plan.
    pub fn into_plan(self) -> LogicalPlan {
        LogicalPlan::Extension(Extension { node: Arc::new(self) })
    }
}

impl PartialEq for Simulate {
    fn eq(&self, other: &Self) -> bool {
        self.input == other.input
            && self.column == other.column
            && self.arguments == other.arguments
            && self.profiles == other.profiles
    }
}

impl Eq for Simulate {}

impl Hash for Simulate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.column, &self.arguments).hash(state);
        self.input.hash(state);
    }
}

impl PartialOrd for Simulate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.column.partial_cmp(&other.column)
    }
}

impl UserDefinedLogicalNodeCore for Simulate {
    fn name(&self) -> &'static str {
        "Simulate"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        self.arguments.iter().map(|(_, value)| value.clone()).collect()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Simulate: {} of ", self.column)?;
        for (i, profile) in self.profiles.iter().enumerate() {
            let sizes: usize = profile.sizes.iter().map(Vec::len).product();
            write!(f, "{}{} at {sizes} sizes", if i > 0 { ", " } else { "" }, profile.column)?;
        }
        Ok(())
    }

    fn with_exprs_and_inputs(&self, exprs: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let names = self.arguments.iter().map(|(name, _)| name.clone());
        let input = inputs.into_iter().next().map_or_else(|| Arc::clone(&self.input), Arc::new);
        let arguments = names.zip(exprs).collect();
        Self::new(input, self.column.clone(), arguments, self.profiles.clone())
    }

    fn necessary_children_exprs(&self, _output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        Some(vec![(0..self.input.schema().fields().len()).collect()])
    }
}
