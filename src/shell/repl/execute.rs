//! Commands of the shell, carried out.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

use super::command::{self, Command};
use super::console::{Console, Edited};
use super::edit;
use super::output::Output;
use super::script::Take;
use crate::base::error::{Code, Error, Result, Span};
use crate::shell::help;
use crate::shell::interpreter::Interpreter;
use crate::shell::printer::OnError;
use crate::shell::source::Source;
use crate::ui::Format;

impl<I: Interpreter> Console<I> {
    /// Executes a command. `place` is where it stands, if not at the prompt.
    pub(super) fn command_line(
        &mut self,
        line: &str,
        place: Option<Span>,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> ControlFlow<()> {
        let error = match line.parse().and_then(|command| self.execute(command, out, err)) {
            Ok(flow) => return flow,
            Err(error) => error,
        };
        let error = match (place, &error.span) {
            (Some(place), None) => error.at(place, "in this line"),
            _ => error,
        };
        self.worst = self.worst.max(error.kind.exit_status());
        match self.complain(&error, err) {
            Ok(()) if self.on_error == Some(OnError::Stop) => ControlFlow::Break(()),
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }

    fn execute(
        &mut self,
        command: Command,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<ControlFlow<()>> {
        let in_batch = self.on_error.is_some();
        Ok(match command {
            Command::Quit => ControlFlow::Break(()),
            Command::Watch(_) | Command::Edit(_) | Command::Pager(_) if in_batch => {
                return Err(Error::question(
                    Code::IncompleteShellCommand,
                    "`\\watch`, `\\e` and `\\pager` need the interactive shell",
                ));
            }
            // What changes how answers look is seen in them.
            Command::Record(_)
            | Command::Format(Some(_))
            | Command::Timing
            | Command::Output(..)
                if in_batch =>
            {
                self.reply(command).map(|_| ControlFlow::Continue(()))?
            }
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
                let reply = self.reply(command)?;
                let written = self
                    .paged(out, |out| out.write_all(reply.as_bytes()).and_then(|()| out.flush()));
                if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            }
        })
    }

    /// Executes a command that runs no statement; what the shell prints about it.
    fn reply(&mut self, command: Command) -> Result<String> {
        Ok(match command {
            Command::Help => command::help(),
            Command::Topic(None) => help::overview(&self.ui.stdout),
            Command::Topic(Some(name)) => help::topic(&name)?.text(&self.ui.stdout),
            Command::Record(choice) => {
                let other =
                    if self.format == Format::Record { Format::Table } else { Format::Record };
                self.format = choice.unwrap_or(other);
                format!("format is {}\n", self.format)
            }
            Command::Timing => {
                self.ui.stdout.timing = !self.ui.stdout.timing;
                format!("timing is {}\n", if self.ui.stdout.timing { "on" } else { "off" })
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
                let reply = format!("answers go to `{}`\n", path.display());
                self.output = Output::open(path, force)?;
                reply
            }
            Command::Sql => match self.interpreter.borrow().last_sql() {
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
        help::is_name(&self.interpreter.borrow().vocabulary(), name)
    }

    fn include(
        &mut self,
        file: &Path,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<ControlFlow<()>> {
        let source = Source::read(&file.to_string_lossy())?;
        Ok(self.script(&source, Take::Together, out, err))
    }

    fn edit(&mut self, out: &mut dyn Write, err: &mut dyn Write) -> Result<ControlFlow<()>> {
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
}
