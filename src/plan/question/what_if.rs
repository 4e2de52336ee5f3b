//! What a question supposes: other hardware, slower or faster kernels, multiples of settings.

use std::collections::{BTreeMap, BTreeSet};

use super::NoNames;
use crate::base::error::{Code, Error, Result, nearest};
use crate::catalog::{Fact, System};
use crate::lang::ast::is_hypothetical;
use crate::lang::ast::{AxisKind, Change, Domain, Expr, ExprKind, Hypothesis, Name};
use crate::lang::units::Unit;
use crate::model::library::Library;
use crate::model::value::number;
use crate::perf::OPS;
use crate::plan::expr::domain::{Values, expand};

/// Where the facts of a system are, in the order in which they are looked for.
pub const SECTIONS: [&str; 3] = ["gpu", "node", "misc"];

/// One combination of suppositions for one target.
#[derive(Debug, Clone, Default)]
pub struct Scenario(Vec<Supposed>);

/// Something that is supposed.
#[derive(Debug, Clone)]
struct Supposed {
    /// As typed.
    name: Name,
    /// The pool it is about; empty for all.
    pool: String,
    subject: Subject,
    change: By,
    /// Whether it is one of several values.
    varies: bool,
}

#[derive(Debug, Clone)]
enum Subject {
    /// Facts of the system by their full names, with what they come to.
    Facts(BTreeMap<String, f64>),
    /// The latencies of a table, or of an operation that is a formula.
    Table(String),
    /// A definition of the model text.
    Name(String),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum By {
    To(f64),
    Times(f64),
}

/// The answer column that tells the values of a name apart.
pub fn column_of(name: &str) -> String {
    name.replace('.', "_")
}

impl Scenario {
    /// What is supposed in words; of what varies the name alone.
    pub fn label(&self) -> String {
        let one = |s: &Supposed| match (s.varies, s.change) {
            (true, _) => format!("several {}", s.name.text),
            (false, By::Times(factor)) => format!("{} * {}", s.name.text, number(factor)),
            (false, By::To(value)) => {
                let (shown, unit) = s.shown(value);
                let blank = if unit.label().is_empty() { "" } else { " " };
                format!("{} = {}{blank}{}", s.name.text, number(shown), unit.label())
            }
        };
        self.0.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    /// Facts that are changed, by their full names.
    pub fn facts(&self) -> BTreeMap<String, f64> {
        let changed = self.0.iter().filter_map(|s| match &s.subject {
            Subject::Facts(facts) => Some(facts.clone()),
            _ => None,
        });
        changed.flatten().collect()
    }

    /// What latencies are multiplied by, by table.
    pub fn scales(&self) -> BTreeMap<String, f64> {
        let mut scales = BTreeMap::new();
        for supposed in &self.0 {
            if let (Subject::Table(table), By::Times(factor)) = (&supposed.subject, supposed.change)
            {
                *scales.entry(table.clone()).or_insert(1.0) *= factor;
            }
        }
        scales
    }

    /// What a definition is multiplied by in a pool.
    pub fn factor(&self, pool: &str, name: &str) -> f64 {
        let own = self.0.iter().filter(|s| s.pool.is_empty() || s.pool == pool);
        let factors = own.filter_map(|s| match (&s.subject, s.change) {
            (Subject::Name(n), By::Times(factor)) if n == name => Some(factor),
            _ => None,
        });
        factors.product()
    }

    /// Whether two pools suppose the same of what is not about one of them.
    pub fn agrees(&self, other: &Self) -> bool {
        let shared = |of: &Self| -> BTreeMap<String, String> {
            let shared = of.0.iter().filter(|s| s.pool.is_empty());
            shared.map(|s| (s.name.text.clone(), format!("{:?}", s.change))).collect()
        };
        shared(self) == shared(other)
    }

    /// The value by which rows of one of several suppositions are told apart, with its unit.
    pub fn varied(&self, name: &str) -> Option<(f64, Unit)> {
        let supposed = self.0.iter().find(|s| s.varies && s.name.text == name)?;
        Some(match supposed.change {
            By::Times(factor) => (factor, Unit::None),
            By::To(value) => supposed.shown(value),
        })
    }
}

impl Supposed {
    /// A value as it is shown.
    fn shown(&self, value: f64) -> (f64, Unit) {
        match self.subject {
            Subject::Facts(_) => shown(&self.name.text, value),
            _ => (value, Unit::None),
        }
    }
}

/// All combinations of what is supposed of a system, as a pool has it.
///
/// # Errors
/// `AIQ0280` for facts, tables and names that do not exist, `AIQ0281` for values that cannot be.
pub fn scenarios(
    library: &Library,
    hypotheses: &[Hypothesis],
    pool: &str,
    system: &System,
) -> Result<Vec<Scenario>> {
    let mut all = vec![Scenario::default()];
    for hypothesis in hypotheses {
        let (own, rest) = of_pool(library, &hypothesis.name.text);
        if !own.is_empty() && own != pool {
            continue;
        }
        let mut next = Vec::new();
        for value in values(hypothesis)? {
            let supposed = Supposed {
                name: hypothesis.name.clone(),
                pool: own.to_owned(),
                subject: subject(library, hypothesis, rest, value, system)?,
                change: value,
                varies: is_varied(hypothesis),
            };
            next.extend(all.iter().cloned().map(|mut scenario| {
                scenario.0.push(supposed.clone());
                scenario
            }));
        }
        all = next;
    }
    Ok(all)
}

/// Fails where a system or the model text has nothing that a hypothesis could be about.
///
/// # Errors
/// As [`scenarios`].
pub fn supposable(library: &Library, hypothesis: &Hypothesis, system: &System) -> Result<()> {
    let (_, rest) = of_pool(library, &hypothesis.name.text);
    for value in values(hypothesis)? {
        subject(library, hypothesis, rest, value, system)?;
    }
    Ok(())
}

/// Whether a hypothesis has several values.
pub fn is_varied(hypothesis: &Hypothesis) -> bool {
    let (Change::To(domain) | Change::Times(domain)) = &hypothesis.change;
    matches!(domain, Domain::Items(_))
}

/// The pool that a name is about, and the rest of it.
fn of_pool<'n>(library: &Library, name: &'n str) -> (&'n str, &'n str) {
    match name.split_once('.') {
        Some((head, rest))
            if library.modes.values().flat_map(|m| &m.pools).any(|p| p.name.text == head) =>
        {
            (head, rest)
        }
        _ => ("", name),
    }
}

fn values(hypothesis: &Hypothesis) -> Result<Vec<By>> {
    let (domain, by): (_, fn(f64) -> By) = match &hypothesis.change {
        Change::To(domain) => (domain, By::To),
        Change::Times(domain) => (domain, By::Times),
    };
    let name = &hypothesis.name;
    let numbers = match expand(domain, &NoNames, None)? {
        Values::One(one) => {
            one.value().and_then(crate::model::value::Value::as_number).map(|n| vec![n])
        }
        Values::Numbers(numbers) => Some(numbers),
        Values::Texts(_) => None,
    };
    let least = if is_hypothetical(&name.text) { f64::MIN_POSITIVE } else { 0.0 };
    match numbers {
        Some(numbers) if numbers.iter().all(|n| n.is_finite() && *n >= least) => {
            Ok(numbers.into_iter().map(by).collect())
        }
        _ => {
            Err(Error::question(Code::NotSupposable, format!("`{}` cannot become that", name.text))
                .at(name.loc.span(), "needs a positive number"))
        }
    }
}

fn subject(
    library: &Library,
    hypothesis: &Hypothesis,
    name: &str,
    by: By,
    system: &System,
) -> Result<Subject> {
    if let Some(fact) = name.strip_prefix("system.") {
        return facts(hypothesis, fact, by, system);
    }
    if let Some(table) = name.strip_suffix(".latency") {
        let known: BTreeSet<&str> =
            OPS.iter().map(|op| op.table.map_or(op.name, |table| table.name)).collect();
        if !known.contains(table) {
            let known: Vec<String> = known.iter().map(|t| format!("{t}.latency")).collect();
            return Err(absent("table", &hypothesis.name, &known, "`show tables` lists them"));
        }
        if matches!(by, By::To(_)) {
            return Err(Error::question(Code::NotSupposable, "the latencies of a table are many")
                .at(hypothesis.name.loc.span(), "has no one value")
                .help(format!("`with {name} * 0.9` makes all of them shorter")));
        }
        return Ok(Subject::Table(table.to_owned()));
    }
    let scopes: Vec<_> = library.modes.values().flat_map(|m| m.scopes()).collect();
    let own_axes = scopes.iter().flat_map(|s| &s.axes);
    let axes = || library.axes.iter().chain(own_axes.clone());
    let searched = |kind| matches!(kind, AxisKind::Worker | AxisKind::Choice);
    if axes().any(|a| a.name.text == name && searched(a.kind)) {
        return Err(Error::question(
            Code::NotSupposable,
            format!("`{name}` is what a search chooses"),
        )
        .at(hypothesis.name.loc.span(), "has no one value to multiply")
        .help(format!("`for {name} in [..]` asks for each value")));
    }
    let lets = library.lets.iter().chain(scopes.iter().flat_map(|s| &s.lets));
    let metrics = library.metrics.iter().chain(scopes.iter().flat_map(|s| &s.metrics));
    let names = axes().map(|a| &a.name).chain(lets.map(|l| &l.name));
    let names: BTreeSet<&str> =
        names.chain(metrics.map(|m| &m.name)).map(|n| n.text.as_str()).collect();
    if names.contains(name) {
        return Ok(Subject::Name(name.to_owned()));
    }
    let known: Vec<String> = names.into_iter().map(str::to_owned).collect();
    let listed = "`show settings` and `show axes` list what there is";
    Err(absent("value", &hypothesis.name, &known, listed))
}

/// A name that nothing has: the nearest one that something has, or where they are `listed`.
fn absent(what: &str, name: &Name, known: &[String], listed: &str) -> Error {
    let error =
        Error::question(Code::NothingToSuppose, format!("there is no {what} `{}`", name.text))
            .at(name.loc.span(), "unknown");
    match nearest(&name.text, known.iter().map(String::as_str)) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help(listed),
    }
}

/// The numbers that a system file gives.
fn numbers(system: &System) -> impl Iterator<Item = (&String, f64)> {
    system.facts.iter().filter_map(|(name, fact)| match fact {
        Fact::Number(value) => Some((name, *value)),
        Fact::Text(_) => None,
    })
}

/// The facts of that name, or else all that end in it: `flops` are those of each precision.
fn facts_named<'s>(system: &'s System, fact: &str) -> Vec<(&'s String, f64)> {
    let one = SECTIONS.iter().map(|section| format!("{section}.{fact}"));
    let one = one.into_iter().find(|name| numbers(system).any(|(n, _)| n == name));
    match &one {
        Some(one) => numbers(system).filter(|(name, _)| *name == one).collect(),
        None => {
            let ending = format!("_{fact}");
            numbers(system).filter(|(name, _)| name.ends_with(&ending)).collect()
        }
    }
}

/// Whether a name is a fact that a system does not have.
pub fn lacks(system: &System, name: &str) -> bool {
    name.strip_prefix("system.").is_some_and(|fact| facts_named(system, fact).is_empty())
}

/// What is supposed of the facts of a name.
fn facts(hypothesis: &Hypothesis, fact: &str, by: By, system: &System) -> Result<Subject> {
    let found = facts_named(system, fact);
    let shift = |value: f64| match by {
        By::Times(factor) => value * factor,
        By::To(value) => value / to_base(fact),
    };
    if found.is_empty() {
        let known: Vec<String> = numbers(system)
            .filter_map(|(name, _)| Some(format!("system.{}", name.split_once('.')?.1)))
            .collect();
        let what = format!("number of {}", system.name);
        let listed = format!("known: {}", known.join(", "));
        return Err(absent(&what, &hypothesis.name, &known, &listed));
    }
    Ok(Subject::Facts(found.into_iter().map(|(n, v)| (n.clone(), shift(v))).collect()))
}

/// What a value in the units of questions is divided by to be one of a system file: times are
/// seconds there.
fn to_base(fact: &str) -> f64 {
    if fact.ends_with("latency") { 1e3 } else { 1.0 }
}

/// A fact of a system file as a person reads it.
pub fn shown_fact(fact: &str, value: f64) -> String {
    let (value, unit) = shown(fact, value * to_base(fact));
    format!("{} {}", number(value), unit.label()).trim_end().to_owned()
}

/// A fact as it is shown.
fn shown(fact: &str, value: f64) -> (f64, Unit) {
    let unit = match fact {
        f if f.ends_with("_bw") => Unit::Bandwidth,
        f if f.ends_with("capacity") => Unit::Gib,
        f if f.ends_with("latency") => Unit::Time,
        f if f.ends_with("power") => Unit::Power,
        _ => Unit::None,
    };
    (unit.shown(value), unit)
}

/// The hypothesis with the one of its values that an answer shows as `cell`; as it is, where it has
/// one.
///
/// # Errors
/// As [`scenarios`].
pub fn pinned(hypothesis: &Hypothesis, cell: f64) -> Result<Hypothesis> {
    let near = |a: f64| (a - cell).abs() <= 1e-9 * a.abs().max(cell.abs());
    let name = &hypothesis.name;
    let value = |value| {
        Domain::Value(Expr { kind: ExprKind::Number(value, Unit::None), loc: name.loc.clone() })
    };
    let change = values(hypothesis)?.into_iter().find_map(|by| match by {
        By::Times(factor) => near(factor).then(|| Change::Times(value(factor))),
        By::To(to) => near(shown(&name.text, to).0).then(|| Change::To(value(to))),
    });
    let change = change.unwrap_or_else(|| hypothesis.change.clone());
    Ok(Hypothesis { name: name.clone(), change, each: false })
}
