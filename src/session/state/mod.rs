//! What a session holds: settings, definitions, named results, and what it found out before.

mod check;
mod database;
mod layer;
mod prepared;
mod standings;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::execution::runtime_env::RuntimeEnv;

use crate::answer::Answer;
use crate::base::cancel::CancelHandle;
use crate::base::error::Result;
use crate::base::permissions::Permissions;
use crate::engine::Engine;
use crate::lang::ast::{AxisTerm, Loc, Statement};
use crate::lang::parse::is_complete;
use crate::memory::MemoryLimit;
use crate::model::library::Library;

pub use check::Check;
pub(in crate::session) use database::Database;
pub use layer::Layer;
pub(in crate::session) use layer::file_line;
pub(in crate::session) use prepared::{Prepared, PreparedSearches, Trials};
pub(in crate::session) use standings::{Keys, Standings};

/// Who takes parts of an answer before its last, and says whether to go on.
pub(in crate::session) type Emit<'a> = dyn FnMut(Answer) -> ControlFlow<()> + 'a;

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
    pub(in crate::session) engine: Engine,
    pub(in crate::session) permissions: Permissions,
    pub(in crate::session) memory: MemoryLimit,
    /// Where plans run, under that limit.
    pub(in crate::session) runtime: Arc<RuntimeEnv>,
    pub(in crate::session) library: Library,
    pub(in crate::session) settings: Vec<AxisTerm>,
    /// The value that each setting had before.
    pub(in crate::session) replaced: BTreeMap<String, String>,
    /// What the texts that are run now are part of, if that was said.
    pub(in crate::session) layer: Option<Layer>,
    /// What each text is part of, by its name.
    pub(in crate::session) layers: BTreeMap<String, Layer>,
    pub(in crate::session) results: BTreeMap<String, Named>,
    pub(in crate::session) sql: Option<Database>,
    pub(in crate::session) prepared: PreparedSearches,
    pub(in crate::session) standings: Standings,
    pub(in crate::session) cancel: CancelHandle,
    pub(in crate::session) last_plan: Option<String>,
    /// What the last question left to defaults: names and values.
    pub(in crate::session) last_assumed: Vec<[String; 2]>,
    pub(in crate::session) including: Vec<PathBuf>,
    /// The last answer with rows, which assertions call `best`.
    pub(in crate::session) last: Option<Answer>,
    /// The last search, whose bounds can be moved.
    pub(in crate::session) searched: Option<Statement>,
    pub(in crate::session) checks: Vec<Check>,
    /// Settings and definitions as typed, so that a saved answer can be asked again.
    pub(in crate::session) journal: Vec<String>,
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
            prepared: PreparedSearches::default(),
            standings: Standings::default(),
            cancel: CancelHandle::default(),
            last_plan: None,
            last_assumed: Vec::new(),
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

    /// Says what the texts that follow are part of; `None`: what is typed, or files.
    pub fn set_layer(&mut self, layer: Option<Layer>) {
        self.layer = layer;
    }

    /// Remembers what a text is part of.
    pub(in crate::session) fn note_layer(&mut self, source: &str) {
        let own = || if Path::new(source).is_file() { Layer::File } else { Layer::Session };
        let layer = self.layer.unwrap_or_else(own);
        self.layers.insert(source.to_owned(), layer);
    }

    /// What a place is part of, if its text is the user's.
    pub(in crate::session) fn layer_of(&self, loc: &Loc) -> Option<Layer> {
        self.layers.get(&loc.source.name).copied()
    }
}
