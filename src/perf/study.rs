//! How well the estimates do: measured points are left out and predicted from what is left.
//!
//! Leaving out a point doubles the gap to its neighbours, so the errors are larger than those of
//! real estimates; it is the ranking of the methods that carries over.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::grid::{Grid, MAX_AXES};
use super::hardware::Hardware;
use super::model::{Model, Points};
use super::op::{OPS, OpSpec};
use super::origin::Origin;
use super::quant::QuantModes;
use super::scheme::{Axis, Beyond, Blend};
use super::spec::ColumnType;
use super::table::OpTable;

/// Most predictions for one row of the study; points are taken at equal strides.
const SAMPLE: usize = 3000;

/// The errors of one method in one test, `|predicted / measured - 1|` in percent.
#[derive(Debug, Clone, PartialEq)]
pub struct StudyRow {
    /// What was left out: `m` (a point of a line along that axis), `n,k` (a row and a column),
    /// `m up` and `m down` (the last and the first point of a line).
    pub test: String,
    /// Names that select the slices: precisions, kernels. Their numeric keys are pooled.
    pub slice: String,
    /// `ours` is what ships; `linear`, `sqrt`, `log_log`, `efficiency` blend every axis that way;
    /// `affine` and `hold` go beyond every axis that way.
    pub method: &'static str,
    /// Number of predictions.
    pub points: usize,
    /// Middle error, %.
    pub median: f64,
    /// Error that nine predictions in ten stay under, %.
    pub p90: f64,
    /// Largest error, %.
    pub max: f64,
}

/// Leaves points of a table out and predicts them. Deterministic; slices in precisions that the
/// system does not run are passed over.
pub fn study(table: &OpTable, hardware: &Hardware, quants: &QuantModes) -> Vec<StudyRow> {
    let priced = |op: &&OpSpec| op.table.is_some_and(|spec| spec.name == table.spec.name);
    let Some(op) = OPS.iter().find(priced) else {
        return Vec::new();
    };
    let hardware = Arc::new(hardware.clone());
    let mut groups: BTreeMap<String, Vec<Slice>> = BTreeMap::new();
    for (key, roots) in table.slices() {
        let Some(slice) = Slice::new(op, table, &hardware, quants, key) else {
            continue;
        };
        let slice = slice.with_points(table, roots);
        groups.entry(slice.name.clone()).or_default().push(slice);
    }
    let mut rows = Vec::new();
    for (name, mut slices) in groups {
        slices
            .sort_by(|a, b| a.numbers.partial_cmp(&b.numbers).unwrap_or(std::cmp::Ordering::Equal));
        for test in tests(op, table) {
            rows.extend(test.run(&name, op, &slices));
        }
    }
    rows
}

/// Coordinates, and the milliseconds measured there.
type Measured = ([i32; MAX_AXES], f32);

/// The points of a slice with all it takes to estimate in it.
struct Slice {
    name: String,
    model: Model,
    /// Numeric arguments; those that are axes are filled in point by point.
    numbers: Vec<f64>,
    points: Vec<Measured>,
}

impl Slice {
    fn new(
        op: &'static OpSpec,
        table: &OpTable,
        hardware: &Arc<Hardware>,
        quants: &QuantModes,
        key: &[i32],
    ) -> Option<Self> {
        let mut texts = BTreeMap::new();
        let mut numbers = vec![0.0; op.numbers.len()];
        let mut names = Vec::new();
        for (i, (column, &code)) in table.spec.keys.iter().zip(key).enumerate() {
            if column.ty == ColumnType::Text {
                names.push(table.key_text(i, code));
                texts.insert(column.name, table.key_text(i, code));
            } else if let Some(arg) = op.numbers.iter().position(|&arg| arg == column.name) {
                numbers[arg] = f64::from(code);
            }
        }
        let text: Option<Vec<&str>> =
            op.text.iter().map(|arg| texts.get(arg).map(String::as_str)).collect();
        let model = Model::new(op, hardware, quants, &text?).ok()?;
        Some(Self { name: names.join(" "), model, numbers, points: Vec::new() })
    }

    fn with_points(mut self, table: &OpTable, roots: std::ops::Range<usize>) -> Self {
        table.grid.for_each(roots, |at, latency| {
            let mut coordinates = [0; MAX_AXES];
            coordinates[..at.len()].copy_from_slice(at);
            self.points.push((coordinates, latency));
        });
        self
    }

    /// The error in percent of a method at a point, from other points; `None` if it is no
    /// estimate of the kind that is tested.
    fn error(
        &self,
        kept: &[Measured],
        target: Measured,
        axes: &[Axis],
        want: Origin,
    ) -> Option<f64> {
        let spec = self.model.op.table?;
        let mut grid = Grid::new(spec.axes.len());
        let mut fastest = f64::INFINITY;
        for (i, (at, latency)) in kept.iter().enumerate() {
            let differs = |axis: &usize| i == 0 || kept[i - 1].0[*axis] != at[*axis];
            let from = (0..spec.axes.len()).find(differs)?;
            grid.push(from, |axis| at[axis], *latency);
            fastest = fastest.min(f64::from(*latency));
        }
        let mut numbers = self.numbers.clone();
        for (axis, x) in spec.axes.iter().zip(target.0) {
            let arg = self.model.op.numbers.iter().position(|&arg| arg == axis.name)?;
            numbers[arg] = f64::from(x);
        }
        let points = Points { grid: &grid, roots: 0..grid.len(0), fastest };
        let value = self.model.estimate(points, axes, &numbers, &mut |_| ())?;
        let measured = f64::from(target.1);
        (value.origin == want && measured > 0.0)
            .then(|| 100.0 * (value.latency / measured - 1.0).abs())
    }
}

/// What is left out, by axis.
#[derive(Debug, Clone, Copy)]
enum Left {
    /// One point within a line.
    Point(usize),
    /// The row and the column of a point in a plane.
    Cross(usize, usize),
    /// The last point of a line.
    Last(usize),
    /// The first point of a line.
    First(usize),
}

struct Test {
    name: String,
    left: Left,
}

fn tests(op: &OpSpec, table: &OpTable) -> Vec<Test> {
    let axes = table.spec.axes;
    let mut tests = Vec::new();
    for (i, axis) in axes.iter().enumerate() {
        tests.push(Test { name: axis.name.to_owned(), left: Left::Point(i) });
    }
    // The plane that real questions fall into: sites of a gemm, the inner two axes elsewhere.
    if axes.len() > 1 {
        let first = if op.name == "gemm" { 0 } else { axes.len() - 2 };
        let name = format!("{},{}", axes[first].name, axes[first + 1].name);
        tests.push(Test { name, left: Left::Cross(first, first + 1) });
    }
    for (i, axis) in axes.iter().enumerate() {
        tests.push(Test { name: format!("{} up", axis.name), left: Left::Last(i) });
        tests.push(Test { name: format!("{} down", axis.name), left: Left::First(i) });
    }
    tests
}

impl Test {
    fn run(&self, slice: &str, op: &OpSpec, slices: &[Slice]) -> Vec<StudyRow> {
        let fields: Vec<(&Slice, Vec<Measured>)> = slices
            .iter()
            .flat_map(|slice| self.fields(&slice.points).into_iter().map(move |f| (slice, f)))
            .collect();
        let targets: Vec<(usize, usize)> = fields
            .iter()
            .enumerate()
            .flat_map(|(i, (_, field))| self.targets(field).into_iter().map(move |t| (i, t)))
            .collect();
        let stride = targets.len().div_ceil(SAMPLE).max(1);
        let mut methods = self.methods(op);
        let mut errors = vec![Vec::new(); methods.len()];
        for &(field, target) in targets.iter().step_by(stride) {
            let (slice, field) = &fields[field];
            let target = field[target];
            let kept: Vec<Measured> =
                field.iter().filter(|(at, _)| self.keeps(at, &target.0)).copied().collect();
            for (errors, (_, axes)) in errors.iter_mut().zip(&methods) {
                errors.extend(slice.error(&kept, target, axes, self.origin()));
            }
        }
        methods
            .drain(..)
            .zip(errors)
            .filter_map(|((method, _), errors)| self.summary(slice, method, errors))
            .collect()
    }

    /// The axes along which the points of one field differ; fields are predicted within.
    fn varies(&self, axis: usize) -> bool {
        match self.left {
            Left::Point(a) | Left::Last(a) | Left::First(a) => axis == a,
            Left::Cross(a, b) => axis == a || axis == b,
        }
    }

    /// The lines or planes of a slice.
    fn fields(&self, points: &[Measured]) -> Vec<Vec<Measured>> {
        let mut fields: BTreeMap<[i32; MAX_AXES], Vec<Measured>> = BTreeMap::new();
        for point in points {
            let fixed = std::array::from_fn(|i| if self.varies(i) { 0 } else { point.0[i] });
            fields.entry(fixed).or_default().push(*point);
        }
        fields.into_values().collect()
    }

    /// The points of a field to predict. Lines need two others.
    fn targets(&self, field: &[Measured]) -> Vec<usize> {
        match self.left {
            Left::Cross(..) => (0..field.len()).collect(),
            _ if field.len() < 3 => Vec::new(),
            Left::Point(_) => (1..field.len() - 1).collect(),
            Left::Last(_) => vec![field.len() - 1],
            Left::First(_) => vec![0],
        }
    }

    fn keeps(&self, at: &[i32; MAX_AXES], target: &[i32; MAX_AXES]) -> bool {
        (0..MAX_AXES).all(|axis| !self.varies(axis) || at[axis] != target[axis])
    }

    fn origin(&self) -> Origin {
        match self.left {
            Left::Point(_) | Left::Cross(..) => Origin::Interpolated,
            Left::Last(_) | Left::First(_) => Origin::Extrapolated,
        }
    }

    fn methods(&self, op: &OpSpec) -> Vec<(&'static str, Vec<Axis>)> {
        let with = |change: &dyn Fn(&mut Axis)| {
            let mut axes = op.axes.to_vec();
            axes.iter_mut().for_each(change);
            axes
        };
        let mut methods = vec![("ours", op.axes.to_vec())];
        if self.origin() == Origin::Interpolated {
            for (name, blend) in [
                ("linear", Blend::Linear),
                ("sqrt", Blend::Sqrt),
                ("log_log", Blend::LogLog),
                ("efficiency", Blend::Efficiency),
            ] {
                methods.push((name, with(&|axis| axis.blend = blend)));
            }
        } else {
            for (name, beyond) in [("affine", Beyond::Affine), ("hold", Beyond::Hold)] {
                methods.push((name, with(&|axis| axis.beyond = beyond)));
            }
        }
        methods
    }

    fn summary(&self, slice: &str, method: &'static str, mut errors: Vec<f64>) -> Option<StudyRow> {
        errors.sort_by(f64::total_cmp);
        let at = |share: f64| errors.get(((errors.len() - 1) as f64 * share).round() as usize);
        let max = *errors.last()?;
        Some(StudyRow {
            test: self.name.clone(),
            slice: slice.to_owned(),
            method,
            points: errors.len(),
            median: *at(0.5)?,
            p90: *at(0.9)?,
            max,
        })
    }
}
