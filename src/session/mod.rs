//! A session: settings, named results, and statements answered one by one.

mod assertion;
mod basis;
mod candidate;
mod coverage;
mod describe;
mod diff;
mod estimate;
pub(crate) mod explain;
mod frontier;
mod generate;
mod include;
mod layer;
mod lint;
mod metric;
mod names;
mod ops;
mod permit;
mod prepared;
mod run;
mod save;
mod search;
mod sensitivity;
mod settings;
mod show;
mod sql;
mod standing;
mod vary;
mod vocabulary;
pub(crate) mod watch;
mod why;
mod why_not;

pub use assertion::Check;
pub use layer::Layer;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use datafusion::execution::runtime_env::RuntimeEnv;

use crate::answer::{Answer, CancelHandle, Word};
use crate::arch::library::Library;
use crate::cancel::stoppable;
use crate::engine::Engine;
use crate::error::Result;
use crate::lang::ast::{AxisTerm, Statement, StatementKind};
use crate::lang::parse::{is_complete, parse};
use crate::memory::MemoryLimit;
use crate::permissions::Permissions;

/// Who takes parts of an answer before its last, and says whether to go on.
type Emit<'a> = dyn FnMut(Answer) -> ControlFlow<()> + 'a;

/// A result with a name.
#[derive(Debug, Clone)]
pub struct Named {
    /// The answer.
    pub answer: Answer,
    /// The question it answers.
    pub question: Statement,
}

/// Settings, named results and definitions of one user.
pub struct Session {
    engine: Engine,
    permissions: Permissions,
    memory: MemoryLimit,
    /// Where plans run, under that limit.
    runtime: Arc<RuntimeEnv>,
    library: Library,
    settings: Vec<AxisTerm>,
    /// The value that each setting had before.
    replaced: BTreeMap<String, String>,
    /// What the texts that are run now are part of, if that was said.
    layer: Option<Layer>,
    /// What each text is part of, by its name.
    layers: BTreeMap<String, Layer>,
    results: BTreeMap<String, Named>,
    sql: Option<sql::Database>,
    prepared: prepared::PreparedSearches,
    standings: standing::Standings,
    cancel: CancelHandle,
    last_plan: Option<String>,
    including: Vec<PathBuf>,
    /// The last answer with rows, which assertions call `best`.
    last: Option<Answer>,
    /// The last search, whose bounds can be moved.
    searched: Option<Statement>,
    checks: Vec<Check>,
    /// Settings and definitions as typed, so that a saved answer can be asked again.
    journal: Vec<String>,
}

impl Session {
    /// A session over data directories, on top of those found by default.
    ///
    /// # Errors
    /// Damaged data directories or definitions.
    pub fn open(systems: &[PathBuf]) -> Result<Self> {
        let memory = MemoryLimit::default();
        Ok(Self {
            engine: Engine::open(systems)?,
            permissions: Permissions::default(),
            memory,
            runtime: memory.runtime()?,
            library: Library::shipped()?,
            settings: Vec::new(),
            replaced: BTreeMap::new(),
            layer: None,
            layers: BTreeMap::new(),
            results: BTreeMap::new(),
            sql: None,
            prepared: prepared::PreparedSearches::default(),
            standings: standing::Standings::default(),
            cancel: CancelHandle::default(),
            last_plan: None,
            including: Vec::new(),
            last: None,
            searched: None,
            checks: Vec::new(),
            journal: Vec::new(),
        })
    }

    /// Lets statements take as much memory as this.
    ///
    /// # Errors
    /// Only if there is no folder for temporary files.
    pub fn limit_memory(&mut self, limit: MemoryLimit) -> Result<()> {
        self.memory = limit;
        self.runtime = limit.runtime()?;
        self.prepared.clear();
        self.sql = None;
        Ok(())
    }

    /// Runs the statements of a text in order and hands each answer or error to `sink`, which
    /// says whether to go on. `source_name` is what errors call the text.
    pub fn run(
        &mut self,
        source_name: &str,
        text: &str,
        sink: &mut dyn FnMut(Result<Answer>) -> ControlFlow<()>,
    ) {
        self.note_layer(source_name);
        let _ = match parse(source_name, text) {
            Ok(statements) => statements.iter().try_for_each(|s| {
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
            }),
            Err(error) => sink(Err(error)),
        };
        // Handles are taken before statements run. A used one stays with the work left behind.
        if self.cancel.is_cancelled() {
            self.cancel = CancelHandle::default();
        }
    }

    fn statement(&mut self, statement: &Statement, emit: &mut Emit<'_>) -> Result<Vec<Answer>> {
        if shapes_answers(statement) {
            self.prepared.clear();
            self.standings.clear();
            self.sql.as_ref().map_or(Ok(()), sql::Database::forget_coverage)?;
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
        self.check_files(&statement.kind)?;
        Ok(match &statement.kind {
            StatementKind::Sql(sql) => match self.described(sql)? {
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
                vec![self.generate(&generate::Files { row, to, platform, api, values })?]
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

    /// The assertions that were checked so far, in order.
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// The definitions in force.
    pub fn library(&self) -> &Library {
        &self.library
    }

    /// The engine: checkpoints and measurements.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Whether `text` ends a statement.
    pub fn is_complete(&self, text: &str) -> bool {
        is_complete(text)
    }

    /// The SQL, or the plan, behind the last query.
    pub fn last_sql(&self) -> Option<String> {
        self.last_plan.clone()
    }

    /// Stops the text that runs next, or runs now, from another thread. Good for one stop.
    pub fn cancel_handle(&self) -> CancelHandle {
        self.cancel.clone()
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

const KEYWORDS: &[(&str, &str)] = &[
    ("search", "find the best candidates"),
    ("estimate", "price one candidate or every row of a relation"),
    ("explain", "show the plan of a question, the ops or a metric of a row"),
    ("why", "why a candidate is not the answer"),
    ("diff", "what changed between two answers"),
    ("sensitivity", "what the numbers of a row hang on"),
    ("frontier", "where the winner changes as a bound moves"),
    ("plot", "draw the compromises of a result"),
    ("save", "write results to a folder"),
    ("set", "change a setting"),
    ("show", "list models, systems, metrics, rules, settings, tables"),
    ("let", "name a result"),
    ("generate", "write the files that deploy a row"),
    ("include", "run a file"),
    ("attach", "add a data directory"),
    ("assert", "fail unless a claim about an answer holds"),
    ("for", "the model, or the values to ask for one by one"),
    ("on", "the system and number of GPUs"),
    ("using", "the backend"),
    ("serving", "the requests"),
    ("mix", "classes of requests"),
    ("as", "the serving modes"),
    ("with", "what if: other hardware, kernels, settings"),
    ("where", "conditions"),
    ("prefer", "soft conditions"),
    ("maximize", "the objective"),
    ("minimize", "the objective"),
    ("pareto", "the compromises of several objectives"),
    ("top", "how many rows"),
    ("select", "SQL"),
];

impl crate::shell::Engine for Session {
    fn run(
        &mut self,
        source_name: &str,
        text: &str,
        sink: &mut dyn FnMut(Result<Answer>) -> ControlFlow<()>,
    ) {
        Self::run(self, source_name, text, sink);
    }

    fn layer(&mut self, layer: Option<Layer>) {
        self.set_layer(layer);
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
