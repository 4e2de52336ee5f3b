//! Pools of workers: each reduced to its frontier, then joined under all numbers of workers.

use crate::plan::expr::col::ROW;
use crate::plan::expr::lowered::column;
use std::collections::BTreeSet;

use datafusion::logical_expr::{Expr, LogicalPlan};

use super::answer::columns_of;
use super::branch::{Inputs, Purpose};
use crate::base::error::{Result, bug};
use crate::plan::nodes::skyline::{Criterion, Skyline};
use crate::plan::relation::axes;
use crate::plan::relation::chain;
use crate::plan::relation::part::Part;
use crate::plan::relation::simulation::simulate;
use crate::plan::relation::{Predicate, compute, filter};
use crate::plan::scope::columns::plain;
use crate::plan::scope::{Computed, Scope};

/// The candidates of a pool that no other beats in what the deployment asks of it. What has no
/// better direction must agree.
pub(in crate::plan) fn frontier(
    scope: &Scope<'_>,
    plan: LogicalPlan,
    compared: &BTreeSet<String>,
) -> Result<LogicalPlan> {
    let (mut keys, mut criteria) = (Vec::new(), Vec::new());
    for name in compared {
        let full = format!("{}{name}", scope.prefix);
        if plan.schema().index_of_column_by_name(None, &full).is_none() {
            continue;
        }
        let metric = scope.own.metrics.iter().find(|m| m.name.text == plain(name));
        match metric.and_then(|m| m.better) {
            Some(better) => criteria.push(Criterion::new(&full, better)),
            None => keys.push(full),
        }
    }
    for shared in shared_axes(scope) {
        keys.push(shared);
    }
    if criteria.is_empty() {
        return Ok(plan);
    }
    Ok(Skyline { input: plan.into(), keys, criteria }.into_plan())
}

/// Axes of the requests that a pool varies: both pools must agree on them.
fn shared_axes(scope: &Scope<'_>) -> Vec<String> {
    let axes = scope.axes();
    axes.keys().filter(|a| !a.starts_with(&scope.prefix)).cloned().collect()
}

/// The size of the workers of a pool, by which it is joined with numbers of workers.
fn size_of(scope: &Scope<'_>) -> String {
    format!("{}gpus_per_worker", scope.prefix)
}

/// All numbers and sizes of workers, with what depends on these alone.
pub(in crate::plan) struct WorkerCounts {
    /// The relation of them.
    pub(in crate::plan) plan: LogicalPlan,
    /// Columns of the sizes of workers.
    sizes: Vec<String>,
    /// Its columns.
    columns: BTreeSet<String>,
}

impl WorkerCounts {
    /// All numbers and sizes of the workers of some pools.
    pub(in crate::plan) fn new<'s>(
        whole: &Scope<'_>,
        pools: impl Iterator<Item = &'s Scope<'s>>,
    ) -> Result<Self> {
        let mut plan = axes::cross(&whole.axes())?;
        let mut sizes = Vec::new();
        for pool in pools {
            let size = size_of(pool);
            if let Some(values) = distinct_sizes(pool, &size)? {
                plan = chain::join(plan, values, &[])?;
                sizes.push(size);
            }
        }
        let (columns, early) = known_early(whole, sizes.iter().cloned());
        Ok(Self { plan: compute(plan, early.iter())?, sizes, columns })
    }

    /// Whether a condition depends on numbers and sizes of workers alone.
    pub(in crate::plan) fn decides(&self, condition: &Predicate) -> bool {
        condition.holds.columns().is_subset(&self.columns)
    }
}

/// Numbers of workers that fit the budget, joined with the pools.
pub(in crate::plan) fn join_pools(
    inputs: Inputs<'_>,
    whole: &Part<'_>,
    sides: &[(&Scope<'_>, LogicalPlan)],
) -> Result<LogicalPlan> {
    let computed = whole.scope.computed();
    let [(first, first_plan), (second, second_plan)] = sides else { return Err(bug("two pools")) };
    if inputs.rows.is_some() {
        // The rows to estimate say themselves how many workers there are.
        let plan = join_on(first_plan.clone(), second_plan.clone(), &[ROW.to_owned()])?;
        let mut plan = results(plan, whole.scope, &computed)?;
        if inputs.purpose == Purpose::Rank {
            for p in &whole.predicates {
                plan = filter(plan, &p.holds)?;
            }
        }
        return Ok(plan);
    }
    // What depends on sizes and numbers of workers alone is checked first.
    let counts = WorkerCounts::new(whole.scope, sides.iter().map(|(scope, _)| *scope))?;
    let mut plan = counts.plan.clone();
    if inputs.purpose != Purpose::Estimate {
        for p in whole.predicates.iter().filter(|p| counts.decides(p)) {
            plan = filter(plan, &p.holds)?;
        }
    }
    let mut present: BTreeSet<String> = BTreeSet::new();
    for (scope, side) in [(first, first_plan), (second, second_plan)] {
        let mut on: Vec<String> =
            counts.sizes.iter().filter(|s| s.starts_with(&scope.prefix)).cloned().collect();
        on.extend(
            shared_axes(scope)
                .into_iter()
                .filter(|a| present.contains(a) || whole.scope.uses_axis(a)),
        );
        present.extend(shared_axes(scope));
        plan = join_on(plan, side.clone(), &on)?;
    }
    let late: Vec<_> = computed.into_iter().filter(|c| !counts.columns.contains(&c.name)).collect();
    plan = results(plan, whole.scope, &late)?;
    if inputs.purpose == Purpose::Rank {
        for p in whole.predicates.iter().filter(|p| !counts.decides(p)) {
            plan = filter(plan, &p.holds)?;
        }
    }
    Ok(plan)
}

/// What is computed of a deployment, with simulations of its requests where something asked for them.
fn results(plan: LogicalPlan, whole: &Scope<'_>, computed: &[Computed]) -> Result<LogicalPlan> {
    if whole.simulations().is_empty() {
        return compute(plan, computed.iter());
    }
    let plan = compute(plan, computed.iter().filter(|c| !c.priced))?;
    compute(simulate(plan, whole)?, computed.iter().filter(|c| c.priced))
}

/// The distinct sizes of the workers of a pool; `None` if there is only one.
fn distinct_sizes(scope: &Scope<'_>, size: &str) -> Result<Option<LogicalPlan>> {
    let Some(computed) = scope.computed().into_iter().find(|c| c.name == size) else {
        return Ok(None);
    };
    let axes = scope.axes();
    let roots: BTreeSet<String> =
        computed.expr.column_refs().iter().map(|c| c.name.clone()).collect();
    let plan = axes::cross(axes::subset(&axes, &roots))?;
    let plan = chain::project(plan, vec![computed.expr.alias(size)])?;
    chain::aggregate(plan, vec![column(size)], Vec::new()).map(Some)
}

/// Joins on columns of equal names and keeps one of each; a cross join if there are none.
fn join_on(left: LogicalPlan, right: LogicalPlan, on: &[String]) -> Result<LogicalPlan> {
    let left_columns = columns_of(left.schema());
    // The side before may itself come from a join on this column.
    let renamed = |name: &String| {
        let mut name = format!("{name}#right");
        while left_columns.contains(&name) {
            name.push('\'');
        }
        name
    };
    let right_exprs: Vec<Expr> = columns_of(right.schema())
        .into_iter()
        .filter(|c| on.contains(c) || !left_columns.contains(c))
        .map(|c| if on.contains(&c) { column(&c).alias(renamed(&c)) } else { column(&c) })
        .collect();
    let right = chain::project(right, right_exprs)?;
    let keys: Vec<_> = on.iter().map(|n| (n.clone(), renamed(n))).collect();
    chain::join(left, right, &keys)
}

/// Columns known from numbers and sizes of workers alone, and those of them that are computed.
fn known_early(
    scope: &Scope<'_>,
    sizes: impl Iterator<Item = String>,
) -> (BTreeSet<String>, Vec<Computed>) {
    let mut at_hand: BTreeSet<String> = scope.axes().into_keys().collect();
    at_hand.extend(sizes);
    let mut early = Vec::new();
    for c in scope.computed() {
        if c.expr.column_refs().iter().all(|r| at_hand.contains(&r.name)) {
            at_hand.insert(c.name.clone());
            early.push(c);
        }
    }
    (at_hand, early)
}
