//! A branch of a search: one deployment in one serving mode, planned by [`branch`].

pub mod answer;
pub mod branch;
mod monotone;
pub(crate) mod pools;
pub mod preference;
pub mod rank;
mod top_per_key;

use std::collections::BTreeMap;

use datafusion::logical_expr::LogicalPlan;

use super::deployment::deployment;
use super::diagnose::Counts;
use super::question::Question;
use super::relation::part::{Part, Parts};
use super::relation::well_formed::Valid;
use super::relation::{self, Keep, Predicate, axes};
use super::scope::Scope;
use super::target::Target;
use super::target::provenance::Data;
use crate::base::error::Result;
use crate::model::library::Library;
use crate::model::value::Value;
use answer::answer_columns;
use branch::{Branch, Inputs, Purpose};
use pools::{WorkerCounts, frontier, join_pools};
use rank::{all_monotone, finish, sort_keys};

/// Plans a deployment in one serving mode, on one target for each of its pools, or on one.
///
/// # Errors
/// Unknown names, missing data.
pub fn branch(inputs: Inputs<'_>, targets: &[Target]) -> Result<Branch> {
    let Inputs { library, asked, mode, given, .. } = inputs;
    let scope = deployment(library, asked, mode, targets, given)?;
    let mut parts = Parts::new(&scope, inputs.purpose != Purpose::Rank)?;
    parts.rules()?;
    asked.filter.iter().try_for_each(|condition| parts.condition(condition))?;
    let mut data: Vec<Data> = targets.iter().map(Target::data).collect();
    data.dedup_by_key(|d| d.to_string());
    let planned =
        if parts.pools.is_empty() { single(inputs, parts)? } else { paired(inputs, parts)? };
    let axes: Vec<_> = scope.all().map(Scope::axes).collect();
    let all: BTreeMap<_, _> = axes.iter().flatten().collect();
    Ok(Branch {
        mode: mode.name.text.clone(),
        plan: planned.plan,
        sort_keys: planned.sort_keys,
        candidates: axes::size(all.into_values()),
        rows: axes.iter().map(|a| axes::size(a.values())).max().unwrap_or(1),
        predicates: planned.predicates,
        early: planned.early,
        unpriced: planned.unpriced,
        left: planned.left,
        impossible: planned.impossible,
        data,
        choices: choice_texts(scope.target),
        assumed: scope
            .all()
            .flat_map(Scope::assumed)
            .collect::<BTreeMap<_, _>>()
            .into_iter()
            .collect(),
        takes_for_granted: taken_for_granted(&scope, library)?,
        unknown: scope.unknown_values().into_iter().collect(),
    })
}

/// The plan of a branch and what its conditions became.
struct Planned {
    plan: LogicalPlan,
    sort_keys: usize,
    predicates: Vec<Predicate>,
    early: Vec<Counts>,
    unpriced: Vec<(String, LogicalPlan)>,
    left: BTreeMap<String, Vec<f64>>,
    impossible: bool,
}

/// A deployment that is one pool itself.
fn single(inputs: Inputs<'_>, parts: Parts<'_>) -> Result<Planned> {
    let mut part = parts.whole;
    let scope = part.scope;
    let keys = sort_keys(inputs, scope)?;
    let answer = answer_columns(inputs, scope)?;
    let keep = keep(inputs.purpose);
    let valid = relation::valid(scope, &part.predicates, inputs.rows, keep)?;
    let left = left(inputs.asked, &valid);
    let impossible = is_impossible(&part.predicates);
    let plan = relation::build(scope, &part.passes, &part.predicates, &valid, (inputs.rows, keep))?;
    let early = early_counts(inputs, [&part].into_iter())?;
    if inputs.purpose == Purpose::Diagnose {
        part.predicates.retain(|p| scope.is_priced(&p.holds));
    }
    let plan = finish(inputs, plan, &keys, answer, &part.predicates)?;
    let (sort_keys, predicates) = (keys.len(), part.predicates);
    Ok(Planned { plan, sort_keys, predicates, early, unpriced: Vec::new(), left, impossible })
}

/// A deployment of pools: each priced and reduced to its frontier, then joined under all numbers of
/// workers.
fn paired(inputs: Inputs<'_>, parts: Parts<'_>) -> Result<Planned> {
    let Parts { mut whole, mut pools } = parts;
    let keys = sort_keys(inputs, whole.scope)?;
    let reduce = inputs.rows.is_none() && all_monotone(inputs, whole.scope);
    let compared = |part: &Part<'_>| {
        let mut names = part.scope.exports();
        names.extend(top_per_key::apart(inputs.asked, &part.scope.pool));
        names
    };
    let compared: Vec<_> = pools.iter().map(compared).collect();
    let answer = answer_columns(inputs, whole.scope)?;

    let mut sides = Vec::new();
    let mut unpriced = Vec::new();
    // Of conditions on a whole deployment those on one axis; combinations would be those of all workers.
    let on_one = |p: &&Predicate| p.inline.as_ref().is_some_and(|c| c.columns().len() == 1);
    let on_one: Vec<Predicate> = whole.predicates.iter().filter(on_one).cloned().collect();
    let valid = relation::valid(whole.scope, &on_one, inputs.rows, keep(inputs.purpose))?;
    let mut lefts = left(inputs.asked, &valid);
    let mut impossible = is_impossible(&whole.predicates);
    for (part, compared) in pools.iter().zip(&compared) {
        let keep = keep(inputs.purpose);
        let valid = relation::valid(part.scope, &part.predicates, inputs.rows, keep)?;
        for (name, values) in left(inputs.asked, &valid) {
            let known = lefts.entry(name).or_insert_with(|| values.clone());
            known.retain(|value| values.contains(value));
        }
        impossible |= is_impossible(&part.predicates);
        let given = (inputs.rows, keep);
        let plan = relation::build(part.scope, &part.passes, &part.predicates, &valid, given)?;
        // A condition that no deployment meets explains everything, and the number of GPUs, which
        // workers are counted by, may then be no number.
        if inputs.purpose == Purpose::Diagnose
            && !is_impossible(&whole.predicates)
            && let Some(counts) = super::diagnose::unpriced(&part.scope.prefix, &plan)?
        {
            unpriced.push((part.scope.pool.clone(), counts));
        }
        let plan = if reduce { frontier(part.scope, plan, compared)? } else { plan };
        sides.push((part.scope, plan));
    }
    let plan = join_pools(inputs, &whole, &sides)?;
    let mut early = early_counts(inputs, pools.iter())?;
    let mut predicates: Vec<Predicate> = Vec::new();
    for part in &mut pools {
        if inputs.purpose == Purpose::Diagnose {
            part.predicates.clear();
        }
        for mut predicate in part.predicates.drain(..) {
            predicate.name = format!("{}.{}", part.scope.pool, predicate.name);
            predicates.push(predicate);
        }
    }
    if inputs.purpose == Purpose::Diagnose && inputs.rows.is_none() {
        let counts = WorkerCounts::new(whole.scope, pools.iter().map(|p| p.scope))?;
        let (own, rest): (Vec<_>, Vec<_>) =
            whole.predicates.drain(..).partition(|p| counts.decides(p));
        early.insert(0, super::diagnose::counts("", &own, counts.plan)?);
        whole.predicates = rest;
    }
    if inputs.purpose == Purpose::Diagnose && inputs.rows.is_some() {
        whole.predicates.retain(|p| whole.scope.is_priced(&p.holds));
    }
    predicates.append(&mut whole.predicates);
    let plan = finish(inputs, plan, &keys, answer, &predicates)?;
    let sort_keys = keys.len();
    Ok(Planned { plan, sort_keys, predicates, early, unpriced, left: lefts, impossible })
}

/// The values that conditions on axes alone leave of each axis that the question gives a few.
fn left(asked: &Question, valid: &Valid) -> BTreeMap<String, Vec<f64>> {
    let swept: Vec<String> = asked.swept().map(|name| name.text.replace('.', "_")).collect();
    let is_swept = |column: &String| {
        let of_pool = |name: &String| column.ends_with(&format!("_{name}"));
        swept.iter().any(|name| column == name || of_pool(name))
    };
    let names = valid.names().into_iter().filter(is_swept);
    names.filter_map(|name| Some((name.clone(), valid.values(&name)?))).collect()
}

/// Whether a condition on what is known beforehand leaves no candidate.
fn is_impossible(predicates: &[Predicate]) -> bool {
    predicates.iter().any(|p| p.holds.value().is_some())
}

fn keep(purpose: Purpose) -> Keep {
    match purpose {
        Purpose::Rank => Keep::Valid,
        Purpose::Diagnose => Keep::ValidAxes,
        Purpose::Estimate | Purpose::Judge => Keep::All,
    }
}

/// The sentences of the model on what answers take for granted, where they apply.
fn taken_for_granted(scope: &Scope<'_>, library: &Library) -> Result<Vec<String>> {
    let mut sentences = Vec::new();
    for assumption in &library.assumptions {
        let applies = match &assumption.when {
            None => true,
            Some(when) => matches!(scope.lower(when)?.value(), Some(Value::Bool(true))),
        };
        if applies {
            sentences.push(relation::message::known(scope, &assumption.sentence)?);
        }
    }
    Ok(sentences)
}

/// The choices of a target that shape its numbers.
pub fn choice_texts(target: &Target) -> Vec<(String, String)> {
    let dense = target.config.get("num_experts_per_tok") == Value::Null;
    let hidden = ["comm", "data", "repairs", "experts_skew"];
    let is_hidden = |name: &str| hidden.contains(&name) || (dense && name == "moe");
    let shown = target.choices.iter().filter(|(name, _)| !is_hidden(name));
    shown.map(|(n, v)| (n.clone(), v.to_string())).collect()
}

/// For a diagnosis, what the rules on axes alone remove.
fn early_counts<'p, 'a: 'p>(
    inputs: Inputs<'_>,
    parts: impl Iterator<Item = &'p Part<'a>>,
) -> Result<Vec<Counts>> {
    if inputs.purpose != Purpose::Diagnose || inputs.rows.is_some() {
        return Ok(Vec::new());
    }
    let counts = parts.map(super::diagnose::axis_counts).collect::<Result<Vec<_>>>()?;
    Ok(counts.into_iter().flatten().collect())
}
