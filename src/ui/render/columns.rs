//! The rows of an answer turned into columns of readable cells.

use std::io;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Float64Type};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

use super::records;
use super::rounding::Rounding;
use crate::answer::Answer;
use crate::ui::text::printable;

/// One column, ready to be laid out.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: String,
    /// Empty where the column has none.
    pub(super) unit: String,
    /// Numbers stand to the right.
    pub(super) numeric: bool,
    /// `None` is NULL.
    pub(super) cells: Vec<Option<String>>,
    /// Its texts are read as one: they are not wrapped while other columns can go.
    pub(super) unbroken: bool,
    /// Every row has the same value at full precision.
    pub(super) uniform: bool,
    /// How soon it matters, 0 first, where room is short.
    pub(super) place: u8,
}

/// What stands for NULL.
const NULL: &str = "-";

impl Column {
    pub(super) fn cell(&self, row: usize) -> &str {
        self.cells.get(row).and_then(Option::as_deref).unwrap_or(NULL)
    }

    pub(super) fn is_all_null(&self) -> bool {
        self.cells.iter().all(Option::is_none)
    }

    /// The value and its unit.
    pub(super) fn with_unit(&self, row: usize) -> String {
        match self.cells.get(row) {
            Some(Some(cell)) if !self.unit.is_empty() => format!("{cell} {}", self.unit),
            _ => self.cell(row).to_owned(),
        }
    }
}

/// The first `rows` rows of an answer.
pub(super) fn columns(answer: &Answer, rows: usize) -> io::Result<Vec<Column>> {
    let fields = answer.schema.fields().iter().enumerate();
    fields.map(|(index, field)| column(answer, index, field, rows)).collect()
}

fn column(answer: &Answer, index: usize, field: &Field, rows: usize) -> io::Result<Column> {
    let mut left = rows;
    let mut arrays = Vec::with_capacity(answer.batches.len());
    for batch in &answer.batches {
        let array = batch.columns().get(index).ok_or_else(|| {
            io::Error::other(format!("a batch of the answer has no column `{}`", field.name()))
        })?;
        let taken = array.len().min(left);
        arrays.push(array.slice(0, taken));
        left -= taken;
    }
    let kind = field.data_type();
    let cells = match field.metadata().get("each") {
        Some(template) => {
            let cells = records::cells(&arrays, template);
            let uniform = all_same(&cells);
            Ok((cells, uniform))
        }
        None if is_fractional(kind) => fractions(&arrays),
        None => texts(&arrays),
    };
    let (cells, uniform) = cells.map_err(io::Error::other)?;
    Ok(Column {
        name: printable(field.name()),
        unit: printable(field.metadata().get("unit").map_or("", String::as_str)),
        numeric: kind.is_numeric(),
        unbroken: kind.is_numeric() || field.metadata().contains_key("unbroken"),
        cells,
        uniform,
        place: field.metadata().get("place").and_then(|p| p.parse().ok()).unwrap_or(2),
    })
}

/// Cells of a column, and whether all are the same.
type Cells = Result<(Vec<Option<String>>, bool), datafusion::arrow::error::ArrowError>;

fn is_fractional(kind: &DataType) -> bool {
    kind.is_floating()
        || matches!(
            kind,
            DataType::Decimal32(..)
                | DataType::Decimal64(..)
                | DataType::Decimal128(..)
                | DataType::Decimal256(..)
        )
}

fn fractions(arrays: &[ArrayRef]) -> Cells {
    let mut values: Vec<Option<f64>> = Vec::new();
    for array in arrays {
        let floats = cast(array, &DataType::Float64)?;
        values.extend(floats.as_primitive::<Float64Type>().iter());
    }
    let rounding = Rounding::of(values.iter().copied().flatten());
    let uniform = all_same(&values);
    let cells = values.iter().map(|value| value.map(|value| rounding.text(value))).collect();
    Ok((cells, uniform))
}

fn texts(arrays: &[ArrayRef]) -> Cells {
    let options = FormatOptions::default().with_null("null");
    let mut cells = Vec::new();
    for array in arrays {
        let formatter = ArrayFormatter::try_new(array.as_ref(), &options)?;
        let nulls = array.logical_nulls();
        for row in 0..array.len() {
            let null = nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
            let text = || formatter.value(row).try_to_string();
            cells.push(if null { None } else { Some(printable(&text()?)) });
        }
    }
    let uniform = all_same(&cells);
    Ok((cells, uniform))
}

fn all_same<T: PartialEq>(values: &[T]) -> bool {
    values.windows(2).all(|pair| pair[0] == pair[1])
}
