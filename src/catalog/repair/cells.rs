//! The rows of one table on one system, of all releases, by what they are a measurement of.

use std::collections::HashMap;

use crate::catalog::releases::TableFile;
use crate::perf::{Column, RawTable, TableSpec};

/// The column that says how a row was run, not what of.
const KERNEL: &str = "kernel";

/// The least latency at the keys and sizes of a row, and the file that has it.
pub(super) type Least = (f32, usize);

/// Rows of several files, newest releases first.
pub(super) struct Cells {
    spec: &'static TableSpec,
    /// Numbers behind the names in text columns.
    names: HashMap<String, i32>,
    files: Vec<Rows>,
    /// The least latency of each backend at keys and sizes.
    least: HashMap<String, HashMap<Box<[i32]>, Least>>,
}

/// The rows of one file.
struct Rows {
    backend: String,
    label: String,
    /// Keys but the kernel, then axes, row after row.
    cells: Vec<i32>,
    latency: Vec<f32>,
    /// Codes of the kernels, where these are a key.
    kernels: Vec<i32>,
}

impl Cells {
    pub(super) fn new(spec: &'static TableSpec) -> Self {
        Self { spec, names: HashMap::new(), files: Vec::new(), least: HashMap::new() }
    }

    /// Adds the rows of a file; of each backend the newest release comes first.
    pub(super) fn add(&mut self, file: &TableFile, raw: &RawTable) {
        let names: Vec<&str> = self.columns().collect();
        let columns: Vec<Vec<i32>> = names.iter().map(|name| self.coded(raw, name)).collect();
        let mut cells = Vec::with_capacity(raw.rows * columns.len());
        for row in 0..raw.rows {
            cells.extend(columns.iter().map(|column| column[row]));
        }
        let index = self.files.len();
        let least = self.least.entry(file.backend.clone()).or_default();
        for (cell, &latency) in cells.chunks_exact(columns.len()).zip(&raw.latency) {
            match least.get_mut(cell) {
                None => drop(least.insert(cell.into(), (latency, index))),
                Some((known, of)) if *of == index => *known = known.min(latency),
                Some(_) => {}
            }
        }
        let label = format!("{} {}", file.backend, file.version);
        let (backend, latency) = (file.backend.clone(), raw.latency.clone());
        let is_key = self.spec.keys.iter().any(|key| key.name == KERNEL);
        let kernels = if is_key { self.coded(raw, KERNEL) } else { vec![0; raw.rows] };
        self.files.push(Rows { backend, label, cells, latency, kernels });
    }

    /// The columns that say what a row is a measurement of.
    fn columns(&self) -> impl Iterator<Item = &'static str> + use<> {
        let columns = self.spec.keys.iter().chain(self.spec.axes).map(|column| column.name);
        columns.filter(|name| *name != KERNEL)
    }

    /// A column in numbers that mean the same in all files.
    fn coded(&mut self, raw: &RawTable, name: &str) -> Vec<i32> {
        match raw.columns.get(name) {
            Some(Column::Int(values)) => values.clone(),
            Some(Column::Text { codes, values }) => {
                let known: Vec<i32> = values
                    .iter()
                    .map(|value| {
                        let next = self.names.len() as i32;
                        *self.names.entry(value.clone()).or_insert(next)
                    })
                    .collect();
                codes.iter().map(|&code| known[code as usize]).collect()
            }
            None => vec![0; raw.rows],
        }
    }

    /// How many columns a cell has.
    fn width(&self) -> usize {
        self.columns().count()
    }

    /// Where an axis is in a cell.
    pub(super) fn place(&self, axis: &str) -> Option<usize> {
        self.columns().position(|name| name == axis)
    }

    /// How many keys a cell begins with.
    pub(super) fn keys(&self) -> usize {
        self.width() - self.spec.axes.len()
    }

    /// The kernel of a row, as a number.
    pub(super) fn kernel(&self, file: usize, row: usize) -> i32 {
        self.files[file].kernels[row]
    }

    /// The name of the table.
    pub(super) fn table(&self) -> &'static str {
        self.spec.name
    }

    /// How many rows a file has.
    pub(super) fn rows(&self, file: usize) -> usize {
        self.files[file].latency.len()
    }

    /// The files, by number, with their backends.
    pub(super) fn backends(&self) -> impl Iterator<Item = (usize, &str)> {
        self.files.iter().map(|rows| rows.backend.as_str()).enumerate()
    }

    /// Backend and version of a file.
    pub(super) fn label(&self, file: usize) -> &str {
        &self.files[file].label
    }

    /// Cells of a file with their latencies, row after row.
    pub(super) fn of(&self, file: usize) -> impl Iterator<Item = (&[i32], f32)> {
        let rows = &self.files[file];
        rows.cells.chunks_exact(self.width()).zip(rows.latency.iter().copied())
    }

    /// The least latency of other backends than that of a file.
    pub(super) fn least_elsewhere(&self, file: usize, cell: &[i32]) -> Option<Least> {
        let own = &self.files[file].backend;
        let others = self.least.iter().filter(|(backend, _)| *backend != own);
        others
            .filter_map(|(_, least)| least.get(cell).copied())
            .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
    }
}
