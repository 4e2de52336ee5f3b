//! The measurements of two sides matched row by row: a full outer join on the keys and axes of an
//! op table.

use crate::base::rows;
use crate::plan::expr::lowered::column;
use crate::plan::nodes::failure::failure;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{DataType, Field, Int64Type, Schema};
use datafusion::datasource::MemTable;
use datafusion::functions_aggregate::expr_fn::{count, first_value};
use datafusion::logical_expr::{Expr, LogicalPlan, SortExpr, lit, when};

use super::place::Place;
use crate::base::error::{Result, bug};
use crate::catalog::{TableFile, provider};
use crate::perf::{ColumnSpec, TableSpec};
use crate::plan::relation::{axes, chain};
use crate::session::state::Session;

/// The kernel that was measured: a key of some tables, a remark in others.
const KERNEL: &str = "kernel";
/// The order in which rows were measured: of rows that agree in all keys the first counts, as it
/// does for lookups.
const ORDER: &str = "#order";

/// Matched rows.
pub(super) struct Matched {
    /// Columns that rows are matched by.
    pub(super) keys: Vec<String>,
    /// How many of the keys, from the end, are sizes that lookups interpolate over.
    pub(super) sizes: usize,
    /// The kernels of either side, where these differ and rows are therefore matched whatever their
    /// kernel.
    pub(super) kernels: Option<[Vec<String>; 2]>,
    /// Columns `change`, the keys, `a`, `b`, `delta`, `ratio`, `kernel_a`, `kernel_b`.
    rows: RecordBatch,
}

impl Matched {
    /// The rows as a relation.
    pub(super) fn plan(&self) -> Result<LogicalPlan> {
        held(&self.rows)
    }
}

impl Session {
    /// Matches the rows of some files of a table with those of others.
    pub(super) fn matched(
        &self,
        table: &'static TableSpec,
        places: &[Place; 2],
        files: [Vec<TableFile>; 2],
    ) -> Result<Matched> {
        let [first, second] = files;
        let a = self.rows_of(table, &places[0], first)?;
        let b = self.rows_of(table, &places[1], second)?;
        let is_key = table.keys.iter().any(|k| k.name == KERNEL);
        let lanes = if is_key { Some([self.lanes(&a)?, self.lanes(&b)?]) } else { None };
        // Where a side runs other kernels, what counts is the one that lookups prefer.
        let kernels = lanes.filter(|[a, b]| {
            let differ = a.iter().any(|k| !b.contains(k)) || b.iter().any(|k| !a.contains(k));
            differ && !a.is_empty() && !b.is_empty()
        });
        let open = |part: fn(&Place) -> bool| places.iter().all(part);
        let mut keys: Vec<String> = Vec::new();
        for (name, open) in [
            ("system", open(|p| p.system.is_none())),
            ("backend", open(|p| p.backend.is_none())),
            ("version", open(|p| p.version.is_none())),
        ] {
            keys.extend(open.then(|| name.to_owned()));
        }
        let own = |columns: &[ColumnSpec]| -> Vec<String> {
            let names = columns.iter().map(|c| c.name.to_owned());
            names.filter(|n| n != KERNEL || kernels.is_none()).collect()
        };
        keys.extend(own(table.keys));
        keys.extend(own(table.axes));
        let preferred = |side: usize| kernels.as_ref().map_or(&[][..], |k| &k[side]);
        let left = side(&a, "a", &keys, &preferred_first(places, 0, preferred(0)))?;
        let right = side(&b, "b", &keys, &preferred_first(places, 1, preferred(1)))?;
        let pairs: Vec<(String, String)> =
            keys.iter().map(|k| (format!("a {k}"), format!("b {k}"))).collect();
        let plan = compared(chain::full_join(left, right, &pairs)?, &keys)?;
        let rows = self.whole(plan, a.num_rows() + b.num_rows())?;
        Ok(Matched { keys, sizes: table.axes.len(), kernels, rows })
    }

    /// The rows of files, in the order in which they are stored.
    fn rows_of(
        &self,
        table: &'static TableSpec,
        place: &Place,
        files: Vec<TableFile>,
    ) -> Result<RecordBatch> {
        let rows = axes::table(table.name, provider::rows(&place.catalog, table, files))?;
        let batch = self.whole(rows, 0)?;
        let order: ArrayRef = Arc::new(Int64Array::from_iter_values(0..batch.num_rows() as i64));
        let mut fields = batch.schema().fields().to_vec();
        fields.push(Arc::new(Field::new(ORDER, DataType::Int64, false)));
        let columns = batch.columns().iter().cloned().chain([order]).collect();
        rows::batch(Arc::new(Schema::new(fields)), columns)
    }

    /// The kernels of rows, most rows first.
    fn lanes(&self, rows: &RecordBatch) -> Result<Vec<String>> {
        let counted = vec![count(lit(1_i64)).alias("rows")];
        let plan = chain::aggregate(held(rows)?, vec![column(KERNEL)], counted)?;
        let order = vec![column("rows").sort(false, false), column(KERNEL).sort(true, false)];
        let lanes = self.whole(chain::sort(plan, order, None), rows.num_rows())?;
        Ok(texts(&lanes, KERNEL))
    }

    /// All rows of a plan as one batch.
    pub(super) fn whole(&self, plan: LogicalPlan, rows: usize) -> Result<RecordBatch> {
        let schema = Arc::new(plan.schema().as_arrow().clone());
        let context = self.context_for(rows as u64);
        let plan = self.optimized(&context, &plan)?;
        let batches = self.collect(&context, plan)?.batches;
        let schema = batches.first().map_or(schema, RecordBatch::schema);
        concat_batches(&schema, &batches).map_err(bug)
    }
}

/// The kernels in the order in which lookups would take them.
fn preferred_first(places: &[Place; 2], side: usize, kernels: &[String]) -> Vec<String> {
    let place = &places[side];
    let declared = place.declared_kernels();
    let (mut first, rest): (Vec<String>, Vec<String>) =
        kernels.iter().cloned().partition(|k| declared.contains(k));
    first.extend(rest);
    first
}

/// One row for each combination of keys, its columns named after the side.
fn side(
    rows: &RecordBatch,
    name: &str,
    keys: &[String],
    kernels: &[String],
) -> Result<LogicalPlan> {
    let mut order: Vec<SortExpr> = Vec::new();
    let mut ranked = kernels.iter().zip(0_i64..);
    if let Some((first, rank)) = ranked.next() {
        let is = |kernel: &String| column(KERNEL).eq(lit(kernel.as_str()));
        let mut place = when(is(first), lit(rank));
        for (kernel, rank) in ranked {
            place = place.when(is(kernel), lit(rank));
        }
        order.push(place.end().map_err(bug)?.sort(true, false));
    }
    order.push(column(ORDER).sort(true, false));
    let first = |value: &str| first_value(column(value), order.clone());
    let mut values = vec![first("latency").alias(name)];
    let noted = rows.column_by_name(KERNEL).is_some() && !keys.iter().any(|k| k == KERNEL);
    if noted {
        values.push(first(KERNEL).alias(format!("kernel_{name}")));
    }
    let plan = chain::aggregate(held(rows)?, keys.iter().map(|k| column(k)).collect(), values)?;
    let mut columns: Vec<Expr> =
        keys.iter().map(|k| column(k).alias(format!("{name} {k}"))).collect();
    columns.push(column(name));
    let kernel = format!("kernel_{name}");
    columns.push(if noted { column(&kernel) } else { none().alias(kernel) });
    chain::project(plan, columns)
}

/// No text.
fn none() -> Expr {
    Expr::Literal(datafusion::common::ScalarValue::Utf8(None), None)
}

/// What became of each row.
fn compared(plan: LogicalPlan, keys: &[String]) -> Result<LogicalPlan> {
    let (a, b) = (|| column("a"), || column("b"));
    let change = when(a().is_null(), lit("entered"))
        .when(b().is_null(), lit("left"))
        .when(a().eq(b()), lit("same"))
        .otherwise(lit("moved"))
        .map_err(bug)?;
    let mut columns = vec![change.alias("change")];
    for key in keys {
        let (own, other) = (column(&format!("a {key}")), column(&format!("b {key}")));
        columns.push(when(a().is_not_null(), own).otherwise(other).map_err(bug)?.alias(key));
    }
    columns.extend([a(), b(), (b() - a()).alias("delta"), (b() / a()).alias("ratio")]);
    columns.extend([column("kernel_a"), column("kernel_b")]);
    chain::project(plan, columns)
}

/// Rows as a relation.
pub(super) fn held(rows: &RecordBatch) -> Result<LogicalPlan> {
    let table = MemTable::try_new(rows.schema(), vec![vec![rows.clone()]]);
    axes::table("rows", table.map_err(failure)?)
}

/// The texts of a column.
pub(super) fn texts(rows: &RecordBatch, name: &str) -> Vec<String> {
    let column = rows.column_by_name(name).and_then(|c| c.as_string_opt::<i32>());
    column.into_iter().flatten().flatten().map(str::to_owned).collect()
}

/// The whole numbers of a column.
pub(super) fn counts(rows: &RecordBatch, name: &str) -> Vec<i64> {
    let column = rows.column_by_name(name).and_then(|c| c.as_primitive_opt::<Int64Type>());
    column.into_iter().flatten().map(Option::unwrap_or_default).collect()
}
