//! Reading an op table: straight from the file into plain columns, in one pass.

use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, DictionaryArray, Float32Array, Float64Array, Int32Array, Int64Array,
    StringArray,
};
use datafusion::arrow::datatypes::{DataType, Field, Int32Type, Schema};
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use datafusion::parquet::file::metadata::FileMetaData;
use serde_json::{Map, Value};

use super::{CONSTANTS, DIGEST, GROUP_ROWS, digest_of_table};
use crate::catalog::damaged;
use crate::error::Result;
use crate::perf::spec::{ColumnType, TableSpec};
use crate::perf::table::{Column, RawTable};

/// Reads the table at `path`. The values of text columns come out sorted, so that codes compare
/// as the names do.
pub(in crate::catalog) fn read(path: &Path, spec: &'static TableSpec) -> Result<RawTable> {
    let bytes = std::fs::read(path).map_err(|e| damaged(path, e.to_string()))?;
    parse(Bytes::from(bytes), spec).map_err(|why| damaged(path, why))
}

/// The digest that a table carries; empty for one that was written elsewhere.
pub(in crate::catalog) fn digest(path: &Path) -> Result<String> {
    let fail = |e: &dyn std::fmt::Display| damaged(path, e.to_string());
    let file = std::fs::File::open(path).map_err(|e| fail(&e))?;
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let found = ArrowReaderMetadata::load(&file, options).map_err(|e| fail(&e))?;
    Ok(metadata(found.metadata().file_metadata(), DIGEST).unwrap_or_default().to_owned())
}

/// Reads a table from the bytes of its file.
pub(in crate::catalog) fn parse(
    bytes: Bytes,
    spec: &'static TableSpec,
) -> Result<RawTable, String> {
    // The decoder indexes by lengths and codes that a damaged page can falsify; it has no mode
    // in which it checks all of them first.
    catch_unwind(AssertUnwindSafe(|| decode(bytes, spec)))
        .unwrap_or_else(|_| Err("it is damaged".to_owned()))
}

fn decode(bytes: Bytes, spec: &'static TableSpec) -> Result<RawTable, String> {
    let text = |e: &dyn std::fmt::Display| e.to_string();
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let found = ArrowReaderMetadata::load(&bytes, options.clone()).map_err(|e| text(&e))?;
    let constants_text = metadata(found.metadata().file_metadata(), CONSTANTS).unwrap_or("{}");
    let constants: Map<String, Value> =
        serde_json::from_str(constants_text).map_err(|e| format!("its constants: {e}"))?;
    let digest = metadata(found.metadata().file_metadata(), DIGEST).map(str::to_owned);

    let wanted: Vec<bool> = found
        .schema()
        .fields()
        .iter()
        .map(|f| f.name() == "latency" || spec.columns().any(|c| c.name == f.name()))
        .collect();
    let hinted = options.with_schema(Arc::new(with_dictionaries(found.schema())));
    let hinted =
        ArrowReaderMetadata::try_new(Arc::clone(found.metadata()), hinted).map_err(|e| text(&e))?;
    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(bytes, hinted);
    let roots = wanted.iter().enumerate().filter(|(_, w)| **w).map(|(i, _)| i);
    let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
    // A batch as long as a row group keeps one dictionary per batch.
    let reader =
        builder.with_projection(mask).with_batch_size(GROUP_ROWS).build().map_err(|e| text(&e))?;

    let mut columns: BTreeMap<&'static str, Builder> = BTreeMap::new();
    let mut latency: Vec<f32> = Vec::new();
    for batch in reader {
        let batch = batch.map_err(|e| text(&e))?;
        let values = batch.column_by_name("latency").ok_or("it has no column `latency`")?;
        push_latency(values, &mut latency)?;
        for column in spec.columns() {
            let Some(array) = batch.column_by_name(column.name) else {
                continue;
            };
            let builder = columns.entry(column.name).or_insert_with(|| Builder::new(column.ty));
            builder.push(array).map_err(|why| format!("column `{}`: {why}", column.name))?;
        }
    }
    let rows = latency.len();
    if rows == 0 {
        return Err("it has no rows".to_owned());
    }
    let mut raw = RawTable { rows, columns: BTreeMap::new(), latency };
    let stored: Vec<&str> = columns.keys().copied().collect();
    for (name, builder) in columns {
        raw.columns.insert(name.to_owned(), builder.finish());
    }
    let actual = digest
        .is_some()
        .then(|| digest_of_table(spec, constants_text, &raw, |name| stored.contains(&name)));
    if actual != digest {
        return Err("its contents do not match their digest".to_owned());
    }
    for column in spec.columns() {
        if let Some(value) = constants.get(column.name) {
            let expanded = expand(column.ty, value, rows)
                .ok_or_else(|| format!("the constant `{}` has the wrong type", column.name))?;
            raw.columns.insert(column.name.to_owned(), expanded);
        }
    }
    for column in spec.keys.iter().chain(spec.axes) {
        if !raw.columns.contains_key(column.name) {
            return Err(format!("it has no column `{}`", column.name));
        }
    }
    Ok(raw)
}

fn metadata<'a>(file: &'a FileMetaData, key: &str) -> Option<&'a str> {
    let pairs = file.key_value_metadata()?;
    pairs.iter().find(|kv| kv.key == key).and_then(|kv| kv.value.as_deref())
}

/// The same schema with text read as dictionaries, which skips copying each name.
fn with_dictionaries(schema: &Schema) -> Schema {
    let fields = schema.fields().iter().map(|field| {
        let is_text = matches!(field.data_type(), DataType::Utf8 | DataType::LargeUtf8);
        let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let ty = if is_text { dictionary } else { field.data_type().clone() };
        Field::new(field.name(), ty, field.is_nullable())
    });
    Schema::new(fields.collect::<Vec<_>>())
}

fn push_latency(array: &ArrayRef, into: &mut Vec<f32>) -> Result<(), String> {
    if array.null_count() > 0 {
        return Err("a latency is missing".to_owned());
    }
    let start = into.len();
    match array.data_type() {
        DataType::Float32 => {
            let values: &Float32Array = array.as_primitive();
            into.extend_from_slice(values.values());
        }
        DataType::Float64 => {
            let values: &Float64Array = array.as_primitive();
            into.extend(values.values().iter().map(|v| *v as f32));
        }
        other => return Err(format!("`latency` is {other}, it must be a number")),
    }
    match into.iter().skip(start).position(|v| !(v.is_finite() && *v > 0.0)) {
        Some(row) => Err(format!("the latency of row {} is not positive", start + row + 1)),
        None => Ok(()),
    }
}

fn expand(ty: ColumnType, value: &Value, rows: usize) -> Option<Column> {
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
enum Builder {
    Int(Vec<i32>),
    Text { codes: Vec<u32>, values: Vec<String>, index: HashMap<String, u32> },
}

impl Builder {
    fn new(ty: ColumnType) -> Self {
        match ty {
            ColumnType::Int => Self::Int(Vec::new()),
            ColumnType::Text => {
                Self::Text { codes: Vec::new(), values: Vec::new(), index: HashMap::new() }
            }
        }
    }

    fn push(&mut self, array: &ArrayRef) -> Result<(), String> {
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

    fn finish(self) -> Column {
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
