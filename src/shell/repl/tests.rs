use std::cell::RefCell;
use std::rc::Rc;

use super::session::Session;
use crate::shell::fake::{Closed, Fake};
use crate::shell::{Format, Style};

/// A session and what was typed into it; both outputs are one text, as on a screen.
fn typed(lines: &[&str]) -> String {
    let style = Style { timing: false, ..Style::PLAIN };
    let engine = Rc::new(RefCell::new(Fake::default()));
    let mut session = Session::new(engine, Format::Table, style);
    let mut screen = Vec::new();
    for line in lines {
        screen.extend_from_slice(format!("aiq> {line}\n").as_bytes());
        let mut err = Vec::new();
        let flow = session.line(line, &mut screen, &mut err);
        screen.append(&mut err);
        if flow.is_break() {
            break;
        }
    }
    String::from_utf8(screen).unwrap()
}

#[test]
fn a_conversation() {
    insta::assert_snapshot!(typed(&[
        "\\sql",
        "search;",
        "\\sql",
        "\\x",
        "rows;",
        "wrong; rows;",
        "\\timng",
        "\\format",
        "\\format csv",
        "\\d",
        "\\d gemm",
        "\\i no/such/file.aiq",
        "\\q",
        "not reached;",
    ]));
}

#[test]
fn answers_go_to_a_file_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.csv");
    let screen = typed(&[
        "\\format csv",
        &format!("\\o {}", file.display()),
        "rows;",
        "rows;",
        "\\o",
        "rows;",
    ]);
    assert!(screen.ends_with("answers go to the screen\naiq> rows;\nn\n1\n2\n"), "{screen}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "n\n1\n2\nn\n1\n2\n");
}

#[test]
fn a_binary_file_holds_the_last_answer() {
    use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReader;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.parquet");
    typed(&["\\format parquet", &format!("\\o {}", file.display()), "rows;", "wrong;", "rows;"]);
    let bytes = bytes::Bytes::from(std::fs::read(&file).unwrap());
    let reader = ParquetRecordBatchReader::try_new(bytes, 64).unwrap();
    assert_eq!(reader.map(|batch| batch.unwrap().num_rows()).sum::<usize>(), 2);
}

#[test]
fn a_file_of_statements() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wrong.aiq");
    std::fs::write(&file, "rows;\nwrong;\n").unwrap();
    let screen = typed(&[&format!("\\i '{}'", file.display())]);
    assert!(screen.contains("wrong.aiq:2:1"), "{screen}");
}

#[test]
fn a_closed_screen_ends_the_session() {
    let engine = Rc::new(RefCell::new(Fake::default()));
    let mut session = Session::new(engine, Format::Table, Style::PLAIN);
    assert!(session.line("rows;", &mut Closed, &mut Vec::new()).is_break());
    assert!(session.line("\\?", &mut Closed, &mut Vec::new()).is_break());
}
