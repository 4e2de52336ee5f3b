//! Answers for tests of what writes them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::array::{
    Array, ArrayRef, Float64Array, Int64Array, ListArray, RecordBatch, StringArray, StructArray,
};
use datafusion::arrow::datatypes::{DataType, Field, Int32Type, Schema};

use super::{Answer, Footer, Timing};

fn unit(name: &str, kind: DataType, unit: &str) -> Field {
    Field::new(name, kind, true).with_metadata(HashMap::from([("unit".into(), unit.into())]))
}

/// An answer of these columns.
pub(crate) fn answer(fields: Vec<Field>, columns: Vec<ArrayRef>) -> Answer {
    let schema = Arc::new(Schema::new(fields));
    Answer::rows(RecordBatch::try_new(schema, columns).expect("columns of one length"))
}

/// What a search gives: some columns alike, one without a value.
pub(crate) fn search() -> Answer {
    let text = |values: [Option<&str>; 3]| Arc::new(StringArray::from(values.to_vec())) as ArrayRef;
    let ints = |values: [i64; 3]| Arc::new(Int64Array::from(values.to_vec())) as ArrayRef;
    let floats =
        |values: [Option<f64>; 3]| Arc::new(Float64Array::from(values.to_vec())) as ArrayRef;
    let mut answer = answer(
        vec![
            Field::new("rank", DataType::Int64, true),
            Field::new("model", DataType::Utf8, true),
            Field::new("system", DataType::Utf8, true),
            Field::new("mode", DataType::Utf8, true),
            Field::new("tp", DataType::Int64, true),
            unit("isl", DataType::Int64, "tokens"),
            unit("ttft", DataType::Float64, "ms"),
            unit("tpot", DataType::Float64, "ms"),
            unit("tokens_per_gpu", DataType::Float64, "tokens/s"),
            unit("cost", DataType::Float64, "$"),
        ],
        vec![
            ints([1, 2, 3]),
            text([Some("Qwen/Qwen3-32B-FP8"); 3]),
            text([Some("h200_sxm"); 3]),
            text([Some("disagg"), Some("agg"), None]),
            ints([4, 8, 2]),
            ints([4000; 3]),
            floats([Some(285.123_456), Some(97.5), Some(143.0)]),
            floats([Some(9.876_54), None, Some(8.0)]),
            floats([Some(1234.5678), Some(1100.0), Some(f64::INFINITY)]),
            floats([None; 3]),
        ],
    );
    answer.assumptions =
        vec!["model = Qwen/Qwen3-32B-FP8 (default)".into(), "isl = 4000 (default)".into()];
    answer.notes = vec!["2 of 3 modes have a feasible candidate".into()];
    answer.footer = Some(footer());
    answer
}

/// What stands under it.
pub(crate) fn footer() -> Footer {
    Footer {
        candidates: 12_345,
        feasible: 321,
        about: Vec::new(),
        data: vec!["h200_sxm trtllm 1.3.0rc20".into()],
        worst_origin: "interpolated".into(),
        timing: Timing {
            plan: Duration::from_micros(3100),
            read: Duration::from_micros(9200),
            price: Duration::from_micros(4000),
        },
    }
}

/// Columns of structures and lists.
pub(crate) fn nested() -> Answer {
    let origin = Arc::new(StringArray::from(vec![Some("measured"), None])) as ArrayRef;
    let latency = Arc::new(Float64Array::from(vec![0.1 + 0.2, f64::NAN])) as ArrayRef;
    let cost = StructArray::from(vec![
        (Arc::new(Field::new("latency", DataType::Float64, true)), latency),
        (Arc::new(Field::new("origin", DataType::Utf8, true)), origin),
    ]);
    let shape =
        ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1), None]), None]);
    answer(
        vec![
            Field::new("cost", cost.data_type().clone(), true),
            Field::new("shape", shape.data_type().clone(), true),
        ],
        vec![Arc::new(cost), Arc::new(shape)],
    )
}
