//! Writing an op table.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, DictionaryArray, Float32Array, Int32Array, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Int32Type, Schema};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_writer::ArrowWriterOptions;
use datafusion::parquet::basic::{Compression, Encoding, ZstdLevel};
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::metadata::KeyValue;
use datafusion::parquet::file::properties::{EnabledStatistics, WriterProperties};
use datafusion::parquet::schema::types::ColumnPath;
use serde_json::{Map, Value};

use super::format::{CONSTANTS, DIGEST, GROUP_ROWS, digest_of_table};
use crate::perf::{Column, RawTable, TableSpec};

/// Writes `raw`, whose rows are in stored order. The values of text columns must be sorted.
pub(in crate::catalog) fn write(
    spec: &TableSpec,
    raw: &RawTable,
    metadata: &BTreeMap<String, String>,
    out: impl Write + Send,
) -> Result<(), String> {
    let mut constants = Map::new();
    let mut fields = Vec::new();
    let mut arrays: Vec<ArrayRef> = Vec::new();
    for column in spec.columns() {
        let Some(values) = raw.columns.get(column.name) else {
            continue;
        };
        if let Some(value) = constant(values) {
            constants.insert(column.name.to_owned(), value);
            continue;
        }
        let array = array(values).map_err(|e| e.to_string())?;
        fields.push(Field::new(column.name, array.data_type().clone(), false));
        arrays.push(array);
    }
    fields.push(Field::new("latency", DataType::Float32, false));
    arrays.push(Arc::new(Float32Array::from(raw.latency.clone())));

    let stored = |name: &str| !constants.contains_key(name);
    let constants_text = Value::Object(constants.clone()).to_string();
    let digest = digest_of_table(spec, &constants_text, raw, stored);
    let own = [(CONSTANTS, constants_text), (DIGEST, digest)];
    let own = own.map(|(name, value)| KeyValue::new(name.to_owned(), value));
    let more = metadata.iter().map(|(k, v)| KeyValue::new(k.clone(), v.clone()));
    let properties =
        properties(own.into_iter().chain(more).collect()).map_err(|e| e.to_string())?;

    let options =
        ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).map_err(|e| e.to_string())?;
    let mut writer =
        ArrowWriter::try_new_with_options(out, schema, options).map_err(|e| e.to_string())?;
    writer.write(&batch).map_err(|e| e.to_string())?;
    writer.close().map_err(|e| e.to_string())?;
    Ok(())
}

/// How the file is encoded.
fn properties(metadata: Vec<KeyValue>) -> Result<WriterProperties, ParquetError> {
    let latency = ColumnPath::from("latency");
    Ok(WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(19)?))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        // The dictionary of a nearly distinct column only adds a level of indirection.
        .set_column_dictionary_enabled(latency.clone(), false)
        .set_column_encoding(latency, Encoding::BYTE_STREAM_SPLIT)
        .set_created_by("aiq".to_owned())
        .set_key_value_metadata(Some(metadata))
        .build())
}

fn array(column: &Column) -> Result<ArrayRef, ArrowError> {
    Ok(match column {
        Column::Int(values) => Arc::new(Int32Array::from(values.clone())),
        Column::Text { codes, values } => {
            let keys = Int32Array::from_iter_values(codes.iter().map(|c| c.cast_signed()));
            let names = Arc::new(StringArray::from_iter_values(values));
            Arc::new(DictionaryArray::<Int32Type>::try_new(keys, names)?)
        }
    })
}

/// The only value of a column, as JSON.
fn constant(column: &Column) -> Option<Value> {
    match column {
        Column::Int(values) => {
            let first = *values.first()?;
            values.iter().all(|v| *v == first).then(|| Value::from(first))
        }
        Column::Text { codes, values } => {
            let first = *codes.first()?;
            let all = codes.iter().all(|c| *c == first);
            all.then(|| values.get(first as usize).cloned().map(Value::from)).flatten()
        }
    }
}
