//! SQL logic tests, run through a session.

use aiq::{Answer, Permissions, Session};
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use sqllogictest::{DB, DBOutput, DefaultColumnType, Runner};

use crate::support::root;
use crate::support::session::{ask, session};

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
        let answer = ask(&mut self.0, sql).map_err(Failed)?;
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
    let mut runner = Runner::new(|| async {
        let mut session = session();
        session.permit(Permissions { write: true, ..Permissions::default() });
        Ok(Database(session))
    });
    if let Err(error) = runner.run_file(root().join("tests/slt").join(file)) {
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
