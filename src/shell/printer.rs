//! Runs a text through an interpreter and prints each answer and error where it belongs. Shared by
//! batches and the interactive shell.

use std::io::{self, Write};
use std::ops::ControlFlow;

use super::interpreter::Interpreter;
use crate::answer::{Answer, Part};
use crate::base::error::{Code, Error, Kind, Result};
use crate::ui::{Format, Ui, render};

/// More rows than anybody reads, and than a table or one Parquet file is made of in memory.
const MOST_ROWS: usize = 1_000_000;

/// Whether a run goes on after an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnError {
    /// The first error ends the run.
    #[default]
    Stop,
    /// The statements after it are run too.
    Continue,
}

/// The two outputs and how to write to them.
pub(super) struct Printer<'a> {
    pub(super) out: &'a mut dyn Write,
    pub(super) err: &'a mut dyn Write,
    pub(super) format: Format,
    pub(super) ui: Ui,
    pub(super) on_error: OnError,
    /// How many answers were written.
    pub(super) printed: usize,
    /// Whether the last of them was remarks alone, which stand together.
    pub(super) remarked: bool,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Ended {
    /// The worst exit status of any statement.
    pub(super) status: u8,
    /// Nobody reads the output any more.
    pub(super) closed: bool,
    /// An error ended it.
    pub(super) stopped: bool,
}

impl Printer<'_> {
    /// Runs the statements of a text.
    pub(super) fn run(
        &mut self,
        interpreter: &mut impl Interpreter,
        name: &str,
        text: &str,
    ) -> Ended {
        let mut ended = Ended::default();
        if let Err(error) = self.format.check(&self.ui.stdout) {
            let _ = self.error(&error, &mut ended);
            return ended;
        }
        let mut progress = self.ui.progress("working");
        let mut parts = Vec::new();
        interpreter.run(name, text, &mut |result: Result<Answer>| {
            progress.clear();
            let flow = match result {
                Ok(answer) => match self.writable(answer, &mut parts) {
                    Ok(None) => ControlFlow::Continue(()),
                    Ok(Some(answer)) => self.answer(&answer, &mut ended),
                    Err(error) => {
                        let _ = self.error(&error, &mut ended);
                        ControlFlow::Break(())
                    }
                },
                Err(error) => self.error(&error, &mut ended),
            };
            if flow.is_continue() {
                progress = self.ui.progress("working");
            }
            flow
        });
        ended
    }

    /// An answer that can be written now: a part if the format takes parts, else the whole.
    fn writable(&self, answer: Answer, parts: &mut Vec<Answer>) -> Result<Option<Answer>> {
        if answer.part == Part::Whole || self.format.takes_parts() {
            return Ok(Some(answer));
        }
        let ends = answer.part.ends();
        parts.push(answer);
        if parts.iter().map(Answer::row_count).sum::<usize>() > MOST_ROWS {
            let message = format!("the answer has more rows than fit `--format {}`", self.format);
            return Err(Error::question(Code::TooManyRows, message)
                .help("`--format csv`, `ndjson` and `json` are written as the rows come"));
        }
        Ok(if ends { Answer::whole(parts.drain(..)) } else { None })
    }

    fn answer(&mut self, answer: &Answer, ended: &mut Ended) -> ControlFlow<()> {
        let rows = !answer.schema.fields().is_empty();
        if rows && self.format.is_binary() && self.printed > 0 {
            let message = format!("format `{}` holds one relation, here is another", self.format);
            let error = Error::question(Code::SeveralRelations, message)
                .help("ask for one relation, or use json, ndjson or csv");
            let _ = self.error(&error, ended);
            return ControlFlow::Break(());
        }
        if !answer.feasible {
            ended.status = ended.status.max(Kind::Infeasible.exit_status());
        }
        // A statement such as `set` may print nothing, and then takes no empty line either.
        let prints = rows || !(answer.notes.is_empty() && answer.assumptions.is_empty());
        let gap = prints
            && !self.format.is_machine()
            && self.printed > 0
            && (rows || !self.remarked || answer.notes.len() > 1);
        if prints {
            self.remarked = !rows && answer.notes.len() == 1;
        }
        if answer.part.begins() {
            self.printed += usize::from(if self.format.is_machine() { rows } else { prints });
        }
        let written = self.write(answer, gap);
        self.written(written, ended)
    }

    fn write(&mut self, answer: &Answer, gap: bool) -> io::Result<()> {
        if gap {
            writeln!(self.out)?;
        }
        render::write(answer, self.format, self.out, &self.ui.stdout)?;
        self.out.flush()?;
        // A closed standard error is no reason to withhold answers.
        let _ = render::write_remarks(answer, self.format, self.err, &self.ui.stdout);
        Ok(())
    }

    fn written(&mut self, written: io::Result<()>, ended: &mut Ended) -> ControlFlow<()> {
        match written {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                ended.closed = true;
                ControlFlow::Break(())
            }
            Err(error) => {
                let error = Error::internal(
                    Code::OutputNotWritten,
                    format!("cannot write the answer: {error}"),
                );
                let _ = self.error(&error, ended);
                ControlFlow::Break(())
            }
        }
    }

    fn error(&mut self, error: &Error, ended: &mut Ended) -> ControlFlow<()> {
        ended.status = ended.status.max(error.kind.exit_status());
        let _ = self.err.write_all(self.ui.error(error).as_bytes());
        match self.on_error {
            OnError::Stop => {
                ended.stopped = true;
                ControlFlow::Break(())
            }
            OnError::Continue => ControlFlow::Continue(()),
        }
    }
}
