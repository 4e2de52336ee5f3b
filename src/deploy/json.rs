//! Rows and numbers as JSON.

use std::collections::BTreeMap;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type};
use serde_json::{Map, Value as Json};

use crate::base::error::Result;
use crate::base::error::bug;

/// One row as JSON, without its nulls.
pub(crate) fn row_json(row: &RecordBatch) -> Result<Map<String, Json>> {
    let mut map = Map::new();
    for (field, column) in row.schema().fields().iter().zip(row.columns()) {
        if column.is_empty() || column.is_null(0) {
            continue;
        }
        let value = match field.data_type() {
            DataType::Utf8 => column.as_string::<i32>().value(0).into(),
            _ => match cast(column, &DataType::Float64).map_err(bug)? {
                c if c.is_null(0) => continue,
                c => number(c.as_primitive::<Float64Type>().value(0)),
            },
        };
        map.insert(field.name().clone(), value);
    }
    Ok(map)
}

/// A number as JSON, whole ones without a point.
pub(crate) fn number(n: f64) -> Json {
    if n.fract() == 0.0 && n.abs() < 1e15 { (n as i64).into() } else { n.into() }
}

/// The leaves of a tree as texts; dots separate the keys of maps within maps.
pub(crate) fn flattened(value: &Json) -> BTreeMap<String, String> {
    fn add(prefix: &str, value: &Json, into: &mut BTreeMap<String, String>) {
        let text = match value {
            Json::Object(map) => {
                let dot = if prefix.is_empty() { "" } else { "." };
                return map.iter().for_each(|(k, v)| add(&format!("{prefix}{dot}{k}"), v, into));
            }
            Json::String(text) => text.clone(),
            other => other.to_string(),
        };
        into.insert(prefix.to_owned(), text);
    }
    let mut leaves = BTreeMap::new();
    add("", value, &mut leaves);
    leaves
}
