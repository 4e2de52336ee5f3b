//! Simulations of requests over a relation: the profiles of its steps priced at every size, then each
//! row simulated over those of its own worker.

use std::collections::BTreeSet;

use datafusion::functions::core::expr_fn::get_field;
use datafusion::functions_aggregate::expr_fn::array_agg;
use datafusion::logical_expr::{Expr, ExprFunctionExt, LogicalPlan, SortExpr};

use super::chain;
use super::factor::{Rows, factors, price};
use super::{coordinates, join};
use crate::base::error::{Result, bug};
use crate::lang::ast::ProfileDef;
use crate::plan::expr::lowered::{Lowered, column};
use crate::plan::expr::null::first_of;
use crate::plan::graph::terms::{PassTerms, profile_terms, sizes};
use crate::plan::nodes::lookup::{Lookup, Side};
use crate::plan::nodes::simulate::{Profile, REASON, RESULTS, Simulate};
use crate::plan::scope::{Scope, Simulated};

/// Adds the profiles of a worker that simulations need, its own or those of its deployment.
/// `unpriced` are the same rows before they were priced.
pub(super) fn profiles(
    plan: LogicalPlan,
    unpriced: &LogicalPlan,
    scope: &Scope<'_>,
) -> Result<LogicalPlan> {
    let mut used: BTreeSet<String> = scope.exports();
    for simulated in scope.simulations() {
        used.extend(simulated.arguments.values().flat_map(Lowered::columns));
    }
    let is_used = |def: &&ProfileDef| {
        let name = &def.pass.name.text;
        used.contains(name) || used.contains(&format!("{}{name}", scope.prefix))
    };
    let mut plan = plan;
    let mut keyed = Vec::new();
    for def in scope.own.profiles.iter().filter(is_used) {
        let side = profile(unpriced, scope, def)?;
        if side.keys.is_empty() {
            plan = chain::join(plan, side.plan, &[])?;
        } else {
            keyed.push(side);
        }
    }
    if !keyed.is_empty() {
        plan = Lookup::new(plan.into(), keyed).map_err(bug)?.into_plan();
    }
    Ok(plan)
}

/// Adds the results of the simulations that something asked for.
pub(in crate::plan) fn simulate(plan: LogicalPlan, scope: &Scope<'_>) -> Result<LogicalPlan> {
    let mut profiles = Vec::new();
    for worker in scope.all() {
        for def in &worker.own.profiles {
            let column = format!("{}{}", worker.prefix, def.pass.name.text);
            let sizes = sizes(worker, def)?.into_iter().map(|(_, values)| values).collect();
            profiles.push(Profile { column, sizes });
        }
    }
    let reason = format!("{}reason", scope.prefix);
    let mut plan = plan;
    for simulated in scope.simulations() {
        plan = results(plan, &reason, &simulated, &profiles)?;
    }
    Ok(plan)
}

/// A profile of each worker: its keys, then a list of latencies in the order of the sizes.
fn profile(rows: &LogicalPlan, scope: &Scope<'_>, def: &ProfileDef) -> Result<Side> {
    let sizes = sizes(scope, def)?;
    let terms = profile_terms(scope, def, &sizes)?;
    let keys = keys(&terms, &sizes);
    let mut base = match keys.is_empty() {
        true => chain::one_row(),
        false => {
            let keys = keys.iter().map(|key| column(key)).collect();
            chain::aggregate(rows.clone(), keys, Vec::new())?
        }
    };
    for (name, values) in &sizes {
        base = chain::join(base, super::axes::axis(name, values)?, &[])?;
    }
    let terms = [terms];
    let given = Rows::Given(&base);
    let mut priced = Vec::new();
    for (index, factor) in factors(&terms, &given).iter().enumerate() {
        priced.push(price(factor, index, &given, scope.target)?);
    }
    let plan = join(coordinates(base.clone(), &priced)?, scope, &terms, &priced)?;
    let name = &terms[0].column;
    let order: Vec<SortExpr> =
        sizes.iter().map(|(size, _)| column(size).sort(true, false)).collect();
    let latencies = array_agg(column(name)).order_by(order).build().map_err(bug)?;
    let key_name = |key: &String| format!("{key}#{name}");
    let renamed = keys.iter().map(|key| column(key).alias(key_name(key)));
    let mut columns: Vec<Expr> = renamed.collect();
    columns.push(column(name));
    columns.extend(sizes.iter().map(|(size, _)| column(size)));
    let plan = chain::project(plan, columns)?;
    let groups = keys.iter().map(|key| column(&key_name(key))).collect();
    let plan = chain::aggregate(plan, groups, vec![latencies.alias(name)])?;
    let keys = keys.iter().map(|key| (key.clone(), key_name(key))).collect();
    Ok(Side { plan, keys })
}

/// The columns of a row that a profile depends on, its sizes aside.
fn keys(terms: &PassTerms, sizes: &[(String, Vec<f64>)]) -> BTreeSet<String> {
    let mut keys: BTreeSet<String> = BTreeSet::new();
    for term in &terms.terms {
        keys.extend(term.count.columns());
        keys.extend(term.numbers.iter().flat_map(Lowered::columns));
    }
    keys.extend(terms.coordinates.values().flat_map(Lowered::columns));
    keys.retain(|key| !terms.coordinates.contains_key(key));
    keys.retain(|key| sizes.iter().all(|(size, _)| size != key));
    keys
}

/// The results of one simulation, a column each; why there are none joins the reasons.
fn results(
    plan: LogicalPlan,
    reason: &str,
    simulated: &Simulated,
    profiles: &[Profile],
) -> Result<LogicalPlan> {
    let prefix = &simulated.prefix;
    let all = format!("{prefix}results");
    let arguments = simulated.arguments.iter().map(|(name, value)| (name.clone(), value.expr()));
    let before = chain::existing(&plan).into_iter().map(|own| match &own {
        Expr::Column(c) if c.name == reason => {
            first_of(vec![own, get_field(column(&all), REASON)]).alias(reason)
        }
        _ => own,
    });
    let before: Vec<Expr> = before.collect();
    let node = Simulate::new(plan.into(), all.clone(), arguments.collect(), profiles.to_vec());
    let plan = node.map_err(bug)?.into_plan();
    let result = |name: &str| get_field(column(&all), name).alias(format!("{prefix}{name}"));
    chain::project(plan, before.into_iter().chain(RESULTS.map(result)).collect())
}
