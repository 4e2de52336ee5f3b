//! What happens to a line once it is typed. Knows nothing of the line editor, so that tests can
//! type into it.

use std::cell::RefCell;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::rc::Rc;

use super::command::{self, Command};
use super::edit;
use super::interrupt::Interrupt;
use super::output::Output;
use super::pager::{Paged, Pager};
use crate::error::Span;
use crate::lang::diagnostics;
use crate::shell::printer::{Ended, OnError, Printer};
use crate::shell::source::Source;
use crate::shell::{Chrome, Engine, Format, Style, help};
use crate::{Error, Layer, WordKind};

/// An interactive session: an engine and how its answers are shown.
pub(super) struct Session<E> {
    engine: Rc<RefCell<E>>,
    format: Format,
    style: Style,
    output: Output,
    pub(super) interrupt: Interrupt,
    pager: Pager,
    /// As a shell runs it.
    pub(super) editor: String,
    /// Columns and lines of the screen, where there is one.
    screen: Option<(usize, usize)>,
    /// The last text that was run, and its name.
    pub(super) last: Option<(String, String)>,
    /// What an editor left: run, to be remembered; or unfinished, for the next prompt.
    pub(super) edited: Option<Edited>,
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

impl<E: Engine> Session<E> {
    pub(super) fn new(engine: Rc<RefCell<E>>, format: Format, style: Style) -> Self {
        Self {
            engine,
            format,
            style,
            output: Output::Screen,
            interrupt: Interrupt::default(),
            pager: Pager::default(),
            editor: edit::editor(),
            screen: None,
            last: None,
            edited: None,
        }
    }

    /// Shows what exceeds the screen through a pager.
    pub(super) fn with_pager(mut self, pager: Pager) -> Self {
        self.pager = pager;
        self
    }

    /// Tells how large the screen is now.
    pub(super) fn resize(&mut self, columns: usize, lines: usize) {
        self.screen = Some((columns, lines));
        if std::env::var_os("COLUMNS").is_none() {
            self.style.width = Some(columns.max(20));
        }
    }

    pub(super) fn style(&self) -> &Style {
        &self.style
    }

    pub(super) fn is_complete(&self, text: &str) -> bool {
        self.engine.borrow().is_complete(text)
    }

    /// Where the texts that follow stand among the layers.
    pub(super) fn layer(&mut self, layer: Option<Layer>) {
        self.engine.borrow_mut().layer(layer);
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
        if command::is_command(line) {
            return self.command_line(line, None, out, err);
        }
        self.run("<input>", line, out, err).flow
    }

    /// Obeys a command. `place` is where it stands, if not at the prompt.
    pub(super) fn command_line(
        &mut self,
        line: &str,
        place: Option<Span>,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> ControlFlow<()> {
        let error = match line.parse().and_then(|command| self.obey(command, out, err)) {
            Ok(flow) => return flow,
            Err(error) => error,
        };
        let error = match (place, &error.span) {
            (Some(place), None) => error.at(place, "in this line"),
            _ => error,
        };
        match self.complain(&error, err) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }

    fn obey(
        &mut self,
        command: Command,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> crate::Result<ControlFlow<()>> {
        Ok(match command {
            Command::Quit => ControlFlow::Break(()),
            Command::Describe(name) => {
                let text = name.map_or("show tables;".into(), |name| format!("describe {name};"));
                self.run("<input>", &text, out, err).flow
            }
            Command::Topic(Some(name)) if self.is_described(&name) => {
                self.run("<input>", &format!("describe {name};"), out, err).flow
            }
            Command::Include(file) => self.include(&file, out, err)?,
            Command::Watch(watch) => {
                let pager = std::mem::take(&mut self.pager);
                let flow = self.watch(&watch, out, err);
                self.pager = pager;
                flow?
            }
            Command::Edit(Some(file)) => {
                edit::file(&self.editor, &file)?;
                self.include(&file, out, err)?
            }
            Command::Edit(None) => self.edit(out, err)?,
            command => {
                let said = self.say(command)?;
                let written = self
                    .paged(out, |out| out.write_all(said.as_bytes()).and_then(|()| out.flush()));
                if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            }
        })
    }

    /// Obeys a command that needs no engine run; what to say about it.
    fn say(&mut self, command: Command) -> crate::Result<String> {
        Ok(match command {
            Command::Help => command::help(),
            Command::Topic(None) => help::overview(&self.style),
            Command::Topic(Some(name)) => help::topic(&name)?.text(&self.style),
            Command::Record(choice) => {
                let other =
                    if self.format == Format::Record { Format::Table } else { Format::Record };
                self.format = choice.unwrap_or(other);
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
            Command::Output(None, _) => {
                let last = std::mem::take(&mut self.output);
                last.path().map_or_else(
                    || "answers go to the screen\n".to_owned(),
                    |path| format!("closed `{}`, answers go to the screen\n", path.display()),
                )
            }
            Command::Output(Some(path), force) => {
                let said = format!("answers go to `{}`\n", path.display());
                self.output = Output::open(path, force)?;
                said
            }
            Command::Sql => match self.engine.borrow().last_sql() {
                Some(sql) => format!("{}\n", sql.trim_end()),
                None => "there was no query yet\n".to_owned(),
            },
            Command::Pager(given) => self.pager.set(given.as_deref()),
            Command::Quit
            | Command::Describe(_)
            | Command::Include(_)
            | Command::Watch(_)
            | Command::Edit(_) => String::new(),
        })
    }

    /// Whether a name is no topic of help, but one that `describe` knows.
    fn is_described(&self, name: &str) -> bool {
        use WordKind::{Axis, Definition, Metric, Mode, Model, Result, Setting, System, Table};
        const KINDS: [WordKind; 9] =
            [Axis, Definition, Metric, Mode, Model, Result, Setting, System, Table];
        let words = || self.engine.borrow().vocabulary();
        help::topic(name).is_err()
            && words().iter().any(|w| KINDS.contains(&w.kind) && w.text.eq_ignore_ascii_case(name))
    }

    fn include(
        &mut self,
        file: &Path,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> crate::Result<ControlFlow<()>> {
        let source = Source::read(&file.to_string_lossy())?;
        Ok(self.run(&source.name, &source.text, out, err).flow)
    }

    fn edit(&mut self, out: &mut dyn Write, err: &mut dyn Write) -> crate::Result<ControlFlow<()>> {
        let before = self.last.as_ref().map_or("", |(_, text)| text.trim()).to_owned();
        let text = edit::text(&self.editor, &format!("{before}\n"))?.trim().to_owned();
        if text.is_empty() || text == before {
            let _ = writeln!(out, "nothing has changed, nothing is run");
        } else if self.is_complete(&text) {
            let _ = writeln!(out, "{text}");
            self.edited = Some(Edited::Run(text.clone()));
            return Ok(self.line(&text, out, err));
        } else {
            self.edited = Some(Edited::Unfinished(text));
        }
        Ok(ControlFlow::Continue(()))
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
        let style = if on_screen {
            self.style
        } else {
            Style { timing: self.style.timing, ..Style::PLAIN }
        };
        let (engine, format, interrupt) = (&self.engine, self.format, &self.interrupt);
        let colored_errors = self.style.chrome == Chrome::Color;
        let handle = engine.borrow().cancel_handle();
        let pager = self.pager.command().map(str::to_owned).filter(|_| on_screen);
        let screen = self.screen;
        let ended = self.output.with(format, out, |out| {
            let mut print = |out: &mut dyn Write| {
                let on_error = OnError::Stop;
                let mut printer =
                    Printer { out, err: &mut *err, format, style, colored_errors, on_error };
                let handle = handle.clone();
                interrupt.guard(handle, || printer.run(&mut *engine.borrow_mut(), name, text))
            };
            match (pager, screen) {
                (Some(pager), Some(screen)) => print(&mut Paged::new(out, &pager, screen)),
                _ => print(out),
            }
        });
        let (flow, status) = match ended {
            // A file that is closed at its other end is given up; the session goes on.
            Ok(Ended { closed: true, status }) if on_screen => (ControlFlow::Break(()), status),
            Ok(ended) => (ControlFlow::Continue(()), ended.status),
            Err(error) => {
                let message = format!("cannot write the answer: {error}");
                let _ = self.complain(&Error::internal("AIQ0656", message), err);
                (ControlFlow::Continue(()), crate::Kind::Internal.exit_status())
            }
        };
        Ran { flow, status, cancelled: handle.is_cancelled() }
    }

    /// Does `work` with the screen, or with a pager before it.
    fn paged<T>(&self, out: &mut dyn Write, work: impl FnOnce(&mut dyn Write) -> T) -> T {
        match (self.pager.command(), self.screen) {
            (Some(pager), Some(screen)) => work(&mut Paged::new(out, pager, screen)),
            _ => work(out),
        }
    }

    pub(super) fn complain(&self, error: &Error, err: &mut dyn Write) -> io::Result<()> {
        let text = diagnostics::render(error, self.style.chrome == Chrome::Color);
        err.write_all(text.as_bytes())
    }
}
