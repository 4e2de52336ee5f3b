//! Axes as relations: each a small table, the candidates their cross join.

use crate::base::rows;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::chain;
use crate::base::error::{Result, bug};
use datafusion::arrow::array::{ArrayRef, Float64Array};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::catalog::TableProvider;
use datafusion::common::{Column, TableReference};
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};

/// Rows of one batch of an axis table.
const BATCH_ROWS: usize = 8192;

/// Rows of one table of several axes: enough for full batches, few enough for the cache.
const TABLE_ROWS: usize = 8 * BATCH_ROWS;

/// The values of an axis as a relation of one column.
///
/// # Errors
/// Only if the plan builder fails.
pub fn axis(name: &str, values: &[f64]) -> Result<LogicalPlan> {
    relation(&[(name, values)])
}

/// The cross product of a few axes as one table, the last varying fastest.
fn relation(axes: &[(&str, &[f64])]) -> Result<LogicalPlan> {
    let field = |(name, _): &(&str, _)| Field::new(*name, DataType::Float64, false);
    let schema = Arc::new(Schema::new(axes.iter().map(field).collect::<Vec<_>>()));
    let rows: usize = axes.iter().map(|(_, values)| values.len()).product();
    let mut columns: Vec<ArrayRef> = Vec::new();
    let mut inner = rows;
    for (_, values) in axes {
        inner /= values.len().max(1);
        let at = |row: usize| values[row / inner % values.len()];
        columns.push(Arc::new(Float64Array::from_iter_values((0..rows).map(at))));
    }
    let whole = rows::batch(Arc::clone(&schema), columns)?;
    let starts = (0..rows).step_by(BATCH_ROWS);
    let batches = starts.map(|start| whole.slice(start, BATCH_ROWS.min(rows - start)));
    let name = if let [(name, _)] = axes { name } else { "axes" };
    table(name, MemTable::try_new(schema, vec![batches.collect()]).map_err(bug)?)
}

/// A table as a relation with unqualified columns.
///
/// # Errors
/// Only if the plan builder fails.
pub fn table(name: &str, table: impl TableProvider + 'static) -> Result<LogicalPlan> {
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

/// The cross join of axes; one empty row if there are none. The longest axes are one table: a join
/// hands on batches no larger than those of its last input.
///
/// # Errors
/// Only if the plan builder fails.
pub fn cross<'v>(
    axes: impl IntoIterator<Item = (&'v String, &'v Vec<f64>)>,
) -> Result<LogicalPlan> {
    let mut axes: Vec<(&str, &[f64])> =
        axes.into_iter().map(|(name, values)| (name.as_str(), values.as_slice())).collect();
    axes.sort_by_key(|(_, values)| values.len());
    let mut rows = 1;
    let together = axes.iter().rev().take_while(|(_, values)| {
        let first = rows == 1;
        rows *= values.len();
        first || rows <= TABLE_ROWS
    });
    let (apart, together) = axes.split_at(axes.len() - together.count());
    let mut joined: Option<LogicalPlan> = None;
    for (name, values) in apart {
        let next = axis(name, values)?;
        joined = Some(match joined {
            None => next,
            Some(before) => chain::join(before, next, &[])?,
        });
    }
    if together.is_empty() {
        return Ok(chain::one_row());
    }
    let last = relation(together)?;
    joined.map_or(Ok(last.clone()), |before| chain::join(before, last, &[]))
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
