//! A session: settings, named results, and statements answered one by one.

mod analysis;
mod comment;
mod permit;
pub(crate) mod run;
mod settings;
mod sql;
pub(crate) mod state;
pub(crate) mod statements;
mod vocabulary;

pub use state::{Check, Layer, Named, Session};

use state::Emit;
use std::ops::ControlFlow;

use crate::answer::Answer;
use crate::base::cancel::{CancelHandle, stoppable};
use crate::base::error::{Kind, Result};
use crate::lang::ast::{Statement, StatementKind};
use crate::lang::parse::parse;

impl Session {
    /// Runs the statements of a text in order and hands each answer or error to `sink`, which
    /// says whether to go on. `source_name` is what errors call the text.
    pub fn run(
        &mut self,
        source_name: &str,
        text: &str,
        sink: &mut dyn FnMut(Result<Answer>) -> ControlFlow<()>,
    ) {
        let statements = parse(source_name, text).unwrap_or_else(|error| {
            let _ = sink(Err(error));
            Vec::new()
        });
        self.run_parsed(source_name, &statements, sink);
    }

    /// The same with statements that were parsed from a text of this name.
    pub fn run_parsed(
        &mut self,
        source_name: &str,
        statements: &[Statement],
        sink: &mut dyn FnMut(Result<Answer>) -> ControlFlow<()>,
    ) {
        self.note_layer(source_name);
        let _ = statements.iter().try_for_each(|s| {
            let cancel = self.cancel.clone();
            let mut flow = ControlFlow::Continue(());
            let mut emit = |part| {
                flow = sink(Ok(part));
                flow
            };
            match stoppable(&cancel, || self.statement(s, &mut emit)) {
                _ if flow.is_break() => flow,
                Ok(answers) => answers.into_iter().try_for_each(|a| sink(Ok(a))),
                Err(error) => sink(Err(error)),
            }
        });
        // Handles are taken before statements run. A used one stays with the work left behind.
        if self.cancel.is_cancelled() {
            self.cancel = CancelHandle::default();
        }
    }

    fn statement(&mut self, statement: &Statement, emit: &mut Emit<'_>) -> Result<Vec<Answer>> {
        if shapes_answers(statement) {
            self.prepared.clear();
            self.standings.clear();
            self.sql.as_ref().map_or(Ok(()), state::Database::forget_coverage)?;
        }
        if asks(statement) {
            // Should it fail, no assertion is about the answer before it.
            self.last = None;
        }
        let mut first = None;
        let mut noted = |part: Answer| {
            first.get_or_insert_with(|| part.clone());
            emit(part)
        };
        let mut answers = self.answers(statement, &mut noted)?;
        for answer in answers.iter_mut().filter(|a| a.footer.is_some()) {
            answer.notes.extend(self.engine.catalog.changed().iter().cloned());
        }
        if let (Some(option), Some(answer)) =
            (comment::option(statement).filter(|_| asks(statement)), answers.last_mut())
        {
            answer.notes.push(format!(
                "`{option}` is a comment and was left out: `--` begins one; `help search` lists the clauses"
            ));
        }
        if asks(statement) {
            self.last = first.or_else(|| answers.last().cloned());
        }
        match &statement.kind {
            StatementKind::Search(_) => self.searched = Some(statement.clone()),
            StatementKind::Let(_, question) => self.searched = Some((**question).clone()),
            _ => {}
        }
        if shapes_answers(statement) {
            self.journal.push(statement.loc.text().trim().to_owned());
        }
        Ok(answers)
    }

    fn answers(&mut self, statement: &Statement, emit: &mut Emit<'_>) -> Result<Vec<Answer>> {
        let answers = self.answered(statement, emit);
        answers.map_err(|error| match error.kind {
            // What is missing is of the whole candidate, unless it has a name.
            Kind::Data => error.within(statement.loc.span(), "asked for here"),
            _ => error,
        })
    }

    fn answered(&mut self, statement: &Statement, emit: &mut Emit<'_>) -> Result<Vec<Answer>> {
        self.check_files(&statement.kind)?;
        Ok(match &statement.kind {
            StatementKind::Sql(sql) => match self.described(sql, &statement.loc)? {
                Some(answer) => vec![answer],
                None => vec![self.run_sql(sql, &statement.loc)?],
            },
            StatementKind::Search(search) => vec![self.search_typed(search, statement.loc.text())?],
            StatementKind::Estimate(estimate) => {
                vec![self.run_estimate(estimate, &statement.loc, emit)?]
            }
            StatementKind::Explain { analyze, target } => vec![self.explain(*analyze, target)?],
            StatementKind::ExplainOps(target) => vec![self.explain_ops(target)?],
            StatementKind::ExplainMetric(metric, target) => {
                vec![self.explain_metric(metric, target)?]
            }
            StatementKind::Diff(diff) => vec![self.diff(diff)?],
            StatementKind::Sensitivity { target, inputs, by } => {
                vec![self.sensitivity(target, inputs, by.as_ref())?]
            }
            StatementKind::Frontier(metric, target) => {
                vec![self.frontier(metric, target.as_ref())?]
            }
            StatementKind::WhyNot(terms, name) => vec![self.why_not(terms, name)?],
            StatementKind::Plot { target, axes, color, to } => {
                vec![self.plot(target, axes.as_ref(), color.as_ref(), to.as_ref())?]
            }
            StatementKind::Save { names, to, platform } => {
                vec![self.save(names, to, platform.as_ref())?]
            }
            StatementKind::Set(terms) => vec![self.set(terms)?],
            StatementKind::Show(what, filter) => vec![self.show(what, filter.as_ref())?],
            StatementKind::Let(name, question) => vec![self.name_result(name, question)?],
            StatementKind::Generate { row, to, platform, api, values } => {
                let (platform, api) = (platform.as_ref(), api.as_ref());
                vec![self.generate(&statements::generate::Files {
                    row,
                    to,
                    platform,
                    api,
                    values,
                })?]
            }
            StatementKind::Include(file) => self.include(file)?,
            StatementKind::Attach(directory) => vec![self.attach(directory)?],
            StatementKind::Assert(claim) => vec![self.assert(claim, &statement.loc)?],
            StatementKind::Define(definition) => {
                self.library.define(definition.clone())?;
                vec![Answer::message(Vec::new())]
            }
        })
    }
}

/// Whether assertions may be about the answer to a statement.
fn asks(statement: &Statement) -> bool {
    matches!(
        statement.kind,
        StatementKind::Sql(_)
            | StatementKind::Search(_)
            | StatementKind::Estimate(_)
            | StatementKind::Let(..)
    )
}

/// Whether a statement changes what later questions answer.
fn shapes_answers(statement: &Statement) -> bool {
    matches!(
        statement.kind,
        StatementKind::Set(_) | StatementKind::Attach(_) | StatementKind::Define(_)
    )
}
