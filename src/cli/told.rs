//! Runs the statements that a command stands for, after printing them.

use std::collections::BTreeMap;
use std::io::Write;
use std::ops::ControlFlow;

use super::{Common, profile, summary};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::shell::progress::Progress;
use crate::shell::{Format, Style, render};
use crate::{Answer, lang};

/// A session that shows its statements, and the answers that they gave.
pub(super) struct Told {
    pub(super) session: Session,
    pub(super) style: Style,
    format: Format,
    answers: BTreeMap<String, Answer>,
    /// Answers of statements without a name, in order.
    pub(super) rest: Vec<Answer>,
}

impl Told {
    /// Opens a session.
    pub(super) fn open(common: &Common) -> Result<Self> {
        let style = Style::of_stdout();
        common.format.check(&style)?;
        Ok(Self {
            session: profile::session(common)?,
            style,
            format: common.format,
            answers: BTreeMap::new(),
            rest: Vec::new(),
        })
    }

    /// Whether a program reads the rows: then everything else goes to standard error.
    pub(super) fn is_machine(&self) -> bool {
        self.format.is_machine()
    }

    /// Prints statements, runs them and keeps their answers.
    pub(super) fn run(&mut self, name: &str, text: &str) -> Result<()> {
        self.run_as(name, text, text)
    }

    /// Prints statements as they may be shown, runs them and keeps their answers.
    pub(super) fn run_as(&mut self, name: &str, text: &str, shown: &str) -> Result<()> {
        self.say(shown)?;
        let names: Vec<Option<String>> = lang::parse::parse(name, text)?
            .into_iter()
            .map(|s| match s.kind {
                lang::ast::StatementKind::Let(name, _) => Some(name.text),
                _ => None,
            })
            .collect();
        let mut names = names.into_iter();
        let mut failed = None;
        let progress = Progress::start("working");
        let (answers, rest) = (&mut self.answers, &mut self.rest);
        self.session.run(name, text, &mut |result| match result {
            Ok(answer) => {
                match names.next().flatten() {
                    Some(name) => drop(answers.insert(name, answer)),
                    None => rest.push(answer),
                }
                ControlFlow::Continue(())
            }
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        });
        drop(progress);
        failed.map_or(Ok(()), Err)
    }

    /// The answer of `let name = ...`.
    pub(super) fn answer(&self, name: &str) -> Option<Answer> {
        self.answers.get(name).cloned()
    }

    /// Prints for people.
    pub(super) fn say(&self, text: &str) -> Result<()> {
        let text = text.trim_end();
        if text.is_empty() {
            return Ok(());
        }
        let written = if self.is_machine() {
            writeln!(std::io::stderr().lock(), "{text}\n")
        } else {
            writeln!(std::io::stdout().lock(), "{text}\n")
        };
        allowed(written)
    }

    /// Prints rows.
    pub(super) fn rows(&self, answer: &Answer) -> Result<()> {
        let mut out = std::io::stdout().lock();
        allowed(render::write(answer, self.format, &mut out, &self.style))?;
        let _ = render::write_remarks(answer, self.format, &mut std::io::stderr(), &self.style);
        Ok(())
    }

    /// Prints the rows of one serving mode with the deployment of the first.
    pub(super) fn mode(&self, answer: &Answer, mode: &str) -> Result<()> {
        let Some((title, own)) = summary::of_mode(answer, mode)? else {
            return self.say(&format!("{mode}: nothing meets all targets"));
        };
        self.say(&title)?;
        self.rows(&own)?;
        allowed(writeln!(std::io::stdout().lock()))
    }

    /// Prints what stands beside the rows of an answer.
    pub(super) fn remarks(&self, answer: &Answer) -> Result<()> {
        self.say(&render::remarks(answer, &self.style))
    }

    /// Prints the remarks of statements without a name; the result is the exit status.
    pub(super) fn finish(&self, status: u8) -> Result<u8> {
        for answer in &self.rest {
            self.say(&answer.notes.join("\n"))?;
        }
        Ok(status)
    }
}

/// A reader that closed the pipe has seen enough.
fn allowed(written: std::io::Result<()>) -> Result<()> {
    match written {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::internal("AIQ0656", format!("the answer cannot be written: {e}")))
        }
        _ => Ok(()),
    }
}
