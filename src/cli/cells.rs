//! Single values of the rows of an answer.

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type};

/// A number of a row; none where it is NULL or not there.
pub(super) fn number(batch: &RecordBatch, name: &str, row: usize) -> Option<f64> {
    let column = cast(batch.column_by_name(name)?, &DataType::Float64).ok()?;
    let column = column.as_primitive_opt::<Float64Type>()?;
    (row < column.len() && column.is_valid(row)).then(|| column.value(row))
}

/// A text of a row.
pub(super) fn text(batch: &RecordBatch, name: &str, row: usize) -> Option<String> {
    Some(batch.column_by_name(name)?.as_string_opt::<i32>()?.value(row).to_owned())
}
