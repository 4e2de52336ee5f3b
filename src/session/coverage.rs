//! Which models the measurements answer for, on which systems and backends: the rows of the table
//! `coverage`.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::arch::library::Library;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::lang::ast::{AxisTerm, Clauses, Name};
use crate::perf::mode::DataMode;
use crate::plan::coverage::{Cover, cover, sample};
use crate::plan::question::{NoNames, Question};

/// A model on a system with a backend.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) model: String,
    pub(super) system: String,
    pub(super) backend: String,
}

/// A row of the table.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) place: Place,
    pub(super) version: String,
    pub(super) mode: String,
    pub(super) cover: Cover,
}

/// Coverage under the definitions and settings of a moment. Places looked at once are remembered.
pub(super) struct Coverage {
    engine: Engine,
    library: Library,
    settings: Vec<AxisTerm>,
    known: Mutex<HashMap<Place, Arc<Vec<Row>>>>,
}

impl fmt::Debug for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Coverage").finish_non_exhaustive()
    }
}

impl Coverage {
    pub(super) fn new(engine: &Engine, library: &Library, settings: &[AxisTerm]) -> Self {
        Self {
            engine: engine.clone(),
            library: library.clone(),
            settings: settings.to_vec(),
            known: Mutex::default(),
        }
    }

    /// All places: each known checkpoint on each system with each of its backends.
    pub(super) fn places(&self) -> Result<Vec<Place>> {
        let mut pairs = Vec::new();
        for system in self.engine.catalog.systems() {
            for backend in self.engine.catalog.backends(&system)? {
                pairs.push((system.clone(), backend));
            }
        }
        let names = self.engine.checkpoints.names();
        Ok(names
            .flat_map(|model| {
                let place = |(system, backend): &(String, String)| Place {
                    model: model.to_owned(),
                    system: system.clone(),
                    backend: backend.clone(),
                };
                pairs.iter().map(place).collect::<Vec<_>>()
            })
            .collect())
    }

    /// The rows of some places, in their order, computed on all cores.
    pub(super) fn rows(&self, places: &[Place]) -> Result<Vec<Row>> {
        // Places of one backend stand together, so that cores read different tables.
        let mut order: Vec<usize> = (0..places.len()).collect();
        let data = |i: usize| (&places[i].system, &places[i].backend);
        order.sort_by(|a, b| data(*a).cmp(&data(*b)));
        let cores = thread::available_parallelism().map_or(1, usize::from).min(places.len());
        let next = AtomicUsize::new(0);
        let work = || -> Result<()> {
            while let Some(i) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                self.place(&places[*i])?;
            }
            Ok(())
        };
        thread::scope(|scope| {
            let threads: Vec<_> = (1..cores).map(|_| scope.spawn(work)).collect();
            let own = work();
            let ended = threads.into_iter().map(|t| {
                t.join().map_err(|_| Error::internal("AIQ0903", "a thread of coverage broke"))?
            });
            ended.fold(own, Result::and)
        })?;
        let mut rows = Vec::new();
        for place in places {
            rows.extend(self.place(place)?.iter().cloned());
        }
        Ok(rows)
    }

    fn place(&self, place: &Place) -> Result<Arc<Vec<Row>>> {
        let lock = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(place) {
            return Ok(Arc::clone(known));
        }
        let rows = Arc::new(self.modes(place)?);
        lock().insert(place.clone(), Arc::clone(&rows));
        Ok(rows)
    }

    /// A row for each serving mode of a place.
    fn modes(&self, place: &Place) -> Result<Vec<Row>> {
        let asked = self.asked(place)?;
        let targets = self.engine.targets(&self.library, &asked, "");
        let version = self.engine.catalog.resolve_version(&place.system, &place.backend, "current");
        let mut rows = Vec::new();
        for (name, mode) in &self.library.modes {
            let covers = match &targets {
                Err(error) => vec![refused(error)?],
                Ok(targets) => targets
                    .iter()
                    .map(|t| cover(&self.library, &asked, mode, t).or_else(|e| refused(&e)))
                    .collect::<Result<_>>()?,
            };
            let best = covers.into_iter().min_by_key(|c| c.status);
            rows.push(Row {
                place: place.clone(),
                version: version.clone().unwrap_or_default(),
                mode: name.clone(),
                cover: best.unwrap_or_else(|| Cover::no("there is no data")),
            });
        }
        Ok(rows)
    }

    fn asked(&self, place: &Place) -> Result<Question> {
        let sample = sample()?;
        let mut asked = Question::new(&sample, &Clauses::default(), &self.settings, &NoNames)?;
        let Some(loc) = sample.first().map(|t| t.name.loc.clone()) else { return Ok(asked) };
        let own = [("model", &place.model), ("system", &place.system), ("backend", &place.backend)];
        for (name, value) in own {
            let value = Name { text: value.clone(), loc: loc.clone() };
            asked.choices.insert(name.to_owned(), vec![value]);
        }
        // What can be answered at all, unless a setting says which prices count.
        let hybrid = Name { text: DataMode::Hybrid.name().to_owned(), loc };
        asked.choices.entry("data".to_owned()).or_insert_with(|| vec![hybrid]);
        Ok(asked)
    }
}

/// What cannot be asked is not covered, for the reason that asking would give; faults of the
/// program and damaged files are no answer.
fn refused(error: &Error) -> Result<Cover> {
    if error.code.starts_with("AIQ09") || error.code == "AIQ0404" {
        return Err(error.clone());
    }
    Ok(Cover::no(format!("{} [{}]", error.message, error.code)))
}
