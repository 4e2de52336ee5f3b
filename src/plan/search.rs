//! A search as one plan: branches by mode and target, each ranked, joined and ranked again.

use std::collections::BTreeSet;

use datafusion::common::Column;
use datafusion::logical_expr::{
    Expr, Extension, JoinType, LogicalPlan, LogicalPlanBuilder, SortExpr,
};

use super::answer::{answer_columns, columns_of};
use super::axes;
use super::branch::{Part, is_monotone, place};
use super::lower::{Lowered, bug, column};
use super::question::Question;
use super::relation::{self, Keep, Predicate, compute, filter};
use super::scope::{Given, Scope};
use super::skyline::{Criterion, Skyline};
use super::target::Target;
use crate::arch::library::Library;
use crate::error::Result;
use crate::lang::ast::{AxisKind, Better, Expr as Ast, Loc, ModeDef, Objective};

/// What a branch is planned for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The best candidates that meet all conditions.
    Rank,
    /// Every candidate with its conditions, to say why none is left.
    Diagnose,
    /// The given rows, each priced.
    Estimate,
}

/// A planned branch.
#[derive(Debug)]
pub struct Branch {
    /// The serving mode.
    pub mode: String,
    /// The plan: answer columns, then sort keys `#0`, `#1`, ... smaller is better.
    pub plan: LogicalPlan,
    /// How many sort keys.
    pub sort_keys: usize,
    /// Candidates before any condition.
    pub candidates: u64,
    /// Rows of its largest relation before any join of pools.
    pub rows: u64,
    /// Conditions, in the order in which they are counted.
    pub predicates: Vec<Predicate>,
    /// Data sets it reads.
    pub data: Vec<String>,
    /// Defaults it used: name and value.
    pub assumed: Vec<(String, String)>,
}

/// What a branch is built from.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// Definitions.
    pub library: &'a Library,
    /// The question.
    pub asked: &'a Question,
    /// The mode.
    pub mode: &'a ModeDef,
    /// Columns of the rows to estimate.
    pub given: &'a Given,
    /// The rows to estimate.
    pub rows: Option<&'a LogicalPlan>,
    /// What for.
    pub purpose: Purpose,
}

/// Metrics that decide between candidates equal in the objective, best first.
const TIES: &[(&str, Better)] =
    &[("tpot", Better::Lower), ("ttft", Better::Lower), ("gpus_used", Better::Lower)];

/// Plans a mode that has one pool: the deployment itself.
///
/// # Errors
/// Unknown names, missing data.
pub fn single(inputs: Inputs<'_>, target: &Target) -> Result<Branch> {
    let own = &inputs.mode.scope;
    let scope = Scope::new(inputs.library, target, "", own, &inputs.asked.overrides, inputs.given);
    let mut part = Part::new(&scope)?;
    add_rules(inputs, target, &mut part, &mut [])?;
    let keys = sort_keys(inputs, &scope)?;
    let answer = answer_columns(inputs, &scope, target, None)?;
    let keep = keep(inputs.purpose);
    let mut plan = LogicalPlanBuilder::from(relation::build(
        &scope,
        &part.passes,
        &part.predicates,
        inputs.rows,
        keep,
    )?);
    plan = finish(inputs, plan, &keys, answer, &part.predicates)?;
    Ok(Branch {
        mode: inputs.mode.name.text.clone(),
        plan: plan.build().map_err(bug)?,
        sort_keys: keys.len(),
        candidates: axes::size(scope.axes().values()),
        rows: axes::size(scope.axes().values()),
        predicates: part.predicates,
        data: vec![target.data()],
        assumed: scope.assumed().into_iter().collect(),
    })
}

/// Plans a mode of two pools: each priced and reduced to its frontier, then joined under all
/// numbers of workers.
///
/// # Errors
/// Unknown names, missing data.
pub fn paired(inputs: Inputs<'_>, targets: [&Target; 2]) -> Result<Branch> {
    let overrides = &inputs.asked.overrides;
    let [first, second] = [0, 1].map(|i| {
        let pool = &inputs.mode.pools[i];
        let name = &pool.name.text;
        Scope::new(inputs.library, targets[i], name, &pool.scope, overrides, inputs.given)
    });
    let mut whole_scope =
        Scope::new(inputs.library, targets[1], "", &inputs.mode.scope, overrides, inputs.given);
    whole_scope.pools = vec![&first, &second];
    let whole_scope = whole_scope;
    let mut pools = [Part::new(&first)?, Part::new(&second)?];
    let mut whole = Part::new(&whole_scope)?;
    add_rules(inputs, targets[1], &mut whole, &mut pools)?;
    let keys = sort_keys(inputs, &whole_scope)?;
    let reduce = inputs.purpose == Purpose::Rank && all_monotone(inputs, &whole_scope);
    let compared = [first.exports(), second.exports()];
    let answer = answer_columns(inputs, &whole_scope, targets[1], Some([&first, &second]))?;

    let mut sides = Vec::new();
    for ((part, target), compared) in pools.iter().zip(targets).zip(&compared) {
        let keep = keep(inputs.purpose);
        let plan = relation::build(part.scope, &part.passes, &part.predicates, inputs.rows, keep)?;
        let plan = if reduce { frontier(part.scope, plan, compared)? } else { plan };
        sides.push((part.scope, plan));
        let _ = target;
    }
    let plan = join_pools(inputs, &whole, &sides)?;
    let mut predicates: Vec<Predicate> = Vec::new();
    for part in &mut pools {
        for mut predicate in part.predicates.drain(..) {
            predicate.name = format!("{}.{}", part.scope.pool, predicate.name);
            predicates.push(predicate);
        }
    }
    predicates.append(&mut whole.predicates);
    let plan = finish(inputs, plan, &keys, answer, &predicates)?;
    let mut assumed = whole_scope.assumed();
    assumed.extend(first.assumed());
    assumed.extend(second.assumed());
    let axes = [whole_scope.axes(), first.axes(), second.axes()];
    let mut all = axes[0].clone();
    all.extend(axes[1].clone());
    all.extend(axes[2].clone());
    let mut data = vec![targets[0].data(), targets[1].data()];
    data.dedup();
    Ok(Branch {
        mode: inputs.mode.name.text.clone(),
        plan: plan.build().map_err(bug)?,
        sort_keys: keys.len(),
        candidates: axes::size(all.values()),
        rows: axes.iter().map(|a| axes::size(a.values())).max().unwrap_or(1),
        predicates,
        data,
        assumed: assumed.into_iter().collect(),
    })
}

fn keep(purpose: Purpose) -> Keep {
    if purpose == Purpose::Rank { Keep::Valid } else { Keep::All }
}

/// Rules of the library, the architecture, the mode and its pools, then the question's own
/// conditions.
fn add_rules<'a>(
    inputs: Inputs<'a>,
    target: &'a Target,
    whole: &mut Part<'a>,
    pools: &mut [Part<'a>],
) -> Result<()> {
    let shared = inputs.library.rules.values().chain(&target.architecture.rules);
    for rule in shared {
        place(whole, pools, |part| part.rule(rule))?;
    }
    for part in pools.iter_mut() {
        for rule in &part.scope.own.rules {
            part.rule(rule)?;
        }
    }
    for rule in &whole.scope.own.rules {
        whole.rule(rule)?;
    }
    for condition in &inputs.asked.filter {
        place(whole, pools, |part| part.condition(condition))?;
    }
    Ok(())
}

/// Expressions to sort by, smaller first.
fn sort_keys(inputs: Inputs<'_>, scope: &Scope<'_>) -> Result<Vec<Lowered>> {
    if inputs.purpose == Purpose::Estimate {
        return Ok(Vec::new());
    }
    let mut keys = Vec::new();
    match &inputs.asked.objective {
        Some(Objective::Maximize(e)) => keys.push(score(inputs, scope, e, Better::Higher)?),
        Some(Objective::Minimize(e)) => keys.push(score(inputs, scope, e, Better::Lower)?),
        Some(Objective::Pareto(exprs)) => {
            for e in exprs {
                keys.push(directed(scope.lower(e)?, direction(scope, e)));
            }
        }
        None => keys.push(directed(named(inputs, scope, "tokens_per_gpu")?, Better::Higher)),
    }
    for (name, better) in TIES {
        keys.push(directed(named(inputs, scope, name)?, *better));
    }
    Ok(keys)
}

/// The objective, lowered by how far soft objectives are missed.
fn score(inputs: Inputs<'_>, scope: &Scope<'_>, e: &Ast, better: Better) -> Result<Lowered> {
    let objective = scope.lower(e)?;
    let mut factor: Option<Expr> = None;
    for preference in &inputs.asked.preferences {
        let penalty = super::preference::penalty(scope, preference)?;
        factor = Some(factor.map_or(penalty.clone(), |f| f * penalty));
    }
    let scored = match (factor, better) {
        (None, _) => objective,
        (Some(f), Better::Higher) => Lowered::row(objective.expr() * f),
        (Some(f), Better::Lower) => Lowered::row(objective.expr() / f),
    };
    Ok(directed(scored, better))
}

fn directed(value: Lowered, better: Better) -> Lowered {
    match better {
        Better::Lower => value,
        Better::Higher => Lowered::row(Expr::Negative(Box::new(value.expr()))),
    }
}

fn direction(scope: &Scope<'_>, e: &Ast) -> Better {
    if is_monotone(scope, e, Some(Better::Lower)) { Better::Lower } else { Better::Higher }
}

fn named(inputs: Inputs<'_>, scope: &Scope<'_>, name: &str) -> Result<Lowered> {
    let loc: &Loc = &inputs.mode.name.loc;
    scope.named(name, loc)
}

/// Whether nothing in the question could prefer a dominated candidate.
fn all_monotone(inputs: Inputs<'_>, scope: &Scope<'_>) -> bool {
    let objective = match &inputs.asked.objective {
        Some(Objective::Maximize(e)) => is_monotone(scope, e, Some(Better::Higher)),
        Some(Objective::Minimize(e)) => is_monotone(scope, e, Some(Better::Lower)),
        Some(Objective::Pareto(exprs)) => {
            exprs.iter().all(|e| is_monotone(scope, e, Some(direction(scope, e))))
        }
        None => true,
    };
    let preferences = inputs.asked.preferences.iter().map(|p| &p.condition);
    let conditions = inputs.asked.filter.iter().chain(preferences);
    // Conditions on axes alone were applied inside the pools already.
    objective && conditions.into_iter().all(|c| is_monotone(scope, c, None))
}

/// The candidates of a pool that no other beats in what the deployment asks of it. What has no
/// better direction must agree.
fn frontier(
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
        match scope.own.metrics.iter().find(|m| m.name.text == *name).and_then(|m| m.better) {
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
    let node = Skyline { input: plan.into(), keys, criteria };
    Ok(LogicalPlan::Extension(Extension { node: std::sync::Arc::new(node) }))
}

/// Axes of the requests that a pool varies: both pools must agree on them.
fn shared_axes(scope: &Scope<'_>) -> Vec<String> {
    let axes = scope.axes();
    axes.keys().filter(|a| !a.starts_with(&scope.prefix)).cloned().collect()
}

/// Sizes of workers, by which pools are joined with numbers of workers.
const SIZE: &str = "gpus_per_worker";

/// Numbers of workers that fit the budget, joined with the pools.
fn join_pools(
    inputs: Inputs<'_>,
    whole: &Part<'_>,
    sides: &[(&Scope<'_>, LogicalPlan)],
) -> Result<LogicalPlanBuilder> {
    let computed = whole.scope.computed();
    let [(first, first_plan), (second, second_plan)] = sides else { return Err(bug("two pools")) };
    if inputs.rows.is_some() {
        // The rows to estimate say themselves how many workers there are.
        let plan = join_on(
            LogicalPlanBuilder::from(first_plan.clone()),
            second_plan.clone(),
            &[super::estimate::ROW.to_owned()],
        )?;
        return compute(plan, computed.iter());
    }
    let mut counts = LogicalPlanBuilder::from(axes::cross(&whole.scope.axes())?);
    let mut sizes = Vec::new();
    for (scope, _) in sides {
        let size = format!("{}{SIZE}", scope.prefix);
        if let Some(values) = distinct_sizes(scope, &size)? {
            counts = counts.cross_join(values).map_err(bug)?;
            sizes.push(size);
        }
    }
    // What depends on sizes and numbers of workers alone is computed and checked first.
    let mut at_hand: BTreeSet<String> = whole.scope.axes().into_keys().collect();
    at_hand.extend(sizes.iter().cloned());
    let mut early = Vec::new();
    for c in &computed {
        if c.expr.column_refs().iter().all(|r| at_hand.contains(&r.name)) {
            at_hand.insert(c.name.clone());
            early.push(c.clone());
        }
    }
    counts = compute(counts, early.iter())?;
    let is_early = |p: &&Predicate| p.holds.columns().is_subset(&at_hand);
    if inputs.purpose == Purpose::Rank {
        for p in whole.predicates.iter().filter(is_early) {
            counts = filter(counts, &p.holds)?;
        }
    }
    let mut plan = counts;
    let mut present: BTreeSet<String> = BTreeSet::new();
    for (scope, side) in [(first, first_plan), (second, second_plan)] {
        let mut on: Vec<String> =
            sizes.iter().filter(|s| s.starts_with(&scope.prefix)).cloned().collect();
        on.extend(
            shared_axes(scope)
                .into_iter()
                .filter(|a| present.contains(a) || whole.scope.uses_axis(a)),
        );
        present.extend(shared_axes(scope));
        plan = join_on(plan, side.clone(), &on)?;
    }
    let late: Vec<_> =
        computed.into_iter().filter(|c| !early.iter().any(|e| e.name == c.name)).collect();
    plan = compute(plan, late.iter())?;
    if inputs.purpose == Purpose::Rank {
        for p in whole.predicates.iter().filter(|p| !is_early(p)) {
            plan = filter(plan, &p.holds)?;
        }
    }
    Ok(plan)
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
    LogicalPlanBuilder::from(plan)
        .project(vec![computed.expr.alias(size)])
        .and_then(|p| p.aggregate(vec![column(size)], Vec::<Expr>::new()))
        .and_then(LogicalPlanBuilder::build)
        .map(Some)
        .map_err(bug)
}

/// Joins on columns of equal names and keeps one of each; a cross join if there are none.
fn join_on(
    left: LogicalPlanBuilder,
    right: LogicalPlan,
    on: &[String],
) -> Result<LogicalPlanBuilder> {
    let left_columns = columns_of(left.schema());
    let renamed = |name: &String| format!("{name}#right");
    let right_exprs: Vec<Expr> = columns_of(right.schema())
        .into_iter()
        .filter(|c| on.contains(c) || !left_columns.contains(c))
        .map(|c| if on.contains(&c) { column(&c).alias(renamed(&c)) } else { column(&c) })
        .collect();
    let right = LogicalPlanBuilder::from(right).project(right_exprs).map_err(bug)?;
    let right = right.build().map_err(bug)?;
    if on.is_empty() {
        return left.cross_join(right).map_err(bug);
    }
    let keys = (
        on.iter().map(Column::new_unqualified).collect::<Vec<_>>(),
        on.iter().map(|n| Column::new_unqualified(renamed(n))).collect::<Vec<_>>(),
    );
    left.join(right, JoinType::Inner, keys, None).map_err(bug)
}

/// Ranks a branch and projects it to the answer.
fn finish(
    inputs: Inputs<'_>,
    plan: LogicalPlanBuilder,
    keys: &[Lowered],
    answer: Vec<Expr>,
    predicates: &[Predicate],
) -> Result<LogicalPlanBuilder> {
    let mut exprs = answer;
    exprs.extend((0..keys.len()).map(|i| column(&format!("#{i}"))));
    let mut with_keys = relation::existing(&plan);
    with_keys.extend(keys.iter().enumerate().map(|(i, k)| k.expr().alias(format!("#{i}"))));
    let plan = plan.project(with_keys).map_err(bug)?;
    match inputs.purpose {
        Purpose::Estimate => plan.project(exprs).map_err(bug),
        Purpose::Diagnose => {
            exprs.extend(predicates.iter().enumerate().flat_map(|(i, p)| {
                let value = p.bound.as_ref().map(|b| b.value.clone().alias(format!("bound{i}")));
                std::iter::once(p.holds.expr().alias(format!("holds{i}"))).chain(value)
            }));
            plan.project(exprs).map_err(bug)
        }
        Purpose::Rank => {
            let mut plan = plan;
            if !keys.is_empty() {
                plan = plan.filter(column("#0").is_not_null()).map_err(bug)?;
            }
            if let Some(Objective::Pareto(exprs)) = &inputs.asked.objective {
                plan = pareto(plan, exprs.len())?;
            } else if inputs.asked.per.iter().all(|c| c.text == "mode") {
                let sort = sort_columns(keys.len());
                plan = plan.sort_with_limit(sort, Some(inputs.asked.top)).map_err(bug)?;
            }
            plan.project(exprs).map_err(bug)
        }
    }
}

/// Names of sort keys, as an order.
fn sort_columns(count: usize) -> Vec<SortExpr> {
    (0..count).map(|i| column(&format!("#{i}")).sort(true, false)).collect()
}

/// Keeps the frontier of the first `count` sort keys.
fn pareto(plan: LogicalPlanBuilder, count: usize) -> Result<LogicalPlanBuilder> {
    let criteria = (0..count).map(|i| Criterion::new(&format!("#{i}"), Better::Lower)).collect();
    let plan = plan.build().map_err(bug)?;
    let node = Skyline { input: plan.into(), keys: Vec::new(), criteria };
    Ok(LogicalPlanBuilder::from(LogicalPlan::Extension(Extension {
        node: std::sync::Arc::new(node),
    })))
}

/// All branches as one plan: ranked within each mode, then over all.
///
/// # Errors
/// Only if the plan builder fails.
pub fn together(asked: &Question, branches: &[Branch]) -> Result<LogicalPlan> {
    let keys = branches.iter().map(|b| b.sort_keys).min().unwrap_or(0);
    let sort = || sort_columns(keys);
    let limit = match asked.objective {
        Some(Objective::Pareto(_)) => None,
        _ => Some(asked.top),
    };
    let mut modes: Vec<&str> = branches.iter().map(|b| b.mode.as_str()).collect();
    modes.dedup();
    let mut all: Option<LogicalPlanBuilder> = None;
    let per_mode = !asked.per.is_empty();
    let mut add = |plan: LogicalPlan| -> Result<()> {
        all = Some(match all.take() {
            None => LogicalPlanBuilder::from(plan),
            Some(before) => before.union(plan).map_err(bug)?,
        });
        Ok(())
    };
    for mode in modes {
        let mut own: Option<LogicalPlanBuilder> = None;
        let mine: Vec<&Branch> = branches.iter().filter(|b| b.mode == mode).collect();
        for branch in &mine {
            own = Some(match own {
                None => LogicalPlanBuilder::from(branch.plan.clone()),
                Some(before) => before.union(branch.plan.clone()).map_err(bug)?,
            });
        }
        let Some(mut own) = own else { continue };
        if per_mode && mine.len() > 1 {
            own = own.sort_with_limit(sort(), limit).map_err(bug)?;
        }
        add(own.build().map_err(bug)?)?;
    }
    let all = all.ok_or_else(|| bug("no branch"))?;
    let all = match &asked.objective {
        // Of the frontiers of the branches, the frontier of all.
        Some(Objective::Pareto(exprs)) if branches.len() > 1 => pareto(all, exprs.len())?,
        _ => all,
    };
    let limit = if per_mode { None } else { limit };
    all.sort_with_limit(sort(), limit).and_then(LogicalPlanBuilder::build).map_err(bug)
}

/// Whether an axis is one of a worker.
pub fn is_worker_axis(library: &Library, name: &str) -> bool {
    library.axes.iter().any(|a| a.name.text == name && a.kind == AxisKind::Worker)
}
