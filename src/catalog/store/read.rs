//! Reading an op table: straight from the file into plain columns, in one pass.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float32Array, Float64Array};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::metadata::FileMetaData;
use serde_json::{Map, Value};

use super::columns::{Builder, expand};
use super::format::{CONSTANTS, DIGEST, GROUP_ROWS, digest_of_table};
use crate::base::error::Result;
use crate::base::shipped;
use crate::catalog::files::damaged;
use crate::perf::{RawTable, TableSpec};

const LATENCY: &str = "latency";

/// Reads the table at `path`. The values of text columns come out sorted, so that codes compare
/// as the names do.
pub(in crate::catalog) fn read(path: &Path, spec: &'static TableSpec) -> Result<RawTable> {
    parse(contents(path)?, spec).map_err(|why| damaged(path, why))
}

fn contents(path: &Path) -> Result<Bytes> {
    match shipped::bytes(path) {
        Some(bytes) => Ok(Bytes::from_static(bytes)),
        None => Ok(std::fs::read(path).map_err(|e| damaged(path, e))?.into()),
    }
}

/// The digest that a table carries; empty for one that was written elsewhere.
pub(in crate::catalog) fn digest(path: &Path) -> Result<String> {
    metadata_of(path, DIGEST)
}

/// What a file carries under a key; empty where it has none.
pub(super) fn metadata_of(path: &Path, key: &str) -> Result<String> {
    let fail = |e: &dyn std::fmt::Display| damaged(path, e.to_string());
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let found = match shipped::bytes(path) {
        Some(bytes) => ArrowReaderMetadata::load(&Bytes::from_static(bytes), options),
        None => {
            ArrowReaderMetadata::load(&std::fs::File::open(path).map_err(|e| fail(&e))?, options)
        }
    };
    let found = found.map_err(|e| fail(&e))?;
    Ok(metadata(found.metadata().file_metadata(), key).unwrap_or_default().to_owned())
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
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let found = ArrowReaderMetadata::load(&bytes, options).map_err(|e| e.to_string())?;
    let file = found.metadata().file_metadata();
    let constants_text = metadata(file, CONSTANTS).unwrap_or("{}");
    let constants: Map<String, Value> =
        serde_json::from_str(constants_text).map_err(|e| format!("its constants: {e}"))?;
    let mut raw = stored(bytes, &found, spec)?;
    if let Some(digest) = metadata(file, DIGEST)
        && digest != digest_of_table(spec, constants_text, &raw, |_| true)
    {
        return Err("its contents do not match their digest".to_owned());
    }
    for column in spec.columns() {
        if let Some(value) = constants.get(column.name) {
            let constant = expand(column.ty, value, raw.rows)
                .ok_or_else(|| format!("the constant `{}` has the wrong type", column.name))?;
            raw.columns.insert(column.name.to_owned(), constant);
        }
    }
    for column in spec.keys.iter().chain(spec.axes) {
        if !raw.columns.contains_key(column.name) {
            return Err(format!("it has no column `{}`", column.name));
        }
    }
    Ok(raw)
}

/// The columns that a file holds, of those that its table has.
fn stored(
    bytes: Bytes,
    found: &ArrowReaderMetadata,
    spec: &'static TableSpec,
) -> Result<RawTable, String> {
    let mut columns: BTreeMap<&'static str, Builder> = BTreeMap::new();
    let mut latency: Vec<f32> = Vec::new();
    for batch in reader(bytes, found, spec)? {
        let batch = batch.map_err(|e| e.to_string())?;
        let values = batch.column_by_name(LATENCY).ok_or("it has no column `latency`")?;
        push_latency(values, &mut latency)?;
        for column in spec.columns() {
            let Some(array) = batch.column_by_name(column.name) else {
                continue;
            };
            let builder = columns.entry(column.name).or_insert_with(|| Builder::new(column.ty));
            builder.push(array).map_err(|why| format!("column `{}`: {why}", column.name))?;
        }
    }
    if latency.is_empty() {
        return Err("it has no rows".to_owned());
    }
    let columns = columns.into_iter().map(|(name, column)| (name.to_owned(), column.finish()));
    let columns = columns.collect();
    Ok(RawTable { rows: latency.len(), columns, latency, ..RawTable::default() })
}

/// A reader of the columns that count. A batch as long as a row group keeps one dictionary per batch.
fn reader(
    bytes: Bytes,
    found: &ArrowReaderMetadata,
    spec: &TableSpec,
) -> Result<ParquetRecordBatchReader, String> {
    let hinted = with_dictionaries(found).map_err(|e| e.to_string())?;
    let is_wanted = |name: &str| name == LATENCY || spec.columns().any(|c| c.name == name);
    let roots = found.schema().fields().iter().enumerate();
    let roots = roots.filter(|(_, field)| is_wanted(field.name())).map(|(at, _)| at);
    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(bytes, hinted);
    let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
    let builder = builder.with_projection(mask).with_batch_size(GROUP_ROWS);
    builder.build().map_err(|e| e.to_string())
}

fn metadata<'a>(file: &'a FileMetaData, key: &str) -> Option<&'a str> {
    let pairs = file.key_value_metadata()?;
    pairs.iter().find(|kv| kv.key == key).and_then(|kv| kv.value.as_deref())
}

/// The same file with text read as dictionaries, which skips copying each name.
pub(in crate::catalog) fn with_dictionaries(
    found: &ArrowReaderMetadata,
) -> Result<ArrowReaderMetadata, ParquetError> {
    let fields = found.schema().fields().iter().map(|field| {
        let is_text = matches!(field.data_type(), DataType::Utf8 | DataType::LargeUtf8);
        let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let ty = if is_text { dictionary } else { field.data_type().clone() };
        Field::new(field.name(), ty, field.is_nullable())
    });
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true).with_schema(schema);
    ArrowReaderMetadata::try_new(Arc::clone(found.metadata()), options)
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
