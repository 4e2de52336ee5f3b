use std::sync::Arc;

use datafusion::arrow::array::StringArray;
use datafusion::arrow::datatypes::{DataType, Field};
use proptest::prelude::*;

use super::*;
use crate::answer::sample::{answer, nested, search};

fn text(answer: &Answer, encoding: Encoding) -> String {
    let mut out = Vec::new();
    write(answer, encoding, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn as_json() {
    insta::assert_snapshot!(text(&search(), Encoding::Json));
    insta::assert_snapshot!(text(&nested(), Encoding::Json), @r#"[{"cost":{"latency":0.30000000000000004,"origin":"measured"},"shape":[1,null]},{"cost":{"latency":null,"origin":null},"shape":null}]"#);
}

#[test]
fn as_ndjson() {
    insta::assert_snapshot!(text(&search(), Encoding::Ndjson));
}

#[test]
fn as_csv() {
    insta::assert_snapshot!(text(&search(), Encoding::Csv));
    insta::assert_snapshot!(text(&nested(), Encoding::Csv), @r#"
    cost,shape
    "{latency: 0.30000000000000004, origin: measured}","[1, null]"
    "{latency: NaN, origin: null}",
    "#);
}

#[test]
fn bytes_come_back() {
    use datafusion::arrow::ipc::reader::StreamReader;
    use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReader;
    let answer = search();
    let mut bytes = Vec::new();
    write(&answer, Encoding::Arrow, &mut bytes).unwrap();
    let read: Vec<_> =
        StreamReader::try_new(&bytes[..], None).unwrap().map(Result::unwrap).collect();
    assert_eq!(read, answer.batches);
    bytes.clear();
    write(&answer, Encoding::Parquet, &mut bytes).unwrap();
    let reader = ParquetRecordBatchReader::try_new(bytes::Bytes::from(bytes), 1024).unwrap();
    let read: Vec<_> = reader.map(Result::unwrap).collect();
    assert_eq!(read[0].columns(), answer.batches[0].columns());
}

proptest! {
    #[test]
    fn no_text_breaks_an_encoding(
        cells in proptest::collection::vec(("(\\PC|[\\x00-\\x1f\"',|\\\\模é\u{202e}🦀]){0,12}", "(?s).{0,6}"), 1..4),
        name in "(\\PC|[\"\\n,]){1,8}",
    ) {
        let (left, right): (Vec<_>, Vec<_>) = cells.iter().cloned().unzip();
        let answer = answer(
            vec![Field::new("longer than the other", DataType::Utf8, true), Field::new(&name, DataType::Utf8, true)],
            vec![Arc::new(StringArray::from(left)), Arc::new(StringArray::from(right))],
        );
        let csv = text(&answer, Encoding::Csv);
        let mut reader = ::csv::Reader::from_reader(csv.as_bytes());
        prop_assert_eq!(&reader.headers().unwrap()[1], name.as_str());
        let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
        prop_assert_eq!(rows.len(), cells.len());
        let json: Vec<serde_json::Value> =
            serde_json::from_str(&text(&answer, Encoding::Json)).unwrap();
        prop_assert_eq!(text(&answer, Encoding::Ndjson).lines().count(), cells.len());
        for (index, (a, b)) in cells.iter().enumerate() {
            prop_assert_eq!(&rows[index], &vec![a.as_str(), b]);
            prop_assert_eq!(json[index]["longer than the other"].as_str(), Some(a.as_str()));
        }
    }
}
