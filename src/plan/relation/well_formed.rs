//! Axes without the values and combinations that conditions on axes alone rule out. Worker shapes
//! are few once their rules have spoken, so they are found before a plan is made and enter it as
//! one relation of tuples.

use crate::base::rows;
use crate::plan::expr::lowered::Lowered;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::DFSchema;
use datafusion::datasource::MemTable;
use datafusion::execution::context::ExecutionProps;
use datafusion::logical_expr::LogicalPlan;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::physical_expr::create_physical_expr;

use super::axes;
use super::chain;
use crate::base::error::{Result, bug};

/// Axes with more values are not worth tuples.
const SHORT: usize = 32;

/// More combinations are left to the plan.
const MOST: u64 = 200_000;

/// Axes and what conditions leave of them.
pub(in crate::plan) struct Valid {
    axes: BTreeMap<String, Vec<f64>>,
    /// Axes whose combinations were checked, with those that hold.
    names: Vec<String>,
    tuples: Vec<Vec<f64>>,
}

impl Valid {
    /// All combinations.
    pub(in crate::plan) fn all(axes: &BTreeMap<String, Vec<f64>>) -> Self {
        Self { axes: axes.clone(), names: Vec::new(), tuples: Vec::new() }
    }

    /// The combinations that conditions leave.
    ///
    /// # Errors
    /// Only if an expression cannot be planned.
    pub(in crate::plan) fn new(
        axes: &BTreeMap<String, Vec<f64>>,
        conditions: &[Lowered],
    ) -> Result<Self> {
        let mut valid = Self::all(axes);
        let columns: Vec<BTreeSet<String>> = conditions.iter().map(Lowered::columns).collect();
        for (condition, columns) in conditions.iter().zip(&columns) {
            if let (Some(name), 1) = (columns.first(), columns.len())
                && let Some(values) = valid.axes.get(name)
            {
                let all: Vec<Vec<f64>> = values.iter().map(|v| vec![*v]).collect();
                let kept = holding(std::slice::from_ref(name), all, &[condition])?;
                valid.axes.insert(name.clone(), kept.into_iter().flatten().collect());
            }
        }
        let short = |c: &String| valid.axes.get(c).is_some_and(|v| v.len() <= SHORT);
        let several = columns.iter().filter(|c| c.len() > 1 && c.iter().all(short));
        let names: BTreeSet<String> = several.flatten().cloned().collect();
        if names.is_empty() || axes::size(axes::subset(&valid.axes, &names).into_values()) > MOST {
            return Ok(valid);
        }
        let names: Vec<String> = names.into_iter().collect();
        let mut tuples = vec![Vec::new()];
        for name in &names {
            let values = &valid.axes[name];
            let longer = |t: Vec<f64>| values.iter().map(move |v| [t.as_slice(), &[*v]].concat());
            tuples = tuples.into_iter().flat_map(longer).collect();
        }
        let inside = |c: &BTreeSet<String>| c.len() > 1 && c.iter().all(|c| names.contains(c));
        let checks: Vec<&Lowered> =
            conditions.iter().zip(&columns).filter(|(_, c)| inside(c)).map(|(c, _)| c).collect();
        valid.tuples = holding(&names, tuples, &checks)?;
        valid.names = names;
        Ok(valid)
    }

    /// The checked combinations of some of the axes, and those of their axes among `names`.
    fn shapes(&self, names: &BTreeSet<String>) -> (Vec<&String>, Vec<Vec<f64>>) {
        let at: Vec<usize> =
            (0..self.names.len()).filter(|i| names.contains(&self.names[*i])).collect();
        let mut seen = HashSet::new();
        let parts = self.tuples.iter().map(|t| at.iter().map(|i| t[*i]).collect::<Vec<f64>>());
        let kept =
            parts.filter(|t| seen.insert(t.iter().map(|v| v.to_bits()).collect::<Vec<u64>>()));
        (at.iter().map(|i| &self.names[*i]).collect(), kept.collect())
    }

    /// How many combinations some axes have.
    pub(in crate::plan) fn size(&self, names: &BTreeSet<String>) -> u64 {
        let (tied, tuples) = self.shapes(names);
        let rest = self.free(names).into_values().map(|v| v.len() as u64);
        let shapes = if tied.is_empty() { 1 } else { tuples.len() as u64 };
        rest.fold(shapes, u64::saturating_mul)
    }

    /// The combinations of some axes as a relation.
    ///
    /// # Errors
    /// Only if the plan builder fails.
    pub(in crate::plan) fn cross(&self, names: &BTreeSet<String>) -> Result<LogicalPlan> {
        let (tied, tuples) = self.shapes(names);
        let rest = self.free(names);
        if tied.is_empty() {
            return axes::cross(rest);
        }
        let fields = tied.iter().map(|n| Field::new(n.as_str(), DataType::Float64, false));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let batch = rows::batch(Arc::clone(&schema), arrays(tied.len(), &tuples))?;
        let batches = vec![vec![batch]];
        let shapes = axes::table("shapes", MemTable::try_new(schema, batches).map_err(bug)?)?;
        if rest.is_empty() {
            return Ok(shapes);
        }
        chain::join(shapes, axes::cross(rest)?, &[])
    }

    /// Axes among `names` that are not tied to others.
    fn free(&self, names: &BTreeSet<String>) -> BTreeMap<&String, &Vec<f64>> {
        let mut axes = axes::subset(&self.axes, names);
        axes.retain(|name, _| !self.names.contains(name));
        axes
    }

    /// All combinations: axes by name, the value of each in each.
    pub(in crate::plan) fn columns(&self) -> Vec<(String, Vec<f64>)> {
        let (tied, tuples) = (&self.names, &self.tuples);
        let free = self.free(&self.names());
        let times: usize = free.values().map(|v| v.len()).product();
        let shapes = if tied.is_empty() { 1 } else { tuples.len() };
        let of_shape = |i: usize| tuples.iter().flat_map(move |t| vec![t[i]; times]).collect();
        let mut columns: Vec<(String, Vec<f64>)> =
            tied.iter().enumerate().map(|(i, name)| (name.clone(), of_shape(i))).collect();
        let mut inner = times;
        for (name, values) in free {
            inner /= values.len().max(1);
            let at = |row: usize| values[row / inner % values.len()];
            columns.push((name.clone(), (0..shapes * times).map(at).collect()));
        }
        columns
    }

    /// The values that are left of an axis, if they are few.
    pub(in crate::plan) fn values(&self, name: &str) -> Option<Vec<f64>> {
        let all = self.axes.get(name).filter(|values| values.len() <= SHORT)?;
        Some(match self.names.iter().position(|n| n == name) {
            None => all.clone(),
            Some(i) => {
                let in_some = |value: &&f64| self.tuples.iter().any(|t| t[i] == **value);
                all.iter().filter(in_some).copied().collect()
            }
        })
    }

    /// Names of all axes.
    pub(in crate::plan) fn names(&self) -> BTreeSet<String> {
        self.axes.keys().cloned().collect()
    }
}

/// The tuples that meet all conditions.
fn holding(
    names: &[String],
    tuples: Vec<Vec<f64>>,
    conditions: &[&Lowered],
) -> Result<Vec<Vec<f64>>> {
    if tuples.is_empty() {
        return Ok(tuples);
    }
    let fields: Vec<Field> =
        names.iter().map(|n| Field::new(n.as_str(), DataType::Float64, false)).collect();
    let schema = Arc::new(Schema::new(fields));
    let batch = rows::batch(Arc::clone(&schema), arrays(names.len(), &tuples))?;
    let schema = DFSchema::try_from(schema).map_err(bug)?;
    let mut kept = vec![true; tuples.len()];
    for condition in conditions {
        let expr = create_physical_expr(
            &condition.expr(),
            &schema,
            &ExecutionProps::new(),
            &PhysicalPlanningContext::default(),
        );
        let value = expr.and_then(|e| e.evaluate(&batch)).map_err(bug)?;
        let holds = value.into_array(tuples.len()).map_err(bug)?;
        let holds = holds.as_boolean();
        for (i, kept) in kept.iter_mut().enumerate() {
            *kept &= holds.is_valid(i) && holds.value(i);
        }
    }
    Ok(tuples.into_iter().zip(kept).filter(|(_, kept)| *kept).map(|(t, _)| t).collect())
}

/// Tuples as columns.
fn arrays(width: usize, tuples: &[Vec<f64>]) -> Vec<ArrayRef> {
    let column =
        |i: usize| -> ArrayRef { Arc::new(tuples.iter().map(|t| t[i]).collect::<Float64Array>()) };
    (0..width).map(column).collect()
}
