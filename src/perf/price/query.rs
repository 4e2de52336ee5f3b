//! What is looked for in a table, and where it is: the slices that fit the arguments of an operation,
//! through sources, then kernels, each slice whole from one of both.

use std::cmp::Reverse;
use std::ops::Range;

use super::context::Context;
use crate::base::error::Error;
use crate::perf::op::{Miss, OpSpec, Selection, Wanted};
use crate::perf::tables::{OpTable, Slice, Source, TableSpec};

/// Where the value of a table key comes from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Key {
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
pub(super) const MAX_KEYS: usize = 20;

/// Numeric keys in the order of the table; unused places are 0.
pub(super) type Numbers = [i32; MAX_KEYS];

/// Roots of a slice, and its kernel where that is a key.
type Found = (Range<usize>, Option<String>);

/// The rows that an operation asks for, all but its numeric arguments.
pub(super) struct Query {
    pub(super) op: &'static OpSpec,
    pub(super) table: &'static TableSpec,
    pub(super) context: Context,
    /// Preferred kernels, best first.
    pub(super) lanes: Vec<String>,
    /// The text arguments as the op is asked with them.
    pub(super) text: Vec<String>,
    pub(super) selection: Selection,
    /// One for each key of the table.
    pub(super) keys: Vec<Key>,
}

impl Query {
    pub(super) fn new(
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
            lanes: context.lanes.iter().filter(|lane| *lane != "default").cloned().collect(),
            text: text.iter().map(|&t| t.to_owned()).collect(),
            selection,
            keys: table.keys.iter().map(|column| key(column.name)).collect(),
        }
    }

    /// A text argument, as the table spells it.
    pub(super) fn text(&self, argument: usize) -> &str {
        self.selection.text.get(argument).map_or("", String::as_str)
    }

    /// The numeric keys at the op's numeric arguments, cut to whole ones.
    pub(super) fn numbers(&self, arguments: &[f64]) -> Numbers {
        let mut numbers = [0; MAX_KEYS];
        for (place, key) in numbers.iter_mut().zip(&self.keys) {
            if let Key::Number(arg) = *key {
                *place = arguments[arg] as i32;
            }
        }
        numbers
    }

    /// The releases that may answer, in order of preference.
    pub(super) fn sources(&self) -> impl Iterator<Item = Result<Source, Error>> {
        (0..).map_while(|index| self.context.sources.source(self.table, index).transpose())
    }

    /// The slice with these numeric keys, from the first source that has it with enough points, else
    /// from the first that has it at all.
    pub(super) fn slice(&self, numbers: &Numbers) -> Result<Option<Slice>, Error> {
        let mut thin: Option<Slice> = None;
        for source in self.sources() {
            let source = source?;
            if let Some((roots, kernel)) = self.within(&source.table, numbers) {
                let mut slice = Slice::new(source, roots, kernel);
                if !slice.is_thin {
                    slice.before = thin.map(Box::new);
                    return Ok(Some(slice));
                }
                thin.get_or_insert(slice);
            }
        }
        Ok(thin)
    }

    /// Whether any source has rows with the text keys, whatever the numeric ones.
    pub(super) fn has_rows(&self) -> Result<bool, Error> {
        for source in self.sources() {
            let table = source?.table;
            let Some(wanted) = self.code(&table, &[0; MAX_KEYS]) else {
                continue;
            };
            if table.slices().any(|(key, _)| self.fits_text(&table, key, &wanted)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The measured values of a numeric key, ascending, in the first source that has any for the
    /// text keys.
    pub(super) fn sizes(&self, name: &str) -> Result<Vec<i32>, Error> {
        let is_key = |key: &Key| matches!(key, Key::Number(_));
        let named = |&place: &usize| self.table.keys[place].name == name;
        let place = (0..self.keys.len()).filter(named).find(|&place| is_key(&self.keys[place]));
        let Some(place) = place else { return Ok(Vec::new()) };
        let mut sizes = Vec::new();
        for source in self.sources() {
            let table = source?.table;
            let Some(wanted) = self.code(&table, &[0; MAX_KEYS]) else {
                continue;
            };
            let fits = |key: &[i32]| self.fits_text(&table, key, &wanted);
            sizes.extend(table.slices().filter(|(key, _)| fits(key)).map(|(key, _)| key[place]));
            if !sizes.is_empty() {
                break;
            }
        }
        sizes.sort_unstable();
        sizes.dedup();
        Ok(sizes)
    }

    /// Why there is no slice. The first source is the one that the user asked for.
    pub(super) fn miss(&self, arguments: &[f64]) -> Result<Miss, Error> {
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

    /// The slice in one table, from the first lane that has it.
    fn within(&self, table: &OpTable, numbers: &Numbers) -> Option<Found> {
        let mut code = self.code(table, numbers)?;
        if self.keys.iter().any(|key| matches!(key, Key::Open)) {
            return self.densest(table, &code);
        }
        let Some(place) = self.kernel_key() else {
            return table.slice(&code).map(|roots| (roots, None));
        };
        let preferred =
            self.lanes.iter().filter_map(|lane| Some((table.code(place, lane)?, &lane[..])));
        let kernels = preferred.chain(table.kernels());
        kernels.filter(|(_, name)| self.selection.kernels.has(name)).find_map(|(kernel, name)| {
            code[place] = kernel;
            table.slice(&code).map(|roots| (roots, Some(name.to_owned())))
        })
    }

    /// The slice of most points among those that agree on all keys that are asked for.
    fn densest(&self, table: &OpTable, code: &[i32]) -> Option<Found> {
        let fits = |key: &[i32]| {
            let sizes = self.keys.iter().zip(key.iter().zip(code));
            let mut sizes = sizes.filter(|(kind, _)| matches!(kind, Key::Number(_)));
            sizes.all(|(_, (own, wanted))| own == wanted) && self.fits_text(table, key, code)
        };
        let points = |roots: &Range<usize>| table.grid.points(roots.clone()).len();
        let (key, roots) = table
            .slices()
            .filter(|(key, _)| fits(key))
            .max_by_key(|(_, roots)| (points(roots), Reverse(roots.start)))?;
        let kernel = self.kernel_key().map(|at| table.key_text(at, key[at]));
        Some((roots, kernel))
    }

    /// Whether the names among the keys of a slice are those asked for, and its kernel counts.
    fn fits_text(&self, table: &OpTable, key: &[i32], wanted: &[i32]) -> bool {
        self.keys.iter().enumerate().all(|(i, kind)| match kind {
            Key::Text(_) => key[i] == wanted[i],
            Key::Number(_) | Key::Open => true,
            Key::Kernel => self.selection.kernels.has(&table.key_text(i, key[i])),
        })
    }

    fn kernel_key(&self) -> Option<usize> {
        self.keys.iter().position(|key| matches!(key, Key::Kernel))
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
}
