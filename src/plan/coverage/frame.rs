//! A few rows with columns that are computed at once, without a plan: worker shapes are few, and
//! there are many models.

use crate::plan::expr::lowered::Lowered;
use std::sync::Arc;

use datafusion::arrow::array::StringArray;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, RecordBatch};
use datafusion::arrow::compute::{cast, filter_record_batch};
use datafusion::arrow::datatypes::{DataType, Field, Float64Type, Schema};
use datafusion::common::DFSchema;
use datafusion::execution::context::ExecutionProps;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::physical_expr::create_physical_expr;

use crate::base::error::{Result, bug};
use crate::base::rows::counted;
use crate::model::value::Value;

/// Rows of named columns.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    batch: RecordBatch,
    schema: DFSchema,
}

impl Frame {
    fn new(batch: RecordBatch) -> Result<Self> {
        let schema = DFSchema::try_from(batch.schema()).map_err(bug)?;
        Ok(Self { batch, schema })
    }

    /// Columns of numbers; one row if there are none.
    pub(super) fn of(named: Vec<(String, Vec<f64>)>) -> Result<Self> {
        let rows = named.first().map_or(1, |(_, values)| values.len());
        let (mut fields, mut columns) = (Vec::new(), Vec::<ArrayRef>::new());
        for (name, values) in named {
            fields.push(Field::new(name, DataType::Float64, true));
            columns.push(Arc::new(Float64Array::from(values)));
        }
        Self::from_columns(fields, columns, rows)
    }

    fn from_columns(fields: Vec<Field>, columns: Vec<ArrayRef>, rows: usize) -> Result<Self> {
        Self::new(counted(Arc::new(Schema::new(fields)), columns, rows)?)
    }

    /// Every pair of a row of this and one of another.
    pub(super) fn pairs(&self, other: &Self) -> Result<Self> {
        let (own, theirs) = (self.rows(), other.rows());
        let rows = own * theirs;
        let (mut fields, mut columns) = (Vec::new(), Vec::new());
        let left = (0..rows).map(|row| (row / theirs.max(1)) as u32).collect::<Vec<_>>();
        let right = (0..rows).map(|row| (row % theirs.max(1)) as u32).collect::<Vec<_>>();
        for (batch, at) in [(&self.batch, left), (&other.batch, right)] {
            let at = datafusion::arrow::array::UInt32Array::from(at);
            for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
                if fields.iter().all(|f: &Field| f.name() != field.name()) {
                    fields.push(field.as_ref().clone());
                    columns.push(datafusion::arrow::compute::take(column, &at, None).map_err(bug)?);
                }
            }
        }
        Self::from_columns(fields, columns, rows)
    }

    /// How many rows there are.
    pub(super) fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    /// The columns.
    pub(super) fn schema(&self) -> &DFSchema {
        &self.schema
    }

    /// Whether all of these are columns.
    pub(super) fn has<'n>(&self, mut names: impl Iterator<Item = &'n String>) -> bool {
        names.all(|name| self.batch.column_by_name(name).is_some())
    }

    fn evaluate(&self, expr: &Expr) -> Result<ArrayRef> {
        let (props, context) = (ExecutionProps::new(), PhysicalPlanningContext::default());
        let expr = create_physical_expr(expr, &self.schema, &props, &context);
        let value = expr.and_then(|e| e.evaluate(&self.batch)).map_err(bug)?;
        value.into_array(self.rows()).map_err(bug)
    }

    /// The values of an expression, NaN where there is none.
    pub(super) fn numbers(&self, value: &Lowered) -> Result<Vec<f64>> {
        if let Some(known) = value.value() {
            return Ok(vec![known.as_number().unwrap_or(f64::NAN); self.rows()]);
        }
        let array = cast(&self.evaluate(&value.expr())?, &DataType::Float64).map_err(bug)?;
        let array = array.as_primitive::<Float64Type>();
        Ok(array.iter().map(|n| n.unwrap_or(f64::NAN)).collect())
    }

    /// Where a condition holds.
    pub(super) fn holds(&self, condition: &Lowered) -> Result<Vec<bool>> {
        if let Some(known) = condition.value() {
            return Ok(vec![*known == Value::Bool(true); self.rows()]);
        }
        let array = self.evaluate(&condition.expr())?;
        Ok(array.as_boolean().iter().map(|held| held == Some(true)).collect())
    }

    /// The text of an expression in one row.
    pub(super) fn text(&self, expr: &Expr, row: usize) -> Result<String> {
        let array = cast(&self.evaluate(expr)?, &DataType::Utf8).map_err(bug)?;
        let array: &StringArray = array.as_string();
        Ok(if array.is_null(row) { String::new() } else { array.value(row).to_owned() })
    }

    /// With columns computed from those there are.
    pub(super) fn with<'e>(
        &self,
        more: impl IntoIterator<Item = (&'e String, Expr)>,
    ) -> Result<Self> {
        let schema = self.batch.schema();
        let mut fields: Vec<Field> = schema.fields().iter().map(|f| f.as_ref().clone()).collect();
        let mut columns = self.batch.columns().to_vec();
        for (name, expr) in more {
            let column = self.evaluate(&expr)?;
            fields.push(Field::new(name, column.data_type().clone(), true));
            columns.push(column);
        }
        Self::from_columns(fields, columns, self.rows())
    }

    /// Only some rows.
    pub(super) fn keep(&self, kept: &[bool]) -> Result<Self> {
        let kept = BooleanArray::from(kept.to_vec());
        Self::new(filter_record_batch(&self.batch, &kept).map_err(bug)?)
    }
}
