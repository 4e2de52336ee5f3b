//! What happens to a line once it is typed. Knows nothing of the line editor, so that tests can
//! type into it.

use std::cell::RefCell;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::rc::Rc;

use super::command::{self, Command};
use super::interrupt::Interrupt;
use super::output::Output;
use crate::Error;
use crate::lang::diagnostics;
use crate::shell::printer::{Ended, OnError, Printer};
use crate::shell::source::Source;
use crate::shell::{Chrome, Engine, Format, Style};

/// An interactive session: an engine and how its answers are shown.
pub(super) struct Session<E> {
    engine: Rc<RefCell<E>>,
    format: Format,
    style: Style,
    output: Output,
    pub(super) interrupt: Interrupt,
}

impl<E: Engine> Session<E> {
    pub(super) fn new(engine: Rc<RefCell<E>>, format: Format, style: Style) -> Self {
        Self { engine, format, style, output: Output::Screen, interrupt: Interrupt::default() }
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
        if !command::is_command(line) {
            return self.run("<input>", line, out, err);
        }
        let done = match line.parse() {
            Ok(Command::Quit) => return ControlFlow::Break(()),
            Ok(Command::Describe(table)) => {
                let text = table.map_or("show tables;".into(), |name| format!("describe {name};"));
                return self.run("<input>", &text, out, err);
            }
            Ok(Command::Include(file)) => match Source::read(&file.to_string_lossy()) {
                Ok(source) => return self.run(&source.name, &source.text, out, err),
                Err(error) => Err(error),
            },
            Ok(command) => self.command(command),
            Err(error) => Err(error),
        };
        let written = match done {
            Ok(text) => out.write_all(text.as_bytes()).and_then(|()| out.flush()),
            Err(error) => self.complain(&error, err),
        };
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    /// Obeys a command that needs no engine run; what to say about it.
    fn command(&mut self, command: Command) -> crate::Result<String> {
        Ok(match command {
            Command::Help => command::help(),
            Command::Record => {
                self.format =
                    if self.format == Format::Record { Format::Table } else { Format::Record };
                format!("format is {}\n", self.format)
            }
            Command::Timing => {
                self.style.timing = !self.style.timing;
                format!("timing is {}\n", if self.style.timing { "on" } else { "off" })
            }
            Command::Format(format) => {
                self.format = format.unwrap_or(self.format);
                format!("format is {}\n", self.format)
            }
            Command::Output(None) => {
                let last = std::mem::take(&mut self.output);
                last.path().map_or_else(
                    || "answers go to the screen\n".to_owned(),
                    |path| format!("closed `{}`, answers go to the screen\n", path.display()),
                )
            }
            Command::Output(Some(path)) => {
                let said = format!("answers go to `{}`\n", path.display());
                self.output = Output::open(path)?;
                said
            }
            Command::Sql => match self.engine.borrow().last_sql() {
                Some(sql) => format!("{}\n", sql.trim_end()),
                None => "there was no query yet\n".to_owned(),
            },
            Command::Quit | Command::Describe(_) | Command::Include(_) => String::new(),
        })
    }

    fn run(
        &mut self,
        name: &str,
        text: &str,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> ControlFlow<()> {
        let on_screen = self.output.path().is_none();
        let style = if on_screen {
            self.style
        } else {
            Style { timing: self.style.timing, ..Style::PLAIN }
        };
        let (engine, format, interrupt) = (&self.engine, self.format, &self.interrupt);
        let colored_errors = self.style.chrome == Chrome::Color;
        let ended = self.output.with(format, out, |out| {
            let on_error = OnError::Stop;
            let mut printer =
                Printer { out, err: &mut *err, format, style, colored_errors, on_error };
            let handle = engine.borrow().cancel_handle();
            interrupt.guard(handle, || printer.run(&mut *engine.borrow_mut(), name, text))
        });
        match ended {
            // A file that is closed at its other end is given up; the session goes on.
            Ok(Ended { closed: true, .. }) if on_screen => ControlFlow::Break(()),
            Ok(_) => ControlFlow::Continue(()),
            Err(error) => {
                let message = format!("cannot write the answer: {error}");
                let _ = self.complain(&Error::internal("AIQ0656", message), err);
                ControlFlow::Continue(())
            }
        }
    }

    fn complain(&self, error: &Error, err: &mut dyn Write) -> io::Result<()> {
        let text = diagnostics::render(error, self.style.chrome == Chrome::Color);
        err.write_all(text.as_bytes())
    }
}
