//! A table of measurements ready for lookups: exact keys to slices, slices to ragged grids.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::grid::{Grid, MAX_AXES};
use super::raw::{Column, RawTable};
use super::repaired::Repaired;
use super::spec::{ColumnSpec, ColumnType, TableSpec};

/// The key whose values are the kernels.
const KERNEL: &str = "kernel";

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
    /// The points whose latency was replaced.
    pub(crate) repaired: Repaired,
}

impl OpTable {
    /// Indexes sorted rows in one pass over each column. A missing column, a latency that is no
    /// time and rows out of order are errors.
    pub fn build(spec: &'static TableSpec, mut raw: RawTable) -> Result<Self, String> {
        check(spec, &raw)?;
        let keys = spec.keys.len();
        let mut names = Vec::new();
        let mut columns = Vec::new();
        for column in spec.keys.iter().chain(spec.axes) {
            let (codes, values) =
                coded(column, &mut raw).map_err(|why| format!("{}: {why}", spec.name))?;
            names.push(values);
            columns.push(codes);
        }
        names.truncate(keys);
        let note = match raw.columns.remove(KERNEL) {
            Some(Column::Text { codes, values }) if codes.len() == raw.rows => {
                Some((codes, values))
            }
            _ => None,
        };
        let mut rows = Rows { spec, columns: &columns, latency: &raw.latency, starts: Vec::new() };
        let mut noted = Vec::new();
        let mut points = 0;
        let mut repaired = Repaired::because(raw.repaired.reasons.clone());
        let grid = rows.grid(|row| {
            if let Some((codes, _)) = &note {
                noted.push(codes[row]);
            }
            repaired.take(&raw.repaired, row, points);
            points += 1;
        })?;
        let (slices, kernels) = rows.slices(&grid)?;
        let noted = note.map(|(_, values)| (noted, values));
        Ok(Self { spec, grid, slices, names, kernels, noted, repaired })
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
        let key = self.spec.keys.iter().position(|key| key.name == KERNEL).unwrap_or(0);
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

/// Refuses what is no table at all.
fn check(spec: &TableSpec, raw: &RawTable) -> Result<(), String> {
    let (rows, times) = (raw.rows, raw.latency.len());
    if spec.axes.is_empty() || spec.axes.len() > MAX_AXES {
        return Err(format!("{}: tables have 1 to {MAX_AXES} axes", spec.name));
    }
    if times != rows {
        return Err(format!("{}: {rows} rows but {times} latencies", spec.name));
    }
    match raw.latency.iter().position(|l| !(l.is_finite() && *l >= 0.0)) {
        Some(row) => Err(format!("{}: row {row}: the latency is not a time", spec.name)),
        None => Ok(()),
    }
}

/// A column as numbers, with the names that they stand for.
fn coded(column: &ColumnSpec, raw: &mut RawTable) -> Result<(Vec<i32>, Vec<String>), String> {
    let name = column.name;
    let (codes, values) = match (raw.columns.remove(name), column.ty) {
        (Some(Column::Int(values)), ColumnType::Int) => (values, Vec::new()),
        (Some(Column::Text { codes, values }), ColumnType::Text) => {
            if codes.iter().any(|&code| code as usize >= values.len()) {
                return Err(format!("`{name}` has stray codes"));
            }
            (codes.iter().map(|&code| code as i32).collect(), values)
        }
        (None, _) => return Err(format!("no column `{name}`")),
        _ => return Err(format!("`{name}` has the wrong type")),
    };
    if codes.len() != raw.rows {
        return Err(format!("`{name}` is not {} long", raw.rows));
    }
    Ok((codes, values))
}

/// Sorted rows on their way to slices.
struct Rows<'a> {
    spec: &'static TableSpec,
    /// Keys, then axes.
    columns: &'a [Vec<i32>],
    latency: &'a [f32],
    /// The first row and the first root of each slice.
    starts: Vec<(usize, usize)>,
}

/// Key codes to roots, and the codes of the kernel key.
type Slices = (HashMap<Box<[i32]>, Range<usize>>, Vec<i32>);

impl Rows<'_> {
    /// For each row the outermost column on which it differs from the one before; the number of
    /// columns where on none.
    fn differing(&self) -> Vec<u8> {
        let mut differs = vec![self.columns.len() as u8; self.latency.len()];
        // Going inwards out leaves the outermost last. Column by column the compiler vectorises
        // this.
        for (level, column) in self.columns.iter().enumerate().rev() {
            for (row, pair) in differs.iter_mut().skip(1).zip(column.windows(2)) {
                if pair[0] != pair[1] {
                    *row = level as u8;
                }
            }
        }
        differs
    }

    /// The points of all slices; `each` is told the row of each point.
    fn grid(&mut self, mut each: impl FnMut(usize)) -> Result<Grid, String> {
        let keys = self.spec.keys.len();
        let axes = &self.columns[keys..];
        let mut grid = Grid::new(axes.len());
        for (row, &level) in self.differing().iter().enumerate() {
            let level = usize::from(level);
            let opens = row == 0 || level < keys;
            if opens {
                self.starts.push((row, grid.len(0)));
            } else if level == self.columns.len() {
                continue;
            } else if self.columns[level][row] < self.columns[level][row - 1] {
                return Err(self.out_of_order(row));
            }
            let from = if opens { 0 } else { level - keys };
            grid.push(from, |axis| axes[axis][row], self.latency[row]);
            each(row);
        }
        Ok(grid)
    }

    /// The slices of the grid, and the kernels, most rows first.
    fn slices(&self, grid: &Grid) -> Result<Slices, String> {
        let keys = &self.columns[..self.spec.keys.len()];
        let kernel = self.spec.keys.iter().position(|key| key.name == KERNEL);
        let mut slices = HashMap::with_capacity(self.starts.len());
        let mut weights: BTreeMap<i32, usize> = BTreeMap::new();
        let end = (self.latency.len(), grid.len(0));
        for (i, &(row, root)) in self.starts.iter().enumerate() {
            let (next_row, next_root) = self.starts.get(i + 1).copied().unwrap_or(end);
            let key: Box<[i32]> = keys.iter().map(|column| column[row]).collect();
            if let Some(at) = kernel {
                *weights.entry(key[at]).or_default() += next_row - row;
            }
            if slices.insert(key, root..next_root).is_some() {
                return Err(self.out_of_order(row));
            }
        }
        let mut kernels: Vec<i32> = weights.keys().copied().collect();
        kernels.sort_by_key(|code| std::cmp::Reverse(weights[code]));
        Ok((slices, kernels))
    }

    fn out_of_order(&self, row: usize) -> String {
        format!("{}: row {row} is out of order", self.spec.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::perf::tables;
    use crate::perf::testing::{raw, table};

    #[test]
    fn the_first_of_equal_rows_wins() {
        let table = table("gemm", &["fp8 64 64 1 0.5", "fp8 64 64 1 0.7", "fp8 64 64 2 0.9"]);
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
        let table = table("moe", &rows.each_ref().map(String::as_str));
        let kernels: Vec<&str> = table.kernels().map(|(_, name)| name).collect();
        assert_eq!(kernels, ["b", "a"]);
    }

    #[test]
    fn rows_that_are_no_table_are_refused() {
        let good = || raw("compute_scale", &["fp8 1 64 0.5", "fp8 2 64 0.5"]);
        let spec = tables::table("compute_scale").unwrap();
        assert!(OpTable::build(spec, good()).is_ok());
        let refuse = |change: fn(&mut RawTable)| {
            let mut bad = good();
            change(&mut bad);
            OpTable::build(spec, bad).unwrap_err()
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
        let table = table("gemm", &[]);
        assert_eq!(table.slices().count(), 0);
    }
}
