//! What the shell needs of whatever answers statements.

use std::ops::ControlFlow;

use crate::answer::Answer;
use crate::base::cancel::CancelHandle;
use crate::base::error::Result;
use crate::session::{Layer, Session};
use crate::vocabulary::Word;

/// Answers statements.
pub trait Interpreter {
    /// Runs the statements of `text` in order and hands each answer or error to `sink`, which
    /// decides whether to go on. `source_name` is what errors call the text.
    fn run(
        &mut self,
        source_name: &str,
        text: &str,
        sink: &mut dyn FnMut(Result<Answer>) -> ControlFlow<()>,
    );

    /// What the texts that follow are part of; `None`: what a user types, or files they run.
    fn set_layer(&mut self, layer: Option<Layer>);

    /// Whether `text` ends a statement; false: an editor asks for another line.
    fn is_complete(&self, text: &str) -> bool;

    /// The words that can be completed now.
    fn vocabulary(&self) -> Vec<Word>;

    /// The SQL, or the plan, behind the last query.
    fn last_sql(&self) -> Option<String>;

    /// Stops a running statement from another thread.
    fn cancel_handle(&self) -> CancelHandle;
}

impl<I: Interpreter> Interpreter for &mut I {
    fn run(
        &mut self,
        source_name: &str,
        text: &str,
        sink: &mut dyn FnMut(Result<Answer>) -> ControlFlow<()>,
    ) {
        I::run(self, source_name, text, sink);
    }

    fn set_layer(&mut self, layer: Option<Layer>) {
        I::set_layer(self, layer);
    }

    fn is_complete(&self, text: &str) -> bool {
        I::is_complete(self, text)
    }

    fn vocabulary(&self) -> Vec<Word> {
        I::vocabulary(self)
    }

    fn last_sql(&self) -> Option<String> {
        I::last_sql(self)
    }

    fn cancel_handle(&self) -> CancelHandle {
        I::cancel_handle(self)
    }
}

impl Interpreter for Session {
    fn run(
        &mut self,
        source_name: &str,
        text: &str,
        sink: &mut dyn FnMut(Result<Answer>) -> ControlFlow<()>,
    ) {
        Self::run(self, source_name, text, sink);
    }

    fn set_layer(&mut self, layer: Option<Layer>) {
        Self::set_layer(self, layer);
    }

    fn is_complete(&self, text: &str) -> bool {
        Self::is_complete(self, text)
    }

    fn vocabulary(&self) -> Vec<Word> {
        Self::vocabulary(self)
    }

    fn last_sql(&self) -> Option<String> {
        Self::last_sql(self)
    }

    fn cancel_handle(&self) -> CancelHandle {
        Self::cancel_handle(self)
    }
}
