//! What the SQL functions of one operation share: its arguments, and the pricers bound so far.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::base::error::{Code, Error, Result};
use crate::engine::Engine;
use crate::model::library::Library;
use crate::perf::{Evidence, Failure, OpSpec, Price, Pricer};
use crate::plan::nodes::opjoin::Bound;

/// An operation that SQL can price.
pub(super) struct Prices {
    pub(super) op: &'static OpSpec,
    engine: Engine,
    library: Arc<Library>,
    evidence: Evidence,
    bound: Mutex<HashMap<Vec<String>, Bound>>,
}

/// A price, or why there is none.
pub(super) type Priced = std::result::Result<Price, String>;

impl Prices {
    pub(super) fn new(
        op: &'static OpSpec,
        engine: &Engine,
        library: &Arc<Library>,
        evidence: &Evidence,
    ) -> Self {
        let (engine, library) = (engine.clone(), Arc::clone(library));
        Self { op, engine, library, evidence: evidence.clone(), bound: Mutex::default() }
    }

    /// The names before the op's own: formulas are the system's, and the collectives of a version of
    /// the library, whatever backend runs on it.
    fn place(&self) -> &'static [&'static str] {
        match self.op.table {
            None => &["system"],
            Some(table) if table.is_library => &["system", "version"],
            Some(_) => &["system", "backend", "version"],
        }
    }

    /// How many arguments are names.
    pub(super) fn texts(&self) -> usize {
        self.place().len() + self.op.text.len()
    }

    /// How many arguments there are.
    pub(super) fn arguments(&self) -> usize {
        self.texts() + self.op.numbers.len()
    }

    /// The arguments by name.
    pub(super) fn usage(&self) -> String {
        let names = self.place().iter().chain(self.op.text).chain(self.op.numbers);
        names.copied().collect::<Vec<_>>().join(", ")
    }

    /// The op bound to what the names stand for.
    pub(super) fn bind(&self, texts: &[&str]) -> Result<Bound> {
        let key: Vec<String> = texts.iter().map(|&t| t.to_owned()).collect();
        let mut known = self.bound.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bound) = known.get(&key) {
            return Ok(bound.clone());
        }
        let (place, own) = texts.split_at(self.place().len());
        let context = match place {
            [system, backend, version] => {
                self.engine.priced_on(&self.library, system, backend, version, &self.evidence)?
            }
            [system, own @ ..] => {
                let (backend, version) = self.any_release(system)?;
                let context = self.engine.priced_on(
                    &self.library,
                    system,
                    &backend,
                    &version,
                    &self.evidence,
                )?;
                match own.first() {
                    Some(&version) => self.engine.with_library(context, system, version)?,
                    None => context,
                }
            }
            [] => return Err(Error::internal(Code::ParserBug, "an op is priced on a system")),
        };
        let bound = Bound::new(self.op, &context, own)?;
        known.insert(key, bound.clone());
        Ok(bound)
    }

    /// Some release with data on a system.
    fn any_release(&self, system: &str) -> Result<(String, String)> {
        let catalog = &self.engine.catalog;
        for backend in catalog.backends_for(system, self.evidence.mode)? {
            let versions = catalog.versions_for(system, &backend, self.evidence.mode)?;
            if let Some(version) = versions.into_iter().next() {
                return Ok((backend, version));
            }
        }
        Err(Error::data(
            Code::NoSuchBackend,
            format!("there is no data for any backend on `{system}`"),
        ))
    }
}

impl fmt::Debug for Prices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Prices").field(&self.op.name).finish()
    }
}

/// The price of an op at its numbers.
pub(super) fn price(bound: &Bound, numbers: &[f64]) -> Result<Priced> {
    answer(bound, |pricer| pricer.price(numbers))
}

/// The physical bound of an op at its numbers.
pub(super) fn roofline(bound: &Bound, numbers: &[f64]) -> Result<Priced> {
    answer(bound, |pricer| pricer.bound(numbers))
}

fn answer(
    bound: &Bound,
    price: impl FnOnce(&Pricer) -> std::result::Result<Price, Failure>,
) -> Result<Priced> {
    match bound {
        Bound::Missing(reason) => Ok(Err(reason.clone())),
        Bound::Ready(pricer) => match price(pricer) {
            Ok(price) => Ok(Ok(price)),
            Err(Failure::Miss(miss)) => Ok(Err(miss.to_string())),
            Err(Failure::Error(error)) => Err(error),
        },
    }
}
