//! Asking a session of this process.

use std::ops::ControlFlow;
use std::path::Path;

use aiq::{Answer, Error, Session};
use datafusion::arrow::json::WriterBuilder;
use datafusion::arrow::json::writer::JsonArray;

/// A session over the shipped data.
pub(crate) fn session() -> Session {
    let systems = Path::new(env!("CARGO_MANIFEST_DIR")).join("systems");
    Session::open(&[systems]).expect("a session")
}

/// The last answer to a text, or its first error.
pub(crate) fn ask(session: &mut Session, text: &str) -> Result<Answer, Error> {
    let mut last = Err(Error::internal("AIQ0000", "no answer"));
    session.run("<test>", text, &mut |answer| {
        let failed = answer.is_err();
        last = answer;
        if failed { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    last
}

/// The rows of an answer as JSON prints them.
pub(crate) fn rows(answer: &Answer) -> Vec<serde_json::Value> {
    let mut out = Vec::new();
    let mut writer = WriterBuilder::new().with_explicit_nulls(true).build::<_, JsonArray>(&mut out);
    for batch in &answer.batches {
        writer.write(batch).expect("rows are written");
    }
    writer.finish().expect("rows are written");
    drop(writer);
    if out.is_empty() { Vec::new() } else { serde_json::from_slice(&out).expect("JSON") }
}
