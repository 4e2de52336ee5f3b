//! Runs the statements that a command stands for, after printing them.

use std::collections::BTreeMap;
use std::io::Write;
use std::ops::ControlFlow;
use std::slice;

use super::common::Common;
use super::profile;
use super::stdout::written;
use crate::answer::Answer;
use crate::base::error::Result;
use crate::chart::Chart;
use crate::lang::ast::{Statement, StatementKind};
use crate::lang::parse::parse;
use crate::session::Session;
use crate::ui::{Format, Ui, plot, render};

/// A session whose statements are printed, and the answers that they gave.
pub(super) struct Transcript {
    pub(super) session: Session,
    pub(super) ui: Ui,
    format: Format,
    named: BTreeMap<String, Answer>,
    /// Answers of statements without a name, in order.
    pub(super) unnamed: Vec<Answer>,
}

impl Transcript {
    /// Opens a session.
    pub(super) fn open(common: &Common) -> Result<Self> {
        common.format.check(&common.ui.stdout)?;
        Ok(Self {
            session: profile::session(common)?,
            ui: common.ui,
            format: common.format,
            named: BTreeMap::new(),
            unnamed: Vec::new(),
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

    /// The same for statements that hold secrets: `shown` is what is printed.
    pub(super) fn run_as(&mut self, name: &str, text: &str, shown: &str) -> Result<()> {
        self.print(shown)?;
        let statements = parse(name, text)?;
        let _progress = self.ui.progress("working");
        statements.iter().try_for_each(|statement| self.statement(name, statement))
    }

    fn statement(&mut self, name: &str, statement: &Statement) -> Result<()> {
        let mut result = Ok(());
        let (named, unnamed) = (&mut self.named, &mut self.unnamed);
        let mut keep = |answer| match &statement.kind {
            StatementKind::Let(name, _) => drop(named.insert(name.text.clone(), answer)),
            _ => unnamed.push(answer),
        };
        self.session.run_parsed(name, slice::from_ref(statement), &mut |answer| match answer {
            Ok(answer) => {
                keep(answer);
                ControlFlow::Continue(())
            }
            Err(error) => {
                result = Err(error);
                ControlFlow::Break(())
            }
        });
        result
    }

    /// The answer of `let name = ...`.
    pub(super) fn answer(&self, name: &str) -> Option<Answer> {
        self.named.get(name).cloned()
    }

    /// Prints a paragraph for people.
    pub(super) fn print(&self, text: &str) -> Result<()> {
        let text = text.trim_end();
        if text.is_empty() {
            return Ok(());
        }
        let result = if self.is_machine() {
            writeln!(std::io::stderr().lock(), "{text}\n")
        } else {
            writeln!(std::io::stdout().lock(), "{text}\n")
        };
        written(result, "the answer")
    }

    /// Prints a remark beside the output, to standard error.
    pub(super) fn remark(&self, text: &str) {
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }

    /// Prints rows.
    pub(super) fn print_rows(&self, answer: &Answer) -> Result<()> {
        let (mut out, style) = (std::io::stdout().lock(), &self.ui.stdout);
        written(render::write(answer, self.format, &mut out, style), "the answer")?;
        let _ = render::write_remarks(answer, self.format, &mut std::io::stderr(), style);
        Ok(())
    }

    /// Prints a chart.
    pub(super) fn print_chart(&self, chart: &Chart) -> Result<()> {
        self.print(&plot::draw(chart, &self.ui.stdout))
    }

    /// Prints the notes of statements without a name; the result is the exit status.
    pub(super) fn finish(&self, status: u8) -> Result<u8> {
        for answer in &self.unnamed {
            self.print(&answer.notes.join("\n"))?;
        }
        Ok(status)
    }
}
