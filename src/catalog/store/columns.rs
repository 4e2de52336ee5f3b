//! Columns in memory, from those of a file.

use std::collections::HashMap;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, DictionaryArray, Int32Array, Int64Array, StringArray,
};
use datafusion::arrow::datatypes::{DataType, Int32Type};
use serde_json::Value;

use crate::perf::{Column, ColumnType};

/// A column that has one value throughout.
pub(super) fn expand(ty: ColumnType, value: &Value, rows: usize) -> Option<Column> {
    match ty {
        ColumnType::Int => {
            let value = value.as_i64().and_then(|v| i32::try_from(v).ok())?;
            Some(Column::Int(vec![value; rows]))
        }
        ColumnType::Text => {
            let values = vec![value.as_str()?.to_owned()];
            Some(Column::Text { codes: vec![0; rows], values })
        }
    }
}

/// A column under construction.
pub(super) enum Builder {
    Int(Vec<i32>),
    Text { codes: Vec<u32>, values: Vec<String>, index: HashMap<String, u32> },
}

impl Builder {
    pub(super) fn new(ty: ColumnType) -> Self {
        match ty {
            ColumnType::Int => Self::Int(Vec::new()),
            ColumnType::Text => {
                Self::Text { codes: Vec::new(), values: Vec::new(), index: HashMap::new() }
            }
        }
    }

    pub(super) fn push(&mut self, array: &ArrayRef) -> Result<(), String> {
        if array.null_count() > 0 {
            return Err("a value is missing".to_owned());
        }
        let wrong = || format!("it is {}", array.data_type());
        match self {
            Self::Int(into) => match array.data_type() {
                DataType::Int32 => {
                    let values: &Int32Array = array.as_primitive();
                    into.extend_from_slice(values.values());
                }
                DataType::Int64 => {
                    let values: &Int64Array = array.as_primitive();
                    for value in values.values() {
                        into.push(
                            i32::try_from(*value).map_err(|_| format!("{value} is too large"))?,
                        );
                    }
                }
                _ => return Err(wrong()),
            },
            Self::Text { codes, values, index } => {
                let array: &DictionaryArray<Int32Type> =
                    array.as_dictionary_opt().ok_or_else(wrong)?;
                let names: &StringArray = array.values().as_string_opt().ok_or_else(wrong)?;
                // Positions in this batch's dictionary, as positions in ours.
                let mut map = Vec::with_capacity(names.len());
                for name in names.iter().map(Option::unwrap_or_default) {
                    let next = u32::try_from(values.len()).map_err(|e| e.to_string())?;
                    let code = *index.entry(name.to_owned()).or_insert_with(|| {
                        values.push(name.to_owned());
                        next
                    });
                    map.push(code);
                }
                codes.reserve(array.len());
                for key in array.keys().values() {
                    let code = usize::try_from(*key).ok().and_then(|k| map.get(k));
                    codes.push(*code.ok_or("a name is out of range")?);
                }
            }
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Column {
        match self {
            Self::Int(values) => Column::Int(values),
            Self::Text { codes, values, .. } => sorted(codes, values),
        }
    }
}

/// Renumbers the codes so that they follow the order of the names.
pub(in crate::catalog) fn sorted(mut codes: Vec<u32>, values: Vec<String>) -> Column {
    if values.is_sorted() {
        return Column::Text { codes, values };
    }
    let mut order: Vec<(String, usize)> =
        values.into_iter().enumerate().map(|(i, v)| (v, i)).collect();
    order.sort();
    let mut rank = vec![0_u32; order.len()];
    for (position, (_, old)) in order.iter().enumerate() {
        if let Some(slot) = rank.get_mut(*old) {
            *slot = u32::try_from(position).unwrap_or(u32::MAX);
        }
    }
    for code in &mut codes {
        *code = rank.get(*code as usize).copied().unwrap_or(0);
    }
    Column::Text { codes, values: order.into_iter().map(|(v, _)| v).collect() }
}
