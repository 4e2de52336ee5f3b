//! Published Parquet files: one row group, 64-bit numbers, text in several encodings.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float32Array, Float64Array, Int32Array, Int64Array,
};
use datafusion::arrow::datatypes::{DataType, Int32Type};
use datafusion::parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};

use super::frame::{Frame, Interner, NO_TEXT, Values};
use crate::catalog::store;

/// Reads all columns of simple types; others are left out.
pub(super) fn parse(bytes: Bytes) -> Result<Frame, String> {
    // See `store::read::parse`: the decoder trusts lengths in damaged pages.
    catch_unwind(AssertUnwindSafe(|| decode(bytes)))
        .unwrap_or_else(|_| Err("it is damaged".to_owned()))
}

fn decode(bytes: Bytes) -> Result<Frame, String> {
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let found = ArrowReaderMetadata::load(&bytes, options).map_err(|e| e.to_string())?;
    let hinted = store::with_dictionaries(&found).map_err(|e| e.to_string())?;
    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(bytes, hinted);
    let reader = builder.with_batch_size(1 << 20).build().map_err(|e| e.to_string())?;

    let mut frame = Frame::default();
    let mut interners: std::collections::BTreeMap<String, Interner> = Default::default();
    let mut rows = 0_u32;
    for batch in reader {
        let batch = batch.map_err(|e| e.to_string())?;
        for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
            let interner = interners.entry(field.name().clone()).or_default();
            push(&mut frame, field.name(), array, interner);
        }
        let count = u32::try_from(batch.num_rows()).map_err(|e| e.to_string())?;
        frame.lines.extend(rows + 1..=rows + count);
        rows += count;
    }
    for (name, interner) in interners {
        if let Some(Values::Text { values, .. }) = frame.columns.get_mut(&name) {
            *values = interner.values;
        }
    }
    if rows == 0 { Err("it is empty".to_owned()) } else { Ok(frame) }
}

fn push(frame: &mut Frame, name: &str, array: &ArrayRef, interner: &mut Interner) {
    let new = match array.data_type() {
        DataType::Int64 => {
            let array: &Int64Array = array.as_primitive();
            Values::Int(array.iter().collect())
        }
        DataType::Int32 => {
            let array: &Int32Array = array.as_primitive();
            Values::Int(array.iter().map(|v| v.map(i64::from)).collect())
        }
        DataType::Float64 => {
            let array: &Float64Array = array.as_primitive();
            Values::Float(array.iter().map(|v| v.unwrap_or(f64::NAN)).collect())
        }
        DataType::Float32 => {
            let array: &Float32Array = array.as_primitive();
            Values::Float(array.iter().map(|v| v.map_or(f64::NAN, f64::from)).collect())
        }
        DataType::Boolean => {
            let array: &BooleanArray = array.as_boolean();
            let word = |v: bool| if v { "true" } else { "false" };
            let codes = array.iter().map(|v| v.map_or(NO_TEXT, |v| interner.code(word(v))));
            Values::Text { codes: codes.collect(), values: Vec::new() }
        }
        DataType::Dictionary(_, _) => {
            let Some(array) = array.as_dictionary_opt::<Int32Type>() else {
                return;
            };
            let Some(names) = array.values().as_string_opt::<i32>() else {
                return;
            };
            let map: Vec<u32> =
                names.iter().map(|n| n.map_or(NO_TEXT, |n| interner.code(n))).collect();
            let code = |k: Option<i32>| {
                let k = k.and_then(|k| usize::try_from(k).ok());
                k.and_then(|k| map.get(k).copied()).unwrap_or(NO_TEXT)
            };
            let codes = array.keys().iter().map(code).collect();
            Values::Text { codes, values: Vec::new() }
        }
        _ => return,
    };
    match (frame.columns.get_mut(name), new) {
        (None, new) => {
            frame.columns.insert(name.to_owned(), new);
        }
        (Some(Values::Int(all)), Values::Int(more)) => all.extend(more),
        (Some(Values::Float(all)), Values::Float(more)) => all.extend(more),
        (Some(Values::Text { codes, .. }), Values::Text { codes: more, .. }) => codes.extend(more),
        _ => {}
    }
}
