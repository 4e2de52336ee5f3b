//! What the shell needs of an engine.

use std::ops::ControlFlow;

use crate::{Answer, CancelHandle, Layer, Result, Word};

/// A session that answers statements.
pub trait Engine {
    /// Runs the statements of `text` in order and hands each answer or error to `sink`, which
    /// says whether to go on. `source_name` is what errors call the text.
    fn run(
        &mut self,
        source_name: &str,
        text: &str,
        sink: &mut dyn FnMut(Result<Answer>) -> ControlFlow<()>,
    );

    /// What the texts that follow are part of; `None`: what a user types, or files they run.
    fn layer(&mut self, layer: Option<Layer>);

    /// Whether `text` ends a statement; false: an editor asks for another line.
    fn is_complete(&self, text: &str) -> bool;

    /// The words that can be completed now.
    fn vocabulary(&self) -> Vec<Word>;

    /// The SQL, or the plan, behind the last query.
    fn last_sql(&self) -> Option<String>;

    /// Stops a running statement from another thread.
    fn cancel_handle(&self) -> CancelHandle;
}
