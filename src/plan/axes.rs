//! Axes as relations: each a small table, the candidates their cross join.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::{Column, TableReference};
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};

use super::lower::bug;
use super::steps;
use crate::error::Result;

/// Rows of one batch of an axis table.
const BATCH_ROWS: usize = 8192;

/// The values of an axis as a relation of one column.
///
/// # Errors
/// Only if the plan builder fails.
pub fn axis(name: &str, values: &[f64]) -> Result<LogicalPlan> {
    let field = Field::new(name, DataType::Float64, false);
    let schema = Arc::new(Schema::new(vec![field]));
    let batches = values.chunks(BATCH_ROWS).map(|chunk| {
        let column: ArrayRef = Arc::new(Float64Array::from(chunk.to_vec()));
        RecordBatch::try_new(Arc::clone(&schema), vec![column])
    });
    let batches = batches.collect::<Result<Vec<_>, _>>().map_err(bug)?;
    table(name, MemTable::try_new(schema, vec![batches]).map_err(bug)?)
}

/// A table in memory as a relation with unqualified columns.
///
/// # Errors
/// Only if the plan builder fails.
pub fn table(name: &str, table: MemTable) -> Result<LogicalPlan> {
    let name = TableReference::bare(name);
    let source = provider_as_source(Arc::new(table));
    let scan = LogicalPlanBuilder::scan(name, source, None).map_err(bug)?;
    let columns: Vec<Expr> = scan
        .schema()
        .iter()
        .map(|(qualifier, field)| {
            Expr::Column(Column::new(qualifier.cloned(), field.name())).alias(field.name())
        })
        .collect();
    scan.project(columns).and_then(LogicalPlanBuilder::build).map_err(bug)
}

/// The cross join of axes; one empty row if there are none. The longest axis comes last, where
/// it streams.
///
/// # Errors
/// Only if the plan builder fails.
pub fn cross<'v>(
    axes: impl IntoIterator<Item = (&'v String, &'v Vec<f64>)>,
) -> Result<LogicalPlan> {
    let mut axes: Vec<_> = axes.into_iter().collect();
    axes.sort_by_key(|(_, values)| values.len());
    let mut joined: Option<LogicalPlan> = None;
    for (name, values) in axes {
        let next = axis(name, values)?;
        joined = Some(match joined {
            None => next,
            Some(before) => steps::join(before, next, &[])?,
        });
    }
    Ok(joined.unwrap_or_else(steps::one_row))
}

/// How many rows the cross join of axes has.
pub fn size<'v>(axes: impl IntoIterator<Item = &'v Vec<f64>>) -> u64 {
    axes.into_iter().map(|v| v.len() as u64).fold(1, u64::saturating_mul)
}

/// Axes restricted to some names.
pub fn subset<'v>(
    axes: &'v BTreeMap<String, Vec<f64>>,
    names: &std::collections::BTreeSet<String>,
) -> BTreeMap<&'v String, &'v Vec<f64>> {
    axes.iter().filter(|(name, _)| names.contains(*name)).collect()
}
