//! Which models the measurements answer for, on which systems and backends: the rows of the table
//! `coverage`.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::base::error::{Code, Error, Kind, Result};
use crate::engine::Engine;
use crate::lang::ast::{AxisTerm, Clauses, Name};
use crate::model::library::Library;
use crate::perf::DataMode;
use crate::plan::coverage::{Cover, Look, Status, cover, sample};
use crate::plan::question::{NoNames, Question};

/// A model on a system with a backend.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::session) struct Place {
    pub(in crate::session) model: String,
    pub(in crate::session) system: String,
    pub(in crate::session) backend: String,
}

/// A row of the table.
#[derive(Debug, Clone)]
pub(in crate::session) struct Row {
    pub(in crate::session) place: Place,
    pub(in crate::session) version: String,
    pub(in crate::session) mode: String,
    pub(in crate::session) cover: Cover,
}

/// Coverage under the definitions and settings of a moment. Places looked at once are remembered.
pub(in crate::session) struct Coverage {
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
    pub(in crate::session) fn new(
        engine: &Engine,
        library: &Library,
        settings: &[AxisTerm],
    ) -> Self {
        Self {
            engine: engine.clone(),
            library: library.clone(),
            settings: settings.to_vec(),
            known: Mutex::default(),
        }
    }

    /// All places: each known checkpoint on each system with each of its backends.
    pub(in crate::session) fn places(&self) -> Result<Vec<Place>> {
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
    pub(in crate::session) fn rows(&self, places: &[Place]) -> Result<Vec<Row>> {
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
                t.join()
                    .map_err(|_| Error::aborted(Code::ThreadEnded, "a thread of coverage broke"))?
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
        let version = self.engine.catalog.resolve_version(&place.system, &place.backend, "current");
        let version = version.unwrap_or_default();
        let mut covers = self.covers(place, None)?;
        // To look for what may be transferred takes longer, and few need it.
        let unsettled = !self.settings.iter().any(|s| s.name.text == "data");
        if unsettled && covers.values().any(|c| c.status == Status::No) {
            let wider = self.covers(place, Some(DataMode::Hybrid))?;
            for (mode, mut cover) in wider {
                let narrow = covers.get(&mode).filter(|c| c.status == Status::No);
                let Some(narrow) = narrow else { continue };
                if let (Some(reason), Some(lacks)) = (&mut cover.reason, &narrow.reason)
                    && cover.status != Status::No
                {
                    reason.push_str(&format!("; {lacks}"));
                }
                covers.insert(mode, cover);
            }
        }
        let row =
            |(mode, cover)| Row { place: place.clone(), version: version.clone(), mode, cover };
        Ok(covers.into_iter().map(row).collect())
    }

    /// How well each serving mode of a place is covered with the prices of a data mode.
    fn covers(&self, place: &Place, data: Option<DataMode>) -> Result<BTreeMap<String, Cover>> {
        let asked = self.asked(place, data)?;
        let targets = self.engine.targets(&self.library, &asked, "");
        let look = if data.is_some() { Look::Hasty } else { Look::Short };
        let mut best = BTreeMap::new();
        for (name, mode) in &self.library.modes {
            let covers = match &targets {
                Err(error) => vec![refused(error)?],
                Ok(targets) => targets
                    .iter()
                    .map(|t| cover(&self.library, &asked, mode, t, look).or_else(|e| refused(&e)))
                    .collect::<Result<_>>()?,
            };
            let cover = covers.into_iter().min_by_key(|c| c.status);
            best.insert(name.clone(), cover.unwrap_or_else(|| Cover::no("there is no data")));
        }
        Ok(best)
    }

    fn asked(&self, place: &Place, data: Option<DataMode>) -> Result<Question> {
        let sample = sample()?;
        let mut asked = Question::new(&sample, &Clauses::default(), &self.settings, &NoNames)?;
        let Some(loc) = sample.first().map(|t| t.name.loc.clone()) else { return Ok(asked) };
        let own = [
            ("model", place.model.as_str()),
            ("system", &place.system),
            ("backend", &place.backend),
        ];
        let data = data.map(|mode| ("data", mode.name()));
        for (name, value) in own.into_iter().chain(data) {
            let value = Name { text: value.to_owned(), loc: loc.clone() };
            asked.choices.insert(name.to_owned(), vec![value]);
        }
        Ok(asked)
    }
}

/// What cannot be asked is not covered, for the reason that asking would give; faults of the
/// program and damaged files are no answer.
fn refused(error: &Error) -> Result<Cover> {
    if matches!(error.kind, Kind::Internal | Kind::Aborted | Kind::Stopped | Kind::Unreadable) {
        return Err(error.clone());
    }
    Ok(Cover::no(format!("{} [{}]", error.message, error.code)))
}
