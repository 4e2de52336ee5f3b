//! From an operation's arguments to the slice of measurements that answers, or to what stands in for
//! it. Entry: [`Finder::find`], which remembers: the same few slices answer millions of lookups.

use std::sync::{Arc, OnceLock};

use super::context::Context;
use super::memo::Memo;
use super::nearest::{StandIn, nearest};
use super::query::{Key, Query};
use crate::base::error::Error;
use crate::perf::op::{Failure, Miss, OpSpec, Selection};
use crate::perf::tables::{Slice, TableSpec, Used};

/// A slice, or why there is none.
type Found = Result<Arc<Slice>, Arc<Miss>>;

/// Finds slices, and remembers them.
pub(super) struct Finder {
    query: Query,
    /// What was found, or not, by numeric keys.
    found: Memo<Box<[i32]>, Found>,
    /// What stands in, by numeric keys.
    stand_ins: Memo<Box<[i32]>, Option<Arc<StandIn>>>,
    /// What is missing, by the numbers asked for.
    missed: Memo<Box<[u64]>, Arc<Miss>>,
    /// Measured values of a numeric key.
    sizes: Memo<&'static str, Arc<[i32]>>,
    measured: OnceLock<Result<bool, Error>>,
    transferable: OnceLock<Result<bool, Error>>,
}

impl Finder {
    pub(super) fn new(
        op: &'static OpSpec,
        table: &'static TableSpec,
        context: &Context,
        text: &[&str],
        selection: Selection,
    ) -> Self {
        Self {
            query: Query::new(op, table, context, text, selection),
            found: Memo::default(),
            stand_ins: Memo::default(),
            missed: Memo::default(),
            sizes: Memo::default(),
            measured: OnceLock::new(),
            transferable: OnceLock::new(),
        }
    }

    /// The rows that it looks in.
    pub(super) fn selection(&self) -> &Selection {
        &self.query.selection
    }

    /// The slice for the op's numeric arguments.
    pub(super) fn find(&self, arguments: &[f64]) -> Result<Arc<Slice>, Failure> {
        let numbers = self.query.numbers(arguments);
        let known = &numbers[..self.query.keys.len()];
        // Nothing is measured at half a head: a miss, whatever is near.
        let is_whole = |(key, &cut): (&Key, &i32)| match *key {
            Key::Number(arg) => f64::from(cut) == arguments[arg],
            Key::Text(_) | Key::Kernel | Key::Open => true,
        };
        if !self.query.keys.iter().zip(known).all(is_whole) {
            return Err(Failure::Miss(self.miss(arguments)?));
        }
        if let Some(found) = self.found.get(known) {
            return found.inspect(|slice| slice.mark()).map_err(Failure::Miss);
        }
        let slice = match self.query.slice(&numbers)? {
            Some(slice) => Ok(Arc::new(slice)),
            None => Err(self.miss(arguments)?),
        };
        let slice = self.found.put(known.into(), slice);
        slice.inspect(|slice| slice.mark()).map_err(Failure::Miss)
    }

    /// What stands in for the slice of the op's numeric arguments.
    pub(super) fn stand_in(&self, arguments: &[f64]) -> Result<Option<Arc<StandIn>>, Error> {
        let numbers = self.query.numbers(arguments);
        let wanted = &numbers[..self.query.keys.len()];
        if let Some(known) = self.stand_ins.get(wanted) {
            return Ok(known.inspect(|stand_in| stand_in.slice.mark()));
        }
        let found = nearest(&self.query, Some(&numbers))?.map(Arc::new);
        let found = self.stand_ins.put(wanted.into(), found);
        Ok(found.inspect(|stand_in| stand_in.slice.mark()))
    }

    /// The measured values of a numeric key, ascending, in the first source that has any for the
    /// text keys.
    pub(super) fn sizes(&self, name: &'static str) -> Result<Arc<[i32]>, Error> {
        if let Some(sizes) = self.sizes.get(name) {
            return Ok(sizes);
        }
        let sizes: Arc<[i32]> = self.query.sizes(name)?.into();
        Ok(self.sizes.put(name, sizes))
    }

    /// Why there is no slice. A miss tends to be met at row after row, and looking for what is
    /// nearest takes long.
    pub(super) fn miss(&self, arguments: &[f64]) -> Result<Arc<Miss>, Error> {
        let bits = |key: &Key| match *key {
            Key::Number(arg) => arguments[arg].to_bits(),
            Key::Text(_) | Key::Kernel | Key::Open => 0,
        };
        let numbers: Box<[u64]> = self.query.keys.iter().map(bits).collect();
        if let Some(known) = self.missed.get(&numbers[..]) {
            return Ok(known);
        }
        let miss = Arc::new(self.query.miss(arguments)?);
        Ok(self.missed.put(numbers, miss))
    }

    /// Whether any source has rows with the text keys, whatever the numeric ones.
    pub(super) fn measured(&self) -> Result<bool, Error> {
        self.measured.get_or_init(|| self.query.has_rows()).clone()
    }

    /// Whether anything may stand in for some slice of the text keys.
    pub(super) fn is_transferable(&self) -> Result<bool, Error> {
        let found = || Ok(nearest(&self.query, None)?.is_some());
        self.transferable.get_or_init(found).clone()
    }

    /// Adds the releases that answered since the last call.
    pub(super) fn take_used(&self, used: &mut Used) {
        let (found, stand_ins) = (self.found.all(), self.stand_ins.all());
        let borrowed = stand_ins.values().flatten().map(|stand_in| &stand_in.slice);
        for slice in found.values().flatten().map(|slice| &**slice).chain(borrowed) {
            if slice.take_mark() {
                used.releases.insert((self.query.table.name, slice.source.label.clone()));
            }
            if slice.take_repaired() {
                used.repaired.insert(self.query.table.name);
            }
        }
    }
}
