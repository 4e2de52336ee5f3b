use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::array::{
    Array, ArrayRef, Float64Array, Int64Array, ListArray, RecordBatch, StringArray, StructArray,
};
use datafusion::arrow::datatypes::{DataType, Field, Int32Type, Schema};
use proptest::prelude::*;
use unicode_width::UnicodeWidthStr;

use super::*;
use crate::shell::Chrome;
use crate::{Footer, Timing};

fn unit(name: &str, kind: DataType, unit: &str) -> Field {
    Field::new(name, kind, true).with_metadata(HashMap::from([("unit".into(), unit.into())]))
}

fn answer(fields: Vec<Field>, columns: Vec<ArrayRef>) -> Answer {
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns).unwrap();
    Answer {
        batches: vec![batch],
        schema,
        assumptions: Vec::new(),
        notes: Vec::new(),
        footer: None,
        feasible: true,
        hopeless: None,
        chart: None,
        bars: Vec::new(),
        part: crate::answer::Part::Whole,
    }
}

/// What a search gives: some columns alike, one without a value.
fn search() -> Answer {
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

fn footer() -> Footer {
    Footer {
        candidates: 12_345,
        feasible: 321,
        data: vec!["h200_sxm trtllm 1.3.0rc20".into()],
        worst_origin: "interpolated".into(),
        timing: Timing {
            plan: Duration::from_micros(3100),
            read: Duration::from_micros(9200),
            price: Duration::from_micros(4000),
        },
    }
}

fn nested() -> Answer {
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

/// Plain style without the time, which differs from run to run.
const STYLE: Style = Style { timing: false, ..Style::PLAIN };

fn rendered(answer: &Answer, format: Format, style: &Style) -> String {
    let mut out = Vec::new();
    write(answer, format, &mut out, style).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn as_a_table() {
    insta::assert_snapshot!(rendered(&search(), Format::Table, &STYLE));
}

#[test]
fn a_narrow_terminal_folds_columns() {
    let style = Style { width: Some(72), ..STYLE };
    let text = rendered(&search(), Format::Table, &style);
    assert!(text.lines().all(|line| line.width() <= 72 || line.contains('|')), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn modes_have_tables_of_their_own_where_one_is_too_wide() {
    let text = |values: [&str; 4]| Arc::new(StringArray::from(values.to_vec())) as ArrayRef;
    let ints = |values: [Option<i64>; 4]| Arc::new(Int64Array::from(values.to_vec())) as ArrayRef;
    let place = |name: &str, kind: DataType, place: &str| {
        Field::new(name, kind, true).with_metadata([("place".into(), place.into())].into())
    };
    let answer = answer(
        vec![
            place("rank", DataType::Int64, "0"),
            place("mode", DataType::Utf8, "0"),
            place("tp", DataType::Int64, "2"),
            place("gpus_per_replica", DataType::Int64, "3"),
            place("decode_workers", DataType::Int64, "2"),
            place("prefill_workers", DataType::Int64, "2"),
            place("ttft", DataType::Int64, "1"),
        ],
        vec![
            ints([1, 2, 3, 4].map(Some)),
            text(["disagg", "agg", "disagg", "agg"]),
            ints([None, Some(4), None, Some(8)]),
            ints([32, 4, 16, 8].map(Some)),
            ints([Some(5), None, Some(3), None]),
            ints([Some(3), None, Some(3), None]),
            ints([200, 300, 210, 310].map(Some)),
        ],
    );
    insta::assert_snapshot!(rendered(&answer, Format::Table, &Style { width: Some(46), ..STYLE }));
}

#[test]
fn a_very_narrow_terminal_drops_columns() {
    let style = Style { width: Some(36), ..STYLE };
    insta::assert_snapshot!(rendered(&search(), Format::Table, &style));
}

#[test]
fn many_rows_are_cut_on_a_terminal() {
    let style = Style { max_rows: Some(2), ..STYLE };
    let text = rendered(&search(), Format::Table, &style);
    assert!(text.contains("(1 row not shown; \\o FILE or a pipe gets all)"), "{text}");
}

#[test]
fn as_records() {
    insta::assert_snapshot!(rendered(&search(), Format::Record, &STYLE));
}

#[test]
fn as_markdown() {
    insta::assert_snapshot!(rendered(&search(), Format::Markdown, &STYLE));
}

#[test]
fn as_json() {
    insta::assert_snapshot!(rendered(&search(), Format::Json, &STYLE));
    insta::assert_snapshot!(rendered(&nested(), Format::Json, &STYLE), @r#"[{"cost":{"latency":0.30000000000000004,"origin":"measured"},"shape":[1,null]},{"cost":{"latency":null,"origin":null},"shape":null}]"#);
}

#[test]
fn as_ndjson() {
    insta::assert_snapshot!(rendered(&search(), Format::Ndjson, &STYLE));
}

#[test]
fn as_csv() {
    insta::assert_snapshot!(rendered(&search(), Format::Csv, &STYLE));
    insta::assert_snapshot!(rendered(&nested(), Format::Csv, &STYLE), @r#"
    cost,shape
    "{latency: 0.30000000000000004, origin: measured}","[1, null]"
    "{latency: NaN, origin: null}",
    "#);
}

#[test]
fn colours_are_only_added() {
    let colored = rendered(&search(), Format::Table, &Style { chrome: Chrome::Color, ..STYLE });
    let mut plain = colored.clone();
    for code in ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[2m"] {
        plain = plain.replace(code, "");
    }
    assert_ne!(plain, colored);
    let trimmed: Vec<&str> = plain.lines().map(str::trim_end).collect();
    assert_eq!(trimmed.join("\n") + "\n", rendered(&search(), Format::Table, &STYLE));
}

#[test]
fn bytes_come_back() {
    use datafusion::arrow::ipc::reader::StreamReader;
    use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReader;
    let answer = search();
    let mut bytes = Vec::new();
    write(&answer, Format::Arrow, &mut bytes, &STYLE).unwrap();
    let read: Vec<_> =
        StreamReader::try_new(&bytes[..], None).unwrap().map(Result::unwrap).collect();
    assert_eq!(read, answer.batches);
    bytes.clear();
    write(&answer, Format::Parquet, &mut bytes, &STYLE).unwrap();
    let reader = ParquetRecordBatchReader::try_new(bytes::Bytes::from(bytes), 1024).unwrap();
    let read: Vec<_> = reader.map(Result::unwrap).collect();
    assert_eq!(read[0].columns(), answer.batches[0].columns());
}

#[test]
fn a_terminal_gets_no_bytes() {
    let style = Style { terminal: true, ..STYLE };
    let mut out = Vec::new();
    assert!(write(&search(), Format::Parquet, &mut out, &style).is_err());
    assert!(out.is_empty());
}

#[test]
fn remarks_of_machine_formats() {
    let mut err = Vec::new();
    write_remarks(&search(), Format::Json, &mut err, &STYLE).unwrap();
    insta::assert_snapshot!(String::from_utf8(err).unwrap());
    let mut err = Vec::new();
    write_remarks(&search(), Format::Table, &mut err, &STYLE).unwrap();
    assert!(err.is_empty());
}

#[test]
fn footer_line_with_time() {
    insta::assert_snapshot!(
        footer_line(&footer(), Some(Duration::from_micros(400))),
        @"12,345 candidates, 321 feasible | h200_sxm trtllm 1.3.0rc20 | worst origin: interpolated | plan 3.1 ms, read 9.2 ms, price 4.0 ms, render 0.4 ms"
    );
}

#[test]
fn no_rows() {
    let mut empty = search();
    empty.batches.clear();
    empty.footer = None;
    empty.assumptions.clear();
    empty.notes.clear();
    assert!(rendered(&empty, Format::Table, &STYLE).ends_with("(no rows)\n"));
    assert_eq!(rendered(&empty, Format::Record, &STYLE), "(no rows)\n");
    assert_eq!(rendered(&empty, Format::Json, &STYLE), "[]\n");
    assert_eq!(rendered(&empty, Format::Ndjson, &STYLE), "");
    empty.schema = Arc::new(Schema::empty());
    for format in Format::ALL {
        assert_eq!(rendered(&empty, format, &STYLE), "");
    }
}

#[test]
fn format_names() {
    for format in Format::ALL {
        assert_eq!(format.name().parse::<Format>().unwrap(), format);
    }
    let error = "jsno".parse::<Format>().unwrap_err();
    insta::assert_snapshot!(crate::lang::diagnostics::render(&error, false), @r"
    error[AIQ0652]: no format is called `jsno`
      = help: the nearest name is `json`
      = help: formats: table, auto, record, json, ndjson, csv, markdown, parquet, arrow
    ");
}

/// Quoted fields of an RFC 4180 text, for checking the writer against something simpler.
fn parse_csv(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut field, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            c => field.push(c),
        }
    }
    rows
}

proptest! {
    #[test]
    fn no_text_breaks_a_format(
        cells in proptest::collection::vec(("(\\PC|[\\x00-\\x1f\"',|\\\\模é\u{202e}🦀]){0,12}", "(?s).{0,6}"), 1..4),
        name in "(\\PC|[\"\\n,]){1,8}",
        width in proptest::option::of(20usize..60),
    ) {
        let (left, right): (Vec<_>, Vec<_>) = cells.iter().cloned().unzip();
        let answer = answer(
            vec![Field::new("longer than the other", DataType::Utf8, true), Field::new(&name, DataType::Utf8, true)],
            vec![Arc::new(StringArray::from(left)), Arc::new(StringArray::from(right))],
        );
        let style = Style { width, ..STYLE };
        let table = rendered(&answer, Format::Table, &style);
        prop_assert!(!table.chars().any(|c| c.is_control() && c != '\n'));
        let whole = !table.lines().any(|line| line.starts_with("(1 column not"));
        prop_assert!(!whole || table.lines().count() == 2 + cells.len(), "{table}");
        if let Some(width) = width {
            let mut rows = table.lines().take(2 + cells.len());
            prop_assert!(rows.all(|line| line.width() <= width), "{table}");
        }
        let markdown = rendered(&answer, Format::Markdown, &style);
        prop_assert_eq!(markdown.lines().count(), 2 + cells.len());
        rendered(&answer, Format::Record, &style);

        let rows = parse_csv(&rendered(&answer, Format::Csv, &style));
        prop_assert_eq!(rows.len(), 1 + cells.len());
        prop_assert_eq!(&rows[0][1], &name);
        let json: Vec<serde_json::Value> =
            serde_json::from_str(&rendered(&answer, Format::Json, &style)).unwrap();
        let lines = rendered(&answer, Format::Ndjson, &style);
        prop_assert_eq!(lines.lines().count(), cells.len());
        for (index, (a, b)) in cells.iter().enumerate() {
            prop_assert_eq!(&rows[1 + index], &vec![a.clone(), b.clone()]);
            prop_assert_eq!(json[index]["longer than the other"].as_str(), Some(a.as_str()));
        }
    }
}
