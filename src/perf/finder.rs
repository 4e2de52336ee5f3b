//! From an operation's keys to the slice of measurements that answers: through sources, then
//! kernels, each slice whole from one of both.

mod nearest;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use super::miss::{Miss, Wanted};
use super::op::{Context, Failure, OpSpec, Selection};
use super::source::{Source, Used};
use super::spec::TableSpec;
use super::table::OpTable;
pub(crate) use nearest::StandIn;

/// A slice of a table: measurements that differ in their axes only.
#[derive(Debug)]
pub(crate) struct Slice {
    pub(crate) source: Source,
    pub(crate) roots: Range<usize>,
    /// The kernel, where it is a key.
    pub(crate) kernel: Option<String>,
    /// The least latency, ms.
    pub(crate) fastest: f64,
    /// Whether it answered since [`Finder::take_used`] was last asked.
    used: AtomicBool,
}

impl Slice {
    /// Remembers that it answered. Looks before it writes: most lookups find it marked already.
    fn mark(&self) {
        if !self.used.load(Ordering::Relaxed) {
            self.used.store(true, Ordering::Relaxed);
        }
    }
}

/// Where the value of a table key comes from.
#[derive(Debug, Clone, Copy)]
enum Key {
    /// A text argument.
    Text(usize),
    /// A numeric argument.
    Number(usize),
    /// The lanes.
    Kernel,
    /// Nobody: any value will do.
    Open,
}

/// Most keys of any table.
const MAX_KEYS: usize = 20;

/// Numeric keys in the order of the table; unused places are 0.
type Numbers = [i32; MAX_KEYS];

/// What was found, or not, by numeric keys.
type Found = HashMap<Box<[i32]>, Result<Arc<Slice>, Arc<Miss>>>;

/// What is missing, by the numbers asked for.
type Missed = HashMap<Box<[u64]>, Arc<Miss>>;

/// Finds slices, and remembers them: the same few answer millions of lookups.
pub(crate) struct Finder {
    op: &'static OpSpec,
    table: &'static TableSpec,
    context: Context,
    /// Preferred kernels, best first.
    lanes: Vec<String>,
    /// The text arguments as the op is asked with them.
    asked: Vec<String>,
    selection: Selection,
    keys: Vec<Key>,
    found: RwLock<Found>,
    stand_ins: RwLock<nearest::Known>,
    missed: RwLock<Missed>,
    measured: OnceLock<Result<bool, crate::Error>>,
    transferable: OnceLock<Result<bool, crate::Error>>,
    collected: RwLock<HashMap<&'static str, Arc<[i32]>>>,
}

impl Finder {
    pub(crate) fn new(
        op: &'static OpSpec,
        table: &'static TableSpec,
        context: &Context,
        text: &[&str],
        selection: Selection,
    ) -> Self {
        let key = |name: &str| match op.text.iter().position(|&arg| arg == name) {
            Some(arg) => Key::Text(arg),
            None => match op.numbers.iter().position(|&arg| arg == name) {
                Some(arg) => Key::Number(arg),
                None if name == "kernel" => Key::Kernel,
                None => Key::Open,
            },
        };
        Self {
            op,
            table,
            context: context.clone(),
            asked: text.iter().map(|&t| t.to_owned()).collect(),
            lanes: context.lanes.iter().filter(|lane| *lane != "default").cloned().collect(),
            selection,
            keys: table.keys.iter().map(|column| key(column.name)).collect(),
            found: RwLock::default(),
            stand_ins: RwLock::default(),
            missed: RwLock::default(),
            measured: OnceLock::new(),
            transferable: OnceLock::new(),
            collected: RwLock::default(),
        }
    }

    /// A text argument, as the table spells it.
    pub(crate) fn text(&self, argument: usize) -> &str {
        self.selection.text.get(argument).map_or("", String::as_str)
    }

    /// The slice for the op's numeric arguments.
    pub(crate) fn find(&self, arguments: &[f64]) -> Result<Arc<Slice>, Failure> {
        let mut numbers = [0; MAX_KEYS];
        for (place, key) in numbers.iter_mut().zip(&self.keys) {
            if let Key::Number(arg) = *key {
                *place = arguments[arg] as i32;
                // Nothing is measured at half a head: a miss, whatever is near.
                if f64::from(*place) != arguments[arg] {
                    return Err(Failure::Miss(self.miss(arguments)?));
                }
            }
        }
        let found = self.found.read().unwrap_or_else(PoisonError::into_inner);
        let known = &numbers[..self.keys.len()];
        if let Some(found) = found.get(known) {
            return match found {
                Ok(slice) => {
                    slice.mark();
                    Ok(Arc::clone(slice))
                }
                Err(miss) => Err(Failure::Miss(Arc::clone(miss))),
            };
        }
        drop(found);
        let slice = match self.search(&numbers)? {
            Some(slice) => Ok(Arc::new(slice)),
            None => Err(self.miss(arguments)?),
        };
        let mut found = self.found.write().unwrap_or_else(PoisonError::into_inner);
        found.insert(known.into(), slice.clone());
        slice.map_err(Failure::Miss)
    }

    /// Adds the releases that answered since the last call.
    pub(crate) fn take_used(&self, used: &mut Used) {
        let found = self.found.read().unwrap_or_else(PoisonError::into_inner);
        let stand_ins = self.stand_ins.read().unwrap_or_else(PoisonError::into_inner);
        let borrowed = stand_ins.values().flatten().map(|stand_in| &stand_in.slice);
        for slice in found.values().flatten().map(|slice| &**slice).chain(borrowed) {
            if slice.used.swap(false, Ordering::Relaxed) {
                used.insert((self.table.name, slice.source.label.clone()));
            }
        }
    }

    /// The measured values of a numeric key, ascending, in the first source that has any for the
    /// text keys.
    pub(crate) fn collected(&self, name: &'static str) -> Result<Arc<[i32]>, crate::Error> {
        let collected = self.collected.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(collected) = collected.get(name) {
            return Ok(Arc::clone(collected));
        }
        drop(collected);
        let mut values = Vec::new();
        for source in self.sources() {
            let table = source?.table;
            let Some(wanted) = self.code(&table, &[0; MAX_KEYS]) else {
                continue;
            };
            for (key, _) in table.slices() {
                let mut matches = true;
                let mut value = None;
                for (i, kind) in self.keys.iter().enumerate() {
                    match kind {
                        Key::Text(_) => matches &= key[i] == wanted[i],
                        Key::Number(_) if self.table.keys[i].name == name => value = Some(key[i]),
                        Key::Number(_) | Key::Open => {}
                        Key::Kernel => {
                            matches &= (self.selection.kernel)(&table.key_text(i, key[i]));
                        }
                    }
                }
                values.extend(value.filter(|_| matches));
            }
            if !values.is_empty() {
                break;
            }
        }
        values.sort_unstable();
        values.dedup();
        let values: Arc<[i32]> = values.into();
        let mut collected = self.collected.write().unwrap_or_else(PoisonError::into_inner);
        collected.insert(name, Arc::clone(&values));
        Ok(values)
    }

    /// Whether any source has rows with the text keys, whatever the numeric ones.
    pub(crate) fn measured(&self) -> Result<bool, crate::Error> {
        self.measured.get_or_init(|| self.has_rows()).clone()
    }

    fn has_rows(&self) -> Result<bool, crate::Error> {
        for source in self.sources() {
            let table = source?.table;
            let Some(wanted) = self.code(&table, &[0; MAX_KEYS]) else {
                continue;
            };
            let fits = |key: &[i32]| {
                self.keys.iter().enumerate().all(|(i, kind)| match kind {
                    Key::Text(_) => key[i] == wanted[i],
                    Key::Number(_) | Key::Open => true,
                    Key::Kernel => (self.selection.kernel)(&table.key_text(i, key[i])),
                })
            };
            if table.slices().any(|(key, _)| fits(key)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn sources(&self) -> impl Iterator<Item = Result<Source, crate::Error>> {
        (0..).map_while(|index| self.context.sources.source(self.table, index).transpose())
    }

    fn search(&self, numbers: &Numbers) -> Result<Option<Slice>, crate::Error> {
        for source in self.sources() {
            let source = source?;
            if let Some((roots, kernel)) = self.within(&source.table, numbers) {
                let grid = &source.table.grid;
                let points = grid.points(roots.clone());
                let fastest = points.map(|point| grid.latency(point)).fold(f64::INFINITY, f64::min);
                let used = AtomicBool::new(true);
                return Ok(Some(Slice { source, roots, kernel, fastest, used }));
            }
        }
        Ok(None)
    }

    /// The slice in one table, from the first lane that has it.
    fn within(&self, table: &OpTable, numbers: &Numbers) -> Option<(Range<usize>, Option<String>)> {
        let mut code = self.code(table, numbers)?;
        if self.keys.iter().any(|key| matches!(key, Key::Open)) {
            return self.densest(table, &code);
        }
        let Some(place) = self.keys.iter().position(|key| matches!(key, Key::Kernel)) else {
            return table.slice(&code).map(|roots| (roots, None));
        };
        let preferred =
            self.lanes.iter().filter_map(|lane| Some((table.code(place, lane)?, &lane[..])));
        preferred.chain(table.kernels()).filter(|(_, name)| (self.selection.kernel)(name)).find_map(
            |(kernel, name)| {
                code[place] = kernel;
                table.slice(&code).map(|roots| (roots, Some(name.to_owned())))
            },
        )
    }

    /// The slice of most points among those that agree on all keys that are asked for.
    fn densest(&self, table: &OpTable, code: &[i32]) -> Option<(Range<usize>, Option<String>)> {
        let mut kernel = None;
        let fits = |key: &[i32]| {
            self.keys.iter().enumerate().all(|(i, kind)| match kind {
                Key::Text(_) | Key::Number(_) => key[i] == code[i],
                Key::Kernel => (self.selection.kernel)(&table.key_text(i, key[i])),
                Key::Open => true,
            })
        };
        let points = |roots: &Range<usize>| table.grid.points(roots.clone()).len();
        let (key, roots) = table
            .slices()
            .filter(|(key, _)| fits(key))
            .max_by_key(|(_, roots)| (points(roots), std::cmp::Reverse(roots.start)))?;
        if let Some(at) = self.keys.iter().position(|key| matches!(key, Key::Kernel)) {
            kernel = Some(table.key_text(at, key[at]));
        }
        Some((roots, kernel))
    }

    /// The keys as a table codes them, the kernel left open; `None` if it lacks one of the names.
    fn code(&self, table: &OpTable, numbers: &Numbers) -> Option<Vec<i32>> {
        let code = |(i, key): (usize, &Key)| match *key {
            Key::Text(arg) => table.code(i, &self.selection.text[arg]),
            Key::Number(_) => Some(numbers[i]),
            Key::Kernel | Key::Open => Some(0),
        };
        self.keys.iter().enumerate().map(code).collect()
    }

    /// Why there is no slice. The first source is the one that the user asked for. A miss tends to
    /// be met at row after row, and looking for what is nearest takes long.
    pub(crate) fn miss(&self, arguments: &[f64]) -> Result<Arc<Miss>, crate::Error> {
        let bits = |key: &Key| match *key {
            Key::Number(arg) => arguments[arg].to_bits(),
            Key::Text(_) | Key::Kernel | Key::Open => 0,
        };
        let numbers: Box<[u64]> = self.keys.iter().map(bits).collect();
        let missed = self.missed.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = missed.get(&numbers) {
            return Ok(Arc::clone(known));
        }
        drop(missed);
        let miss = Arc::new(self.explained(arguments)?);
        let mut missed = self.missed.write().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(missed.entry(numbers).or_insert(miss)))
    }

    fn explained(&self, arguments: &[f64]) -> Result<Miss, crate::Error> {
        let wanted: Vec<Wanted> = self
            .keys
            .iter()
            .map(|key| match *key {
                Key::Text(arg) => Wanted::Text(self.selection.text[arg].clone()),
                Key::Number(arg) => Wanted::Number(arguments[arg]),
                Key::Kernel | Key::Open => Wanted::Any,
            })
            .collect();
        let names: Vec<&'static str> = self.table.keys.iter().map(|column| column.name).collect();
        let miss = Miss::new(self.op.name, &names, &wanted);
        Ok(match self.context.sources.source(self.table, 0)? {
            Some(source) => miss.with_nearest(&source.table, &wanted),
            None => miss,
        })
    }
}
