//! Rows of batches: one read by the names of its columns, a batch built column by column.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, RecordBatchOptions,
    StringArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Float64Type, Schema, SchemaRef};

use super::error::{Result, bug};

/// One row of a batch.
#[derive(Debug, Clone)]
pub(crate) struct RowView(RecordBatch);

impl RowView {
    /// A row of a batch that has it.
    pub(crate) fn new(batch: &RecordBatch, row: usize) -> Self {
        Self(batch.slice(row, 1))
    }

    /// A number; `None` where it is null, or no column has the name.
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        let column = self.cell(name, &DataType::Float64)?;
        Some(column.as_primitive_opt::<Float64Type>()?.value(0))
    }

    /// A text; `None` where it is null, or no column has the name.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        let column = self.cell(name, &DataType::Utf8)?;
        Some(column.as_string_opt::<i32>()?.value(0).to_owned())
    }

    /// Yes or no; `None` where it is null, or no column has the name.
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        let column = self.cell(name, &DataType::Boolean)?;
        Some(column.as_boolean_opt()?.value(0))
    }

    fn cell(&self, name: &str, kind: &DataType) -> Option<ArrayRef> {
        let column = cast(self.0.column_by_name(name)?, kind).ok()?;
        (!column.is_null(0)).then_some(column)
    }
}

/// A batch that is built column by column.
#[derive(Debug, Default)]
pub(crate) struct TableBuilder {
    fields: Vec<Field>,
    columns: Vec<ArrayRef>,
}

impl TableBuilder {
    /// A table that has columns already.
    pub(crate) fn of(fields: Vec<Field>, columns: Vec<ArrayRef>) -> Self {
        Self { fields, columns }
    }

    /// Adds texts.
    #[must_use]
    pub(crate) fn texts<T: AsRef<str>>(
        self,
        name: &str,
        values: impl IntoIterator<Item = T>,
    ) -> Self {
        let array = StringArray::from_iter_values(values);
        self.column(Field::new(name, DataType::Utf8, false), Arc::new(array))
    }

    /// Adds texts of which some are missing.
    #[must_use]
    pub(crate) fn texts_or_null<T: AsRef<str>>(
        self,
        name: &str,
        values: impl IntoIterator<Item = Option<T>>,
    ) -> Self {
        let array: StringArray = values.into_iter().collect();
        self.column(Field::new(name, DataType::Utf8, true), Arc::new(array))
    }

    /// Adds numbers.
    #[must_use]
    pub(crate) fn numbers(self, name: &str, values: impl IntoIterator<Item = f64>) -> Self {
        let array = Float64Array::from_iter_values(values);
        self.column(Field::new(name, DataType::Float64, false), Arc::new(array))
    }

    /// Adds numbers of which some are missing.
    #[must_use]
    pub(crate) fn numbers_or_null(
        self,
        name: &str,
        values: impl IntoIterator<Item = Option<f64>>,
    ) -> Self {
        let array: Float64Array = values.into_iter().collect();
        self.column(Field::new(name, DataType::Float64, true), Arc::new(array))
    }

    /// Adds counts.
    #[must_use]
    pub(crate) fn counts(self, name: &str, values: impl IntoIterator<Item = i64>) -> Self {
        let array = Int64Array::from_iter_values(values);
        self.column(Field::new(name, DataType::Int64, false), Arc::new(array))
    }

    /// Adds a column as it is.
    #[must_use]
    pub(crate) fn column(mut self, field: Field, array: ArrayRef) -> Self {
        self.fields.push(field);
        self.columns.push(array);
        self
    }

    /// The batch.
    ///
    /// # Errors
    /// Only if columns differ in length, which is a bug.
    pub(crate) fn build(self) -> Result<RecordBatch> {
        batch(Arc::new(Schema::new(self.fields)), self.columns)
    }
}

/// A batch of columns that a schema describes.
///
/// # Errors
/// Only if the columns do not fit, which is a bug.
pub(crate) fn batch(schema: SchemaRef, columns: Vec<ArrayRef>) -> Result<RecordBatch> {
    RecordBatch::try_new(schema, columns).map_err(bug)
}

/// The same where there may be no columns: `rows` says how many rows there are.
///
/// # Errors
/// Only if the columns do not fit, which is a bug.
pub(crate) fn counted(
    schema: SchemaRef,
    columns: Vec<ArrayRef>,
    rows: usize,
) -> Result<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(schema, columns, &options).map_err(bug)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_built_is_read() {
        let table = TableBuilder::default()
            .texts("name", ["a", "b"])
            .numbers_or_null("value", [Some(1.5), None])
            .counts("count", [1, 2]);
        let batch = table.build().expect("columns of one length");
        let rows = [0, 1].map(|row| RowView::new(&batch, row));
        assert_eq!(
            (rows[0].text("name").as_deref(), rows[0].number("value")),
            (Some("a"), Some(1.5))
        );
        assert_eq!((rows[1].number("value"), rows[1].number("count")), (None, Some(2.0)));
        assert_eq!((rows[1].text("no"), rows[1].flag("name")), (None, None));
    }
}
