use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::array::{ArrayRef, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use proptest::prelude::*;
use unicode_width::UnicodeWidthStr;

use super::*;
use crate::answer::sample::{answer, footer, search};
use crate::ui::Chrome;

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
fn a_table_shows_the_rows_in_their_readable_form() {
    let field = |name: &str, told: &[(&str, &str)]| {
        let told = told.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        Field::new(name, DataType::Utf8, true).with_metadata(told.collect())
    };
    let text = |values: [&str; 2]| Arc::new(StringArray::from(values.to_vec())) as ArrayRef;
    let workers = [("unit", "prefill + decode"), ("unbroken", "")];
    let readable = answer(
        vec![field("mode", &[]), field("workers", &workers), field("cause", &[])],
        vec![
            text(["disagg", "agg"]),
            text(["2 x tp4 + 3 x tp8 batch 44", "4 x tp8 batch 28"]),
            text(["a long text is wrapped into the room that is left", "a short one"]),
        ],
    );
    let mut answer = search();
    answer.headline = Some("disagg wins".to_owned());
    answer.readable = readable.batches.first().cloned();
    let at = |width| rendered(&answer, Format::Table, &Style { width: Some(width), ..STYLE });
    insta::assert_snapshot!([at(80), at(62), at(30)].join("\n"));
    // Every other form has every column.
    assert!(rendered(&answer, Format::Record, &STYLE).contains("tokens_per_gpu"));
    assert!(!rendered(&answer, Format::Csv, &STYLE).contains("workers"));
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

proptest! {
    #[test]
    fn no_text_breaks_a_layout(
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
        let wraps = width.is_some();
        let lines = table.lines().count();
        prop_assert!(!whole || wraps || lines == 2 + cells.len(), "{table}");
        // One row that is too wide is a record.
        if let Some(width) = width.filter(|_| cells.len() > 1) {
            prop_assert!(lines >= 2 + cells.len(), "{table}");
            prop_assert!(table.lines().all(|line| line.width() <= width), "{table}");
        }
        let markdown = rendered(&answer, Format::Markdown, &style);
        prop_assert_eq!(markdown.lines().count(), 2 + cells.len());
        rendered(&answer, Format::Record, &style);
    }
}
