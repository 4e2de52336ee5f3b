//! The logical node.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use datafusion::common::{DFSchema, DFSchemaRef, Result};
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, UserDefinedLogicalNodeCore};

/// A relation to look up in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Side {
    /// The relation; no two rows agree in all keys.
    pub plan: LogicalPlan,
    /// Key columns of the candidates, with their names in the relation.
    pub keys: Vec<(String, String)>,
}

impl Side {
    /// Places of the columns that are looked up: all but the keys.
    pub(super) fn values(&self) -> Vec<usize> {
        let is_key = |name: &str| self.keys.iter().any(|(_, key)| key == name);
        let fields = self.plan.schema().fields().iter().enumerate();
        fields.filter(|(_, f)| !is_key(f.name())).map(|(i, _)| i).collect()
    }
}

/// The columns of `input`, then the values of each side. Rows without a match are left out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Lookup {
    /// The candidates.
    pub input: Arc<LogicalPlan>,
    /// Where to look.
    pub sides: Vec<Side>,
    schema: DFSchemaRef,
}

impl Lookup {
    /// Looks up in `sides` for each row of `input`.
    ///
    /// # Errors
    /// When a column of that name exists already.
    pub fn new(input: Arc<LogicalPlan>, sides: Vec<Side>) -> Result<Self> {
        let own = input.schema();
        let mut fields: Vec<_> = own.iter().map(|(q, f)| (q.cloned(), Arc::clone(f))).collect();
        for side in &sides {
            let schema = side.plan.schema();
            fields.extend(side.values().into_iter().map(|i| (None, Arc::clone(schema.field(i)))));
        }
        let schema = Arc::new(DFSchema::new_with_metadata(fields, own.metadata().clone())?);
        Ok(Self { input, sides, schema })
    }

    /// As a plan.
    pub fn into_plan(self) -> LogicalPlan {
        LogicalPlan::Extension(Extension { node: Arc::new(self) })
    }
}

impl PartialOrd for Lookup {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.sides.len().partial_cmp(&other.sides.len())
    }
}

impl UserDefinedLogicalNodeCore for Lookup {
    fn name(&self) -> &'static str {
        "Lookup"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        std::iter::once(&*self.input).chain(self.sides.iter().map(|s| &s.plan)).collect()
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lookup: by ")?;
        for (i, side) in self.sides.iter().enumerate() {
            let keys: Vec<&str> = side.keys.iter().map(|(key, _)| key.as_str()).collect();
            write!(f, "{}({})", if i > 0 { ", " } else { "" }, keys.join(", "))?;
        }
        Ok(())
    }

    fn with_exprs_and_inputs(&self, _: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let mut inputs = inputs.into_iter();
        let input = inputs.next().map_or_else(|| Arc::clone(&self.input), Arc::new);
        let sides = self.sides.iter().zip(inputs);
        let sides = sides.map(|(side, plan)| Side { plan, keys: side.keys.clone() });
        Self::new(input, sides.collect())
    }

    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        let own = self.input.schema();
        let mut offset = own.fields().len();
        let mut input: Vec<usize> =
            output_columns.iter().copied().filter(|i| *i < offset).collect();
        let mut sides = Vec::new();
        for side in &self.sides {
            let schema = side.plan.schema();
            let values = side.values();
            let wanted = |at: usize| output_columns.contains(&(offset + at));
            let mut columns: Vec<usize> =
                values.iter().enumerate().filter(|(at, _)| wanted(*at)).map(|(_, i)| *i).collect();
            for (key, name) in &side.keys {
                input.push(own.index_of_column_by_name(None, key)?);
                columns.push(schema.index_of_column_by_name(None, name)?);
            }
            offset += values.len();
            sides.push(columns);
        }
        let mut needed = vec![input];
        needed.extend(sides);
        for columns in &mut needed {
            columns.sort_unstable();
            columns.dedup();
        }
        Some(needed)
    }
}
