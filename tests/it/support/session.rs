//! Asking a session of this process.

use std::ops::ControlFlow;

use aiq::{Answer, Error, Session};
use datafusion::arrow::json::WriterBuilder;
use datafusion::arrow::json::writer::JsonArray;
use serde_json::Value;

use super::systems;

/// A session over the shipped data.
pub(crate) fn session() -> Session {
    Session::open(&[systems()]).expect("a session")
}

/// What a session says to each statement of a text, which errors call `source`.
pub(crate) fn results(session: &mut Session, source: &str, text: &str) -> Vec<aiq::Result<Answer>> {
    let mut results = Vec::new();
    session.run(source, text, &mut |result| {
        results.push(result);
        ControlFlow::Continue(())
    });
    results
}

/// The last answer to a text, or its first error.
pub(crate) fn ask(session: &mut Session, text: &str) -> aiq::Result<Answer> {
    let mut last = Err(Error::internal(aiq::Code::EngineBug, "no answer"));
    session.run("<test>", text, &mut |answer| {
        let failed = answer.is_err();
        last = answer;
        if failed { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    last
}

/// The last answer to a text that has no errors.
pub(crate) fn must(session: &mut Session, text: &str) -> Answer {
    ask(session, text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// The rows of the last answer to a text that has no errors.
pub(crate) fn must_rows(session: &mut Session, text: &str) -> Vec<Value> {
    rows(&must(session, text))
}

/// The rows of an answer as JSON prints them.
pub(crate) fn rows(answer: &Answer) -> Vec<Value> {
    let mut out = Vec::new();
    let mut writer = WriterBuilder::new().with_explicit_nulls(true).build::<_, JsonArray>(&mut out);
    for batch in &answer.batches {
        writer.write(batch).expect("rows are written");
    }
    writer.finish().expect("rows are written");
    drop(writer);
    if out.is_empty() { Vec::new() } else { serde_json::from_slice(&out).expect("JSON") }
}
