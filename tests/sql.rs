//! SQL logic tests, run through a session.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::ops::ControlFlow;
use std::path::Path;

use aiq::session::Session;
use aiq::{Answer, Permissions};
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use sqllogictest::{DB, DBOutput, DefaultColumnType, Runner};

/// A session as sqllogictest sees one.
struct Database(Session);

/// An error with its code, so that tests can ask for it.
#[derive(Debug, thiserror::Error)]
#[error("{}: {}{}", .0.code, .0.message, .0.help.iter().map(|h| format!("; {h}")).collect::<String>())]
struct Failed(aiq::Error);

impl DB for Database {
    type Error = Failed;
    type ColumnType = DefaultColumnType;

    fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, Failed> {
        let mut last = None;
        self.0.run("test", sql, &mut |result| {
            let flow =
                if result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
            last = Some(result);
            flow
        });
        let answer = last.expect("a statement").map_err(Failed)?;
        if answer.schema.fields().is_empty() {
            return Ok(DBOutput::StatementComplete(0));
        }
        Ok(DBOutput::Rows { types: types(&answer), rows: rows(&answer) })
    }

    fn engine_name(&self) -> &'static str {
        "aiq"
    }
}

fn types(answer: &Answer) -> Vec<DefaultColumnType> {
    let ty = |ty: &DataType| match ty {
        ty if ty.is_integer() => DefaultColumnType::Integer,
        ty if ty.is_floating() => DefaultColumnType::FloatingPoint,
        DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 => DefaultColumnType::Text,
        _ => DefaultColumnType::Any,
    };
    answer.schema.fields().iter().map(|field| ty(field.data_type())).collect()
}

fn rows(answer: &Answer) -> Vec<Vec<String>> {
    let options = FormatOptions::new().with_null("NULL");
    let mut rows = Vec::new();
    for batch in &answer.batches {
        let columns: Vec<ArrayFormatter<'_>> = batch
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column.as_ref(), &options).unwrap())
            .collect();
        for row in 0..batch.num_rows() {
            rows.push(columns.iter().map(|c| cell(&c.value(row).to_string())).collect());
        }
    }
    rows
}

/// A value as one word, as the files have it.
fn cell(text: &str) -> String {
    if text.is_empty() { "(empty)".to_owned() } else { text.to_owned() }
}

/// Runs one file in a session of its own.
fn run(file: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut runner = Runner::new(|| async {
        let systems = Path::new(env!("CARGO_MANIFEST_DIR")).join("systems");
        let mut session = Session::open(&[systems]).map_err(Failed)?;
        session.permit(Permissions { write: true, ..Permissions::default() });
        Ok(Database(session))
    });
    let path = root.join("tests/slt").join(file);
    if let Err(error) = runner.run_file(path) {
        panic!("{}", error.display(false));
    }
}

#[test]
fn tables() {
    run("tables.slt");
}

#[test]
fn functions() {
    run("functions.slt");
}

#[test]
fn describe() {
    run("describe.slt");
}

#[test]
fn files() {
    run("files.slt");
}

#[test]
fn errors() {
    run("errors.slt");
}
