//! A branch of a search: one serving mode of one target, or of one target for each pool.

use datafusion::logical_expr::LogicalPlan;

use super::answer::answer_columns;
use super::axes;
use super::branch::{Part, place};
use super::data::Data;
use super::diagnose::Counts;
use super::operand::caps_origin;
use super::pools::{WorkerCounts, frontier, join_pools};
use super::question::Question;
use super::rank::{all_monotone, finish, sort_keys};
use super::relation::{self, Keep, Predicate};
use super::scope::{Given, Scope};
use super::target::Target;
use super::value::Value;
use crate::arch::library::Library;
use crate::error::Result;
use crate::lang::ast::{ModeDef, RuleDef};

/// What a branch is planned for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The best candidates that meet all conditions.
    Rank,
    /// Every candidate with its conditions, to say why none is left.
    Diagnose,
    /// The given rows, each priced.
    Estimate,
    /// The given rows, each priced, with every condition and what it is about.
    Judge,
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
    /// Conditions on priced candidates, in the order in which they are counted.
    pub predicates: Vec<Predicate>,
    /// For [`Purpose::Diagnose`]: counts of what the rules on axes alone remove, by part.
    pub early: Vec<Counts>,
    /// For [`Purpose::Diagnose`]: of each pool, how many of its workers have no price, and why.
    pub unpriced: Vec<(String, LogicalPlan)>,
    /// Data it is priced on, of each pool.
    pub data: Vec<Data>,
    /// Values of its choices: name and value.
    pub choices: Vec<(String, String)>,
    /// Axes it took from the shipped defaults: name and value.
    pub assumed: Vec<(String, String)>,
    /// Columns of the answer without values, and why: figures that only the user can give.
    pub unknown: Vec<(String, String)>,
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

/// Plans a mode that has one pool: the deployment itself.
///
/// # Errors
/// Unknown names, missing data.
pub fn single(inputs: Inputs<'_>, target: &Target) -> Result<Branch> {
    let own = &inputs.mode.scope;
    let scope = Scope::of(inputs.library, target, "", own, inputs.asked, inputs.given);
    let explains = inputs.purpose != Purpose::Rank;
    let mut part = Part::new(&scope, explains)?;
    add_rules(inputs, target, &mut part, &mut [])?;
    let keys = sort_keys(inputs, &scope)?;
    let answer = answer_columns(inputs, &scope, target, None)?;
    let keep = keep(inputs.purpose);
    let plan = relation::build(&scope, &part.passes, &part.predicates, inputs.rows, keep)?;
    let early = early_counts(inputs, [&part].into_iter())?;
    if inputs.purpose == Purpose::Diagnose {
        part.predicates.retain(|p| scope.is_priced(&p.holds));
    }
    let plan = finish(inputs, plan, &keys, answer, &part.predicates)?;
    Ok(Branch {
        early,
        unpriced: Vec::new(),
        mode: inputs.mode.name.text.clone(),
        plan,
        sort_keys: keys.len(),
        candidates: axes::size(scope.axes().values()),
        rows: axes::size(scope.axes().values()),
        predicates: part.predicates,
        data: vec![target.data()],
        choices: choice_texts(target),
        assumed: scope.assumed().into_iter().collect(),
        unknown: scope.unknown_values().into_iter().collect(),
    })
}

/// Plans a mode of two pools: each priced and reduced to its frontier, then joined under all
/// numbers of workers.
///
/// # Errors
/// Unknown names, missing data.
pub fn paired(inputs: Inputs<'_>, targets: [&Target; 2]) -> Result<Branch> {
    let [first, second] = [0, 1].map(|i| {
        let pool = &inputs.mode.pools[i];
        let name = &pool.name.text;
        Scope::of(inputs.library, targets[i], name, &pool.scope, inputs.asked, inputs.given)
    });
    let mut whole_scope =
        Scope::of(inputs.library, targets[1], "", &inputs.mode.scope, inputs.asked, inputs.given);
    whole_scope.pools = vec![&first, &second];
    let whole_scope = whole_scope;
    let explains = inputs.purpose != Purpose::Rank;
    let mut pools = [Part::new(&first, explains)?, Part::new(&second, explains)?];
    let mut whole = Part::new(&whole_scope, explains)?;
    add_rules(inputs, targets[1], &mut whole, &mut pools)?;
    let keys = sort_keys(inputs, &whole_scope)?;
    let reduce = inputs.rows.is_none() && all_monotone(inputs, &whole_scope);
    let compared = [&first, &second].map(|scope| {
        let mut names = scope.exports();
        names.extend(super::top::apart(inputs.asked, &scope.pool));
        names
    });
    let answer = answer_columns(inputs, &whole_scope, targets[1], Some([&first, &second]))?;

    let mut sides = Vec::new();
    let mut unpriced = Vec::new();
    for (part, compared) in pools.iter().zip(&compared) {
        let keep = keep(inputs.purpose);
        let plan = relation::build(part.scope, &part.passes, &part.predicates, inputs.rows, keep)?;
        // What no deployment can meet says it all, and sizes may then be no sizes.
        let hopeless = whole.predicates.iter().any(|p| p.holds.value().is_some());
        if inputs.purpose == Purpose::Diagnose
            && !hopeless
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
    if inputs.purpose == Purpose::Diagnose {
        let counts = WorkerCounts::new(&whole_scope, pools.iter().map(|p| p.scope))?;
        let (own, rest): (Vec<_>, Vec<_>) =
            whole.predicates.drain(..).partition(|p| counts.decides(p));
        early.insert(0, super::diagnose::counts("", &own, counts.plan)?);
        whole.predicates = rest;
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
    data.dedup_by_key(|d| d.to_string());
    Ok(Branch {
        early,
        unpriced,
        choices: choice_texts(targets[1]),
        mode: inputs.mode.name.text.clone(),
        plan,
        sort_keys: keys.len(),
        candidates: axes::size(all.values()),
        rows: axes.iter().map(|a| axes::size(a.values())).max().unwrap_or(1),
        predicates,
        data,
        assumed: assumed.into_iter().collect(),
        unknown: whole_scope.unknown_values().into_iter().collect(),
    })
}

fn keep(purpose: Purpose) -> Keep {
    match purpose {
        Purpose::Rank => Keep::Valid,
        Purpose::Diagnose => Keep::ValidAxes,
        Purpose::Estimate | Purpose::Judge => Keep::All,
    }
}

/// The choices of a target that shape its numbers.
fn choice_texts(target: &Target) -> Vec<(String, String)> {
    let dense = target.config.get("num_experts_per_tok") == Value::Null;
    let shown = target
        .choices
        .iter()
        .filter(|(n, _)| !(dense && *n == "moe") && *n != "comm" && *n != "data");
    shown.map(|(n, v)| (n.clone(), v.to_string())).collect()
}

/// For a diagnosis, what the rules on axes alone remove.
fn early_counts<'p, 'a: 'p>(
    inputs: Inputs<'_>,
    parts: impl Iterator<Item = &'p Part<'a>>,
) -> Result<Vec<Counts>> {
    if inputs.purpose != Purpose::Diagnose {
        return Ok(Vec::new());
    }
    let counts = parts.map(super::diagnose::axis_counts).collect::<Result<Vec<_>>>()?;
    Ok(counts.into_iter().flatten().collect())
}

/// Rules of the library for the engine unless the architecture has one of that name, of the
/// architecture, the mode and its pools, then the question's own conditions.
pub(super) fn add_rules<'a>(
    inputs: Inputs<'a>,
    target: &'a Target,
    whole: &mut Part<'a>,
    pools: &mut [Part<'a>],
) -> Result<()> {
    let own = &target.architecture.rules;
    let general = &inputs.library.rules;
    let not_replaced = |r: &&RuleDef| own.iter().all(|o| o.name.text != r.name.text);
    for rule in general.all().map(|(_, rule)| rule).filter(not_replaced) {
        place(whole, pools, |part| {
            let in_force = general.get(&rule.name.text, &part.scope.target.backend);
            if in_force.is_some_and(|r| std::ptr::eq(r, rule)) { part.rule(rule) } else { Ok(()) }
        })?;
    }
    for rule in own {
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
        if caps_origin(condition) && !pools.is_empty() {
            pools.iter_mut().try_for_each(|part| part.condition(condition))?;
            continue;
        }
        place(whole, pools, |part| part.condition(condition))?;
    }
    Ok(())
}
