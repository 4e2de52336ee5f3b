//! What happens to a line once it is typed. Knows nothing of the line editor, so that tests can
//! type into it.

use std::cell::RefCell;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::rc::Rc;

use super::command::is_command;
use super::edit;
use super::interrupt::Interrupt;
use super::output::Output;
use crate::base::error::{Code, Error, Kind};
use crate::session::Layer;
use crate::shell::interpreter::Interpreter;
use crate::shell::printer::{Ended, OnError, Printer};
use crate::ui::pager::{Paged, Pager};
use crate::ui::{Format, Style, Ui};

/// An interactive session: an interpreter, and how its answers are shown.
pub(super) struct Console<I> {
    pub(super) interpreter: Rc<RefCell<I>>,
    pub(super) format: Format,
    pub(super) ui: Ui,
    pub(super) output: Output,
    pub(super) interrupt: Interrupt,
    pub(super) pager: Pager,
    /// As a shell runs it.
    pub(super) editor: String,
    /// Columns and lines of the screen, where there is one.
    screen: Option<(usize, usize)>,
    /// The last text that was run, and its name.
    pub(super) last: Option<(String, String)>,
    /// What an editor left: run, to be remembered; or unfinished, for the next prompt.
    pub(super) edited: Option<Edited>,
    /// What a batch does after an error; `None` in a session, which goes on.
    pub(super) on_error: Option<OnError>,
    /// The worst exit status of any statement or command.
    pub(super) worst: u8,
    /// How many answers were printed, where they are one output.
    printed: usize,
}

/// A text from an editor.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Edited {
    /// It was run.
    Run(String),
    /// It does not end a statement.
    Unfinished(String),
}

/// What came of a text.
pub(super) struct Ran {
    /// Break: leave the shell.
    pub(super) flow: ControlFlow<()>,
    /// The worst exit status of any statement.
    pub(super) status: u8,
    /// Ctrl-C stopped it.
    pub(super) cancelled: bool,
}

impl<I: Interpreter> Console<I> {
    pub(super) fn new(interpreter: Rc<RefCell<I>>, format: Format, ui: Ui) -> Self {
        Self {
            interpreter,
            format,
            ui,
            output: Output::Screen,
            interrupt: Interrupt::default(),
            pager: Pager::default(),
            editor: edit::editor(),
            screen: None,
            last: None,
            edited: None,
            on_error: None,
            worst: 0,
            printed: 0,
        }
    }

    /// Runs texts to their end, with nobody at the prompt.
    pub(super) fn in_batch(mut self, on_error: OnError) -> Self {
        self.on_error = Some(on_error);
        self
    }

    /// Shows what exceeds the screen through a pager.
    pub(super) fn with_pager(mut self, pager: Pager) -> Self {
        self.pager = pager;
        self
    }

    /// Takes note of how large the screen is now.
    pub(super) fn resize(&mut self, columns: usize, lines: usize) {
        self.screen = Some((columns, lines));
        if std::env::var_os("COLUMNS").is_none() {
            self.ui.stdout.width = Some(columns.max(20));
        }
    }

    pub(super) fn is_complete(&self, text: &str) -> bool {
        self.interpreter.borrow().is_complete(text)
    }

    /// What the texts that follow are part of; `None`: what a user types.
    pub(super) fn set_layer(&mut self, layer: Option<Layer>) {
        self.interpreter.borrow_mut().set_layer(layer);
    }

    /// What a line makes whole: itself if it is a command, else a statement with the lines before it.
    /// `None`: the statement goes on.
    pub(super) fn whole(&self, before: &mut String, line: String) -> Option<String> {
        let goes_on = !before.is_empty();
        let command = if goes_on { line.trim_start().starts_with('\\') } else { is_command(&line) };
        if command {
            return Some(line);
        }
        let text = if goes_on { format!("{before}\n{line}") } else { line };
        if text.trim().is_empty() || self.is_complete(&text) {
            before.clear();
            return Some(text);
        }
        *before = text;
        None
    }

    /// Takes a line or several. Break: leave the shell.
    pub(super) fn line(
        &mut self,
        line: &str,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> ControlFlow<()> {
        if line.trim().is_empty() {
            return ControlFlow::Continue(());
        }
        if is_command(line) {
            return self.command_line(line, None, out, err);
        }
        self.run("<input>", line, out, err).flow
    }

    /// Runs a text.
    pub(super) fn run(
        &mut self,
        name: &str,
        text: &str,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Ran {
        self.last = Some((name.to_owned(), text.to_owned()));
        let on_screen = self.output.path().is_none();
        let mut ui = self.ui;
        if !on_screen {
            ui.stdout = Style { timing: ui.stdout.timing, ..Style::PLAIN };
        }
        let (interpreter, format, interrupt) = (&self.interpreter, self.format, &self.interrupt);
        let handle = interpreter.borrow().cancel_handle();
        let pager = self.pager.command().map(str::to_owned).filter(|_| on_screen);
        let screen = self.screen;
        let on_error = self.on_error.unwrap_or_default();
        let mut printed = self.printed;
        let ended = self.output.with(format, out, |out| {
            let mut print = |out: &mut dyn Write| {
                let err = &mut *err;
                let remarked = false;
                let mut printer = Printer { out, err, format, ui, on_error, printed, remarked };
                let handle = handle.clone();
                let run = || printer.run(&mut *interpreter.borrow_mut(), name, text);
                let ended = interrupt.guard(handle, run);
                printed = printer.printed;
                ended
            };
            match (pager, screen) {
                (Some(pager), Some(screen)) => print(&mut Paged::new(out, &pager, screen)),
                _ => print(out),
            }
        });
        let (flow, status) = match ended {
            // A file that is closed at its other end is given up; the session goes on.
            Ok(Ended { closed: true, status, .. }) if on_screen => (ControlFlow::Break(()), status),
            Ok(Ended { stopped: true, status, .. }) if self.on_error.is_some() => {
                (ControlFlow::Break(()), status)
            }
            Ok(ended) => (ControlFlow::Continue(()), ended.status),
            Err(error) => {
                let message = format!("cannot write the answer: {error}");
                let _ = self.complain(&Error::internal(Code::OutputNotWritten, message), err);
                (ControlFlow::Continue(()), Kind::Internal.exit_status())
            }
        };
        if self.on_error.is_some() {
            self.printed = printed;
        }
        self.worst = self.worst.max(status);
        Ran { flow, status, cancelled: handle.is_cancelled() }
    }

    /// Does `work` with the screen, or with a pager before it.
    pub(super) fn paged<T>(
        &self,
        out: &mut dyn Write,
        work: impl FnOnce(&mut dyn Write) -> T,
    ) -> T {
        match (self.pager.command(), self.screen) {
            (Some(pager), Some(screen)) => work(&mut Paged::new(out, pager, screen)),
            _ => work(out),
        }
    }

    /// Prints an error that no statement gave.
    pub(super) fn complain(&self, error: &Error, err: &mut dyn Write) -> io::Result<()> {
        err.write_all(self.ui.error(error).as_bytes())
    }
}
