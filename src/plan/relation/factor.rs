//! Factoring: an op depends on few of the axes, so it is priced on the distinct values of those
//! and joined back, instead of on every candidate.

use crate::plan::expr::lowered::{Lowered, column};
use crate::plan::expr::null::{first_of, several};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::functions::core::expr_fn::{get_field, greatest};
use datafusion::functions_aggregate::expr_fn::{max, sum};
use datafusion::logical_expr::{Expr, LogicalPlan, lit, when};

use super::axes;
use super::chain;
use super::well_formed::Valid;
use crate::base::error::{Result, bug};
use crate::plan::graph::terms::{OpTerm, PassTerms};
use crate::plan::nodes::opjoin::{Group, OpJoin, PRICE_FIELDS, PriceFunction, PricedTerm};
use crate::plan::target::Target;

/// Up to this many combinations of axes, ops are priced on all of them; above, on the distinct
/// values of what they really depend on, which costs an aggregation.
const DIRECT: u64 = 20_000;

/// Pricing a few rows more is cheaper than planning another join.
const CHEAP_EVALUATIONS: u64 = 4_000;

/// Ops that are priced on the same columns.
#[derive(Debug, Default)]
pub(in crate::plan) struct Factor {
    /// Columns the candidates are joined on: `roots` or, with many of those, what the prices
    /// depend on.
    pub(in crate::plan) keys: BTreeSet<String>,
    /// Axes behind the prices.
    pub(in crate::plan) roots: BTreeSet<String>,
    /// Whether the keys are the roots.
    pub(in crate::plan) by_roots: bool,
    /// Terms of each pass, by the pass column.
    pub(in crate::plan) passes: BTreeMap<String, Vec<OpTerm>>,
    /// Coordinates used, by column.
    pub(in crate::plan) coordinates: BTreeMap<String, Lowered>,
    /// Positions that are summed over.
    pub(in crate::plan) positions: Option<(String, Vec<f64>)>,
}

impl Factor {
    /// Look-ups of one row; what is only a formula costs next to nothing.
    fn lookups(&self) -> u64 {
        self.passes.values().flatten().filter(|t| t.op.table.is_some()).count() as u64
    }
}

/// Sorts the terms of all passes into factors.
pub(in crate::plan) fn factors(passes: &[PassTerms], rows: &Rows<'_>) -> Vec<Factor> {
    let none = Valid::all(&BTreeMap::new());
    let (axes, given) = match rows {
        Rows::Axes(axes, _) => (*axes, false),
        Rows::Given(_) => (&none, true),
    };
    let mut factors: Vec<Factor> = Vec::new();
    for pass in passes {
        let mut own: Vec<Factor> = Vec::new();
        for term in &pass.terms {
            let mut keys = term.count.columns();
            keys.extend(term.numbers.iter().flat_map(Lowered::columns));
            if let Some((position, _)) = &pass.positions {
                keys.remove(position);
            }
            let coordinates: BTreeMap<_, _> = pass
                .coordinates
                .iter()
                .filter(|(name, _)| keys.contains(*name))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            // A coordinate may itself need axes that vary, or the position.
            let mut roots: BTreeSet<String> =
                keys.iter().filter(|k| !coordinates.contains_key(*k)).cloned().collect();
            roots.extend(coordinates.values().flat_map(Lowered::columns));
            if let Some((position, _)) = &pass.positions {
                roots.remove(position);
            }
            // Sums over positions are keyed by axes: their coordinates vary within a key.
            let few = !given && axes.size(&roots) <= DIRECT;
            let by_roots = few || pass.positions.is_some();
            if by_roots {
                keys = roots.clone();
            }
            let same = |f: &Factor| f.keys == keys && f.by_roots == by_roots;
            let at = own.iter().position(same).unwrap_or_else(|| {
                own.push(Factor {
                    keys,
                    roots,
                    by_roots,
                    positions: pass.positions.clone(),
                    ..Factor::default()
                });
                own.len() - 1
            });
            own[at].coordinates.extend(coordinates);
            own[at].passes.entry(pass.column_of(term)).or_default().push(term.clone());
        }
        for factor in own {
            place(&mut factors, factor, axes);
        }
    }
    // A second round: small factors may now fit into later, larger ones.
    let mut merged: Vec<Factor> = Vec::new();
    factors.sort_by_key(|f| std::cmp::Reverse(f.roots.len()));
    for factor in factors {
        place(&mut merged, factor, axes);
    }
    merged
}

/// Joins a factor to one that has all its keys where that is cheap, else adds it.
fn place(factors: &mut Vec<Factor>, new: Factor, axes: &Valid) {
    let size = |roots: &BTreeSet<String>| axes.size(roots);
    let host = factors.iter_mut().find(|f| {
        f.positions == new.positions
            && (f.by_roots == new.by_roots || new.coordinates.is_empty())
            && new.keys.is_subset(&f.keys)
            && new.roots.is_subset(&f.roots)
            && (new.keys == f.keys
                || size(&f.roots).saturating_mul(new.lookups()) <= CHEAP_EVALUATIONS
                || size(&f.roots) <= size(&new.roots).saturating_mul(2))
    });
    let Some(host) = host else {
        return factors.push(new);
    };
    host.coordinates.extend(new.coordinates);
    for (pass, terms) in new.passes {
        host.passes.entry(pass).or_default().extend(terms);
    }
}

/// A factor as a plan, and how to join it to the candidates.
pub(in crate::plan) struct Priced {
    /// The plan: keys under other names, latencies, origin, reason.
    pub(in crate::plan) plan: LogicalPlan,
    /// Columns of the candidates it joins on, with their names in the plan.
    pub(in crate::plan) keys: Vec<(String, String)>,
    /// Columns of the latencies, by pass.
    pub(in crate::plan) latencies: Vec<(String, String)>,
    /// Column of the worst origin.
    pub(in crate::plan) origin: String,
    /// Column of the reason.
    pub(in crate::plan) reason: String,
    /// Coordinates the candidates must have as columns.
    pub(in crate::plan) coordinates: BTreeMap<String, Lowered>,
}

/// Where the rows of a factor come from.
pub(in crate::plan) enum Rows<'r> {
    /// Combinations of axes, under the conditions that are known on them.
    Axes(&'r Valid, &'r [Lowered]),
    /// The rows to estimate.
    Given(&'r LogicalPlan),
}

/// The plan of a factor.
pub(in crate::plan) fn price(
    factor: &Factor,
    index: usize,
    rows: &Rows<'_>,
    target: &Target,
) -> Result<Priced> {
    let mut plan = match rows {
        Rows::Axes(axes, conditions) => {
            let mut base = axes.cross(&factor.roots)?;
            for condition in *conditions {
                if condition.columns().is_subset(&factor.roots) {
                    base = chain::filter(base, condition.expr())?;
                }
            }
            base
        }
        Rows::Given(given) => (*given).clone(),
    };
    let key_columns = || factor.keys.iter().map(|k| column(k)).collect::<Vec<Expr>>();
    let coordinates = || factor.coordinates.iter().map(|(n, v)| v.expr().alias(n));
    let mut joined_on = BTreeMap::new();
    if !factor.by_roots {
        joined_on.clone_from(&factor.coordinates);
        plan = chain::extend(plan, coordinates())?;
    }
    if factor.keys.is_empty() {
        plan = chain::one_row();
    } else if !factor.by_roots || matches!(rows, Rows::Given(_)) {
        plan = chain::aggregate(plan, key_columns(), Vec::new())?;
    }
    if let Some((position, values)) = &factor.positions {
        plan = chain::join(plan, axes::axis(position, values)?, &[])?;
    }
    if factor.by_roots && !factor.coordinates.is_empty() {
        plan = chain::extend(plan, coordinates())?;
    }
    let plan = op_joins(plan, factor, target)?;
    sums(plan, factor, index).map(|p| Priced { coordinates: joined_on, ..p })
}

/// One op join for each table.
fn op_joins(plan: LogicalPlan, factor: &Factor, target: &Target) -> Result<LogicalPlan> {
    let mut tables: Vec<&str> = Vec::new();
    for term in factor.passes.values().flatten() {
        if !tables.contains(&table_name(term)) {
            tables.push(table_name(term));
        }
    }
    let mut plan = plan;
    for table in tables {
        let mut groups = Vec::new();
        for (pass, terms) in &factor.passes {
            let terms: Vec<&OpTerm> = terms.iter().filter(|t| table_name(t) == table).collect();
            if !terms.is_empty() {
                groups.push(group(&format!("{table}:{pass}"), &terms, target)?);
            }
        }
        let label = format!("{table} ({})", target.data());
        let node = OpJoin::new(Arc::new(plan), label, groups).map_err(bug)?;
        plan = LogicalPlan::Extension(datafusion::logical_expr::Extension { node: Arc::new(node) });
    }
    Ok(plan)
}

fn table_name(term: &OpTerm) -> &'static str {
    term.op.table.map_or("roofline", |t| t.name)
}

/// Terms of one table and pass, priced together.
fn group(column: &str, terms: &[&OpTerm], target: &Target) -> Result<Group> {
    let mut arguments = Vec::new();
    let mut bound = Vec::new();
    let mut priced = Vec::new();
    for term in terms {
        arguments.push(term.count.expr());
        arguments.extend(term.numbers.iter().map(Lowered::expr));
        bound.push((term.op, target.pricer(term.op, &term.text)?, term.claims));
        priced.push(PricedTerm { label: term.label.clone(), width: 1 + term.numbers.len() });
    }
    Ok(Group {
        column: column.to_owned(),
        terms: priced,
        arguments,
        function: Arc::new(PriceFunction::new(bound, target.pricers.misses.clone())),
    })
}

/// Sums over tables, then over positions.
fn sums(plan: LogicalPlan, factor: &Factor, index: usize) -> Result<Priced> {
    let [latency_field, origin_field, reason_field] = PRICE_FIELDS;
    let key_name = |k: &String| format!("{k}#{index}");
    let mut columns: Vec<Expr> = factor.keys.iter().map(|k| column(k).alias(key_name(k))).collect();
    let (mut origins, mut reasons, mut latencies) = (Vec::new(), Vec::new(), Vec::new());
    for (pass, terms) in &factor.passes {
        let mut tables: Vec<&str> = terms.iter().map(table_name).collect();
        tables.sort_unstable();
        tables.dedup();
        let mut total: Option<Expr> = None;
        for table in tables {
            let price = column(&format!("{table}:{pass}"));
            let latency = get_field(price.clone(), latency_field);
            total = Some(total.map_or(latency.clone(), |t| t + latency));
            origins.push(get_field(price.clone(), origin_field));
            reasons.push(get_field(price, reason_field));
        }
        let name = format!("{pass}#{index}");
        columns.push(total.unwrap_or_else(|| lit(0.0)).alias(&name));
        latencies.push((pass.clone(), name));
    }
    let (origin, reason) = (format!("origin#{index}"), format!("reason#{index}"));
    columns.push(several(origins, greatest).alias(&origin));
    columns.push(several(reasons, first_of).alias(&reason));
    let mut plan = chain::project(plan, columns)?;
    if factor.positions.is_some() {
        let group: Vec<Expr> = factor.keys.iter().map(|k| column(&key_name(k))).collect();
        let mut aggregates: Vec<Expr> =
            latencies.iter().map(|(_, n)| sum(column(n)).alias(format!("sum {n}"))).collect();
        aggregates.push(max(column(&origin)).alias("max origin"));
        aggregates.push(max(column(&reason)).alias("max reason"));
        plan = chain::aggregate(plan, group.clone(), aggregates)?;
        let mut columns = group;
        for (_, name) in &latencies {
            // A sum that lacks one position is no sum.
            let complete = when(column("max reason").is_null(), column(&format!("sum {name}")));
            columns.push(complete.end().map_err(bug)?.alias(name));
        }
        columns.push(column("max origin").alias(&origin));
        columns.push(column("max reason").alias(&reason));
        plan = chain::project(plan, columns)?;
    }
    let keys = factor.keys.iter().map(|k| (k.clone(), key_name(k))).collect();
    Ok(Priced { plan, keys, latencies, origin, reason, coordinates: BTreeMap::new() })
}
