//! Lists of records in one cell: the first few of them, each by a template such as
//! `{keys} ({distance})` that the column carries.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StructArray};
use datafusion::arrow::datatypes::Float64Type;

use super::rounding::Rounding;
use crate::ui::text::printable;

/// Records that a cell shows.
const SHOWN: usize = 2;

/// A cell for each row; none where there is no list.
pub(super) fn cells(arrays: &[ArrayRef], template: &str) -> Vec<Option<String>> {
    let mut cells = Vec::new();
    for array in arrays {
        let Some(lists) = array.as_list_opt::<i32>() else {
            cells.extend(std::iter::repeat_n(None, array.len()));
            continue;
        };
        for row in 0..lists.len() {
            let records = (!lists.is_null(row)).then(|| lists.value(row));
            let text = records.as_ref().and_then(|r| r.as_struct_opt()).map(|r| some(r, template));
            cells.push(text.filter(|t| !t.is_empty()).map(|t| printable(&t)));
        }
    }
    cells
}

fn some(records: &StructArray, template: &str) -> String {
    let shown = (0..records.len().min(SHOWN)).map(|row| one(records, row, template));
    let mut text = shown.collect::<Vec<_>>().join("; ");
    if records.len() > SHOWN {
        text += &format!("; {} more", records.len() - SHOWN);
    }
    text
}

fn one(records: &StructArray, row: usize, template: &str) -> String {
    let mut text = template.to_owned();
    for (field, column) in records.fields().iter().zip(records.columns()) {
        let hole = format!("{{{}}}", field.name());
        if !text.contains(&hole) {
            continue;
        }
        let value = if column.is_null(row) {
            String::new()
        } else if let Some(texts) = column.as_string_opt::<i32>() {
            texts.value(row).to_owned()
        } else if let Some(numbers) = column.as_primitive_opt::<Float64Type>() {
            Rounding::EachAlone.text(numbers.value(row))
        } else {
            continue;
        };
        text = text.replace(&hole, &value);
    }
    text
}
