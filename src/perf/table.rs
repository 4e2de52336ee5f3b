//! A table of measurements in memory: exact keys to slices, slices to ragged grids.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::grid::{Grid, MAX_AXES};
use super::spec::{ColumnType, TableSpec};

/// A stored column as it is read.
#[derive(Debug, Clone)]
pub enum Column {
    /// Names, dictionary coded.
    Text {
        /// Index into `values` of each row.
        codes: Vec<u32>,
        /// Distinct names.
        values: Vec<String>,
    },
    /// Sizes and counts.
    Int(Vec<i32>),
}

/// Rows as they are stored: sorted by the keys, then the axes of their [`TableSpec`]. Among rows
/// of equal coordinates the first wins.
#[derive(Debug, Clone, Default)]
pub struct RawTable {
    /// Number of rows.
    pub rows: usize,
    /// Columns by name; notes may be absent.
    pub columns: BTreeMap<String, Column>,
    /// Milliseconds of each row.
    pub latency: Vec<f32>,
}

/// A table ready for lookups.
#[derive(Debug)]
pub struct OpTable {
    pub(crate) spec: &'static TableSpec,
    pub(crate) grid: Grid,
    /// Key codes in the order of `spec.keys` to the roots of the slice.
    slices: HashMap<Box<[i32]>, Range<usize>>,
    /// Names behind the codes of each key; empty for numeric keys.
    names: Vec<Vec<String>>,
    /// Codes of the kernel key, most rows first; empty if the table has no such key.
    kernels: Vec<i32>,
    /// Kernel of each point where it is a note, with its names.
    noted: Option<(Vec<u32>, Vec<String>)>,
}

impl OpTable {
    /// Indexes sorted rows in one pass over each column. A missing column, a latency that is no
    /// time and rows out of order are errors.
    pub fn build(spec: &'static TableSpec, mut raw: RawTable) -> Result<Self, String> {
        let rows = raw.rows;
        if spec.axes.is_empty() || spec.axes.len() > MAX_AXES {
            return Err(format!("{}: tables have 1 to {MAX_AXES} axes", spec.name));
        }
        if raw.latency.len() != rows {
            return Err(format!("{}: {rows} rows but {} latencies", spec.name, raw.latency.len()));
        }
        if let Some(row) = raw.latency.iter().position(|l| !(l.is_finite() && *l >= 0.0)) {
            return Err(format!("{}: row {row}: the latency is not a time", spec.name));
        }
        let mut names = Vec::new();
        let mut columns = Vec::new();
        for column in spec.keys.iter().chain(spec.axes) {
            let (codes, values) = match (raw.columns.remove(column.name), column.ty) {
                (Some(Column::Int(values)), ColumnType::Int) => (values, Vec::new()),
                (Some(Column::Text { codes, values }), ColumnType::Text) => {
                    if codes.iter().any(|&code| code as usize >= values.len()) {
                        return Err(format!("{}: `{}` has stray codes", spec.name, column.name));
                    }
                    (codes.iter().map(|&code| code as i32).collect(), values)
                }
                (None, _) => return Err(format!("{}: no column `{}`", spec.name, column.name)),
                _ => {
                    return Err(format!("{}: `{}` has the wrong type", spec.name, column.name));
                }
            };
            if codes.len() != rows {
                return Err(format!("{}: `{}` is not {rows} long", spec.name, column.name));
            }
            names.push(values);
            columns.push(codes);
        }
        let keys = spec.keys.len();
        let (key_columns, axis_columns) = columns.split_at(keys);
        names.truncate(keys);

        // The outermost column on which each row differs from the one before; going inwards out
        // leaves the outermost last. Column by column the compiler vectorises this.
        let same = columns.len() as u8;
        let mut differs = vec![same; rows];
        for (level, column) in columns.iter().enumerate().rev() {
            for (row, pair) in differs.iter_mut().skip(1).zip(column.windows(2)) {
                if pair[0] != pair[1] {
                    *row = level as u8;
                }
            }
        }

        let note = match raw.columns.remove("kernel") {
            Some(Column::Text { codes, values }) if codes.len() == rows => Some((codes, values)),
            _ => None,
        };
        let mut noted = Vec::new();
        let mut grid = Grid::new(spec.axes.len());
        let mut starts: Vec<(usize, usize)> = Vec::new();
        for (row, &level) in differs.iter().enumerate() {
            let level = usize::from(level);
            let opens = row == 0 || level < keys;
            if opens {
                starts.push((row, grid.len(0)));
            } else if level == columns.len() {
                continue;
            } else if columns[level][row] < columns[level][row - 1] {
                return Err(format!("{}: row {row} is out of order", spec.name));
            }
            let from = if opens { 0 } else { level - keys };
            grid.push(from, |axis| axis_columns[axis][row], raw.latency[row]);
            if let Some((codes, _)) = &note {
                noted.push(codes[row]);
            }
        }

        let mut slices = HashMap::with_capacity(starts.len());
        let kernel = spec.keys.iter().position(|key| key.name == "kernel");
        let mut weights: BTreeMap<i32, usize> = BTreeMap::new();
        for (i, &(row, root)) in starts.iter().enumerate() {
            let (next_row, next_root) = starts.get(i + 1).copied().unwrap_or((rows, grid.len(0)));
            let key: Box<[i32]> = key_columns.iter().map(|column| column[row]).collect();
            if let Some(at) = kernel {
                *weights.entry(key[at]).or_default() += next_row - row;
            }
            if slices.insert(key, root..next_root).is_some() {
                return Err(format!("{}: row {row} is out of order", spec.name));
            }
        }
        let mut kernels: Vec<i32> = weights.keys().copied().collect();
        kernels.sort_by_key(|code| std::cmp::Reverse(weights[code]));
        let noted = note.map(|(_, values)| (noted, values));
        Ok(Self { spec, grid, slices, names, kernels, noted })
    }

    /// The code of a name in a text key, `None` if no row has it.
    pub(crate) fn code(&self, key: usize, name: &str) -> Option<i32> {
        self.names[key].iter().position(|value| value == name).map(|code| code as i32)
    }

    /// How a key reads: the name behind a code, or the number.
    pub(crate) fn key_text(&self, key: usize, code: i32) -> String {
        match self.names[key].get(code as usize) {
            Some(name) => name.clone(),
            None => code.to_string(),
        }
    }

    /// Codes of the kernel key with their names, most rows first.
    pub(crate) fn kernels(&self) -> impl Iterator<Item = (i32, &str)> {
        let key = self.spec.keys.iter().position(|key| key.name == "kernel").unwrap_or(0);
        self.kernels.iter().map(move |&code| (code, self.names[key][code as usize].as_str()))
    }

    /// The kernel noted at a point.
    pub(crate) fn noted_kernel(&self, point: usize) -> Option<&str> {
        let (codes, values) = self.noted.as_ref()?;
        values.get(*codes.get(point)? as usize).map(String::as_str)
    }

    /// The roots of the slice with exactly these keys.
    pub(crate) fn slice(&self, key: &[i32]) -> Option<Range<usize>> {
        self.slices.get(key).cloned()
    }

    /// The keys of a slice as they read, in the order of the table; none if it is no slice.
    pub(crate) fn keys_of(&self, roots: &Range<usize>) -> Vec<(&'static str, String)> {
        let Some((key, _)) = self.slices.iter().find(|(_, r)| *r == roots) else {
            return Vec::new();
        };
        let named = self.spec.keys.iter().zip(key.iter()).enumerate();
        named.map(|(i, (column, code))| (column.name, self.key_text(i, *code))).collect()
    }

    /// All slices, in no order.
    pub(crate) fn slices(&self) -> impl Iterator<Item = (&[i32], Range<usize>)> {
        self.slices.iter().map(|(key, roots)| (&key[..], roots.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::perf::spec::{COMPUTE_SCALE, GEMM, MOE};
    use crate::perf::testing::{raw, table};

    #[test]
    fn the_first_of_equal_rows_wins() {
        let table = table(&GEMM, &["fp8 64 64 1 0.5", "fp8 64 64 1 0.7", "fp8 64 64 2 0.9"]);
        let roots = table.slice(&[0]).unwrap();
        let mut seen = Vec::new();
        table.grid.for_each(roots, |at, latency| seen.push((at.to_vec(), latency)));
        assert_eq!(seen, [(vec![64, 64, 1], 0.5), (vec![64, 64, 2], 0.9)]);
        assert_eq!(table.grid.locate(1), [64, 64, 2]);
    }

    #[test]
    fn kernels_come_by_number_of_rows() {
        let row =
            |kernel: &str, tokens: i32| format!("fp8 balanced 8 8 64 64 1 1 {kernel} {tokens} 1");
        let rows = [row("a", 1), row("b", 1), row("b", 2)];
        let table = table(&MOE, &rows.each_ref().map(String::as_str));
        let kernels: Vec<&str> = table.kernels().map(|(_, name)| name).collect();
        assert_eq!(kernels, ["b", "a"]);
    }

    #[test]
    fn rows_that_are_no_table_are_refused() {
        let good = || raw(&COMPUTE_SCALE, &["fp8 1 64 0.5", "fp8 2 64 0.5"]);
        assert!(OpTable::build(&COMPUTE_SCALE, good()).is_ok());
        let refuse = |change: fn(&mut RawTable)| {
            let mut bad = good();
            change(&mut bad);
            OpTable::build(&COMPUTE_SCALE, bad).unwrap_err()
        };
        let error = refuse(|raw| raw.latency[1] = f32::NAN);
        assert_eq!(error, "compute_scale: row 1: the latency is not a time");
        let error = refuse(|raw| drop(raw.columns.remove("m")));
        assert_eq!(error, "compute_scale: no column `m`");
        let error = refuse(|raw| drop(raw.columns.insert("m".into(), Column::Int(vec![2, 1]))));
        assert_eq!(error, "compute_scale: row 1 is out of order");
        let error = refuse(|raw| drop(raw.columns.insert("m".into(), Column::Int(vec![1]))));
        assert_eq!(error, "compute_scale: `m` is not 2 long");
        let stray = |raw: &mut RawTable| {
            let column = Column::Text { codes: vec![0, 3], values: vec!["fp8".into()] };
            raw.columns.insert("quant".into(), column);
        };
        assert_eq!(refuse(stray), "compute_scale: `quant` has stray codes");
    }

    #[test]
    fn an_empty_table_is_a_table() {
        let table = table(&GEMM, &[]);
        assert_eq!(table.slices().count(), 0);
    }
}
