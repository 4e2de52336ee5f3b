//! What is left out, and who predicts it.

use std::collections::BTreeMap;

use super::row::{HoldoutRow, Method};
use super::slice::{Measured, Slice};
use crate::perf::op::Origin;
use crate::perf::tables::{Axis, Beyond, Blend, MAX_AXES, TableSpec};

/// Most predictions for one row of the result; points are taken at equal strides.
const SAMPLE: usize = 3000;

/// How much further than the last point kept a point far up is, at least.
const FAR: i32 = 4;

/// What is left out, by axis.
#[derive(Debug, Clone, Copy)]
enum Left {
    /// One point within a line.
    Point(usize),
    /// The row and the column of a point in a plane.
    Cross(usize, usize),
    /// The last point of a line.
    Last(usize),
    /// The last point of a line and all before it within a factor of [`FAR`].
    Far(usize),
    /// The first point of a line.
    First(usize),
}

pub(super) struct Test {
    name: String,
    left: Left,
}

/// The tests that make sense for a table.
pub(super) fn tests(table: &TableSpec) -> Vec<Test> {
    let test = |name: String, left| Test { name, left };
    let mut tests = Vec::new();
    // The plane that real questions fall into: sites of a gemm, the inner two axes elsewhere.
    if table.axes.len() > 1 {
        let a = if table.name == "gemm" { 0 } else { table.axes.len() - 2 };
        let name = format!("{},{}", table.axes[a].name, table.axes[a + 1].name);
        tests.push(test(name, Left::Cross(a, a + 1)));
    }
    for (i, axis) in table.axes.iter().enumerate() {
        let name = axis.name;
        tests.push(test(name.to_owned(), Left::Point(i)));
        tests.push(test(format!("{name} up"), Left::Last(i)));
        tests.push(test(format!("{name} far up"), Left::Far(i)));
        tests.push(test(format!("{name} down"), Left::First(i)));
    }
    tests
}

impl Test {
    pub(super) fn run(&self, name: &str, axes: &[Axis], slices: &[Slice]) -> Vec<HoldoutRow> {
        let fields: Vec<(&Slice, Vec<Measured>)> = slices
            .iter()
            .flat_map(|slice| self.fields(&slice.points).into_iter().map(move |f| (slice, f)))
            .collect();
        let targets: Vec<(usize, usize)> = fields
            .iter()
            .enumerate()
            .flat_map(|(i, (_, field))| self.targets(field).into_iter().map(move |t| (i, t)))
            .collect();
        let methods = self.methods(axes);
        let mut errors = vec![Vec::new(); methods.len()];
        for &(field, target) in targets.iter().step_by(targets.len().div_ceil(SAMPLE).max(1)) {
            let (slice, field) = &fields[field];
            let target = field[target];
            let kept: Vec<Measured> =
                field.iter().filter(|(at, _)| self.keeps(at, &target.0)).copied().collect();
            if kept.is_empty() {
                continue;
            }
            let found = slice.errors(&kept, target, &methods, self.origin());
            for (errors, error) in errors.iter_mut().zip(found) {
                errors.extend(error);
            }
        }
        let rows = methods.iter().zip(errors);
        rows.filter_map(|((method, _), errors)| self.summary(name, method, errors)).collect()
    }

    /// Whether the points of one field differ along an axis; a point is predicted from its field.
    fn varies(&self, axis: usize) -> bool {
        match self.left {
            Left::Point(a) | Left::Last(a) | Left::Far(a) | Left::First(a) => axis == a,
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
            // Beside powers of two, `m` holds the sizes just past a tile, which no two sites treat
            // alike and few questions ask for.
            Left::Cross(..) => {
                let is_round = |&i: &usize| {
                    let at = field[i].0.into_iter().enumerate();
                    at.filter(|(axis, _)| !self.varies(*axis)).all(|(_, x)| x.count_ones() <= 1)
                };
                (0..field.len()).filter(is_round).collect()
            }
            _ if field.len() < 3 => Vec::new(),
            Left::Point(_) => (1..field.len() - 1).collect(),
            Left::Last(_) | Left::Far(_) => vec![field.len() - 1],
            Left::First(_) => vec![0],
        }
    }

    fn keeps(&self, at: &[i32; MAX_AXES], target: &[i32; MAX_AXES]) -> bool {
        match self.left {
            Left::Far(axis) => at[axis] <= target[axis] / FAR,
            _ => (0..MAX_AXES).all(|axis| !self.varies(axis) || at[axis] != target[axis]),
        }
    }

    fn origin(&self) -> Origin {
        match self.left {
            Left::Point(_) | Left::Cross(..) => Origin::Interpolated,
            Left::Last(_) | Left::Far(_) | Left::First(_) => Origin::Extrapolated,
        }
    }

    fn methods(&self, own: &[Axis]) -> Vec<Method> {
        let with = |change: &dyn Fn(&mut Axis)| {
            let mut axes = own.to_vec();
            axes.iter_mut().for_each(change);
            axes
        };
        let blend = |name, blend| (name, with(&|axis| axis.blend = blend));
        let beyond =
            |name, beyond| (name, with(&|axis| (axis.above, axis.below) = (beyond, beyond)));
        let mut methods = vec![("ours", own.to_vec())];
        if self.origin() == Origin::Interpolated {
            methods.push(blend("linear", Blend::Linear));
            methods.push(blend("sqrt", Blend::Sqrt));
            methods.push(blend("log_log", Blend::LogLog));
            methods.push(blend("efficiency", Blend::Efficiency));
        } else {
            methods.push(beyond("affine", Beyond::Affine));
            methods.push(beyond("hold", Beyond::Hold));
        }
        methods
    }

    fn summary(
        &self,
        slice: &str,
        method: &'static str,
        mut errors: Vec<f64>,
    ) -> Option<HoldoutRow> {
        errors.sort_by(f64::total_cmp);
        let max = *errors.last()?;
        let at = |share: f64| errors[((errors.len() - 1) as f64 * share).round() as usize];
        Some(HoldoutRow {
            test: self.name.clone(),
            slice: slice.to_owned(),
            method,
            points: errors.len(),
            median: at(0.5),
            p90: at(0.9),
            max,
        })
    }
}
