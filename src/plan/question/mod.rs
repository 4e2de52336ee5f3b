//! What a question asks, with its clauses sorted: choices that split the plan, axes, conditions,
//! objective.

pub mod estimate;
pub mod goal;
pub mod mix;
pub mod what_if;

use crate::base::error::{Code, Error, Result, nearest};
use crate::lang::ast::is_hypothetical;
use crate::lang::ast::{
    AxisTerm, BinaryOp, Change, Clauses, Distinct, Domain, Expr, ExprKind, Hypothesis, Item, Loc,
    Name, Objective, Preference,
};
use crate::model::columns::Columns;
use crate::model::value::Value;
use crate::plan::expr::names::Names;
use goal::Goal;
use mix::Mix;
use std::collections::BTreeMap;
use what_if::{column_of, is_varied};

/// Choices that are precisions. KV before attention: whether that runs in fp8 depends on both.
pub const PRECISIONS: [&str; 5] = ["gemm", "moe", "kv", "fmha", "comm"];

/// Choices that the checkpoint answers where the question does not: precisions, in this order, and how
/// tokens choose experts.
pub const INFERRED: [&str; 6] = ["gemm", "moe", "kv", "fmha", "comm", "experts_skew"];

/// Axes whose values are texts and split the plan.
pub const CHOICES: &[&str] = &[
    "model",
    "system",
    "backend",
    "version",
    "data",
    "repairs",
    "mode",
    "gemm",
    "moe",
    "kv",
    "fmha",
    "comm",
    "experts_skew",
];

/// A question with its clauses sorted.
#[derive(Debug, Clone)]
pub struct Question {
    /// Values of choices as typed, by name or by `pool.name`.
    pub choices: BTreeMap<String, Vec<Name>>,
    /// Versions of backends given with `using`.
    pub versions: BTreeMap<String, Name>,
    /// Numeric axes and settings, those of the question before those of the session.
    pub overrides: Vec<AxisTerm>,
    /// How many of `overrides` the question itself gives.
    pub own: usize,
    /// What the question itself says of a pool: `decode.tp`.
    pub of_pools: Vec<Name>,
    /// The classes of its requests, if there are several.
    pub mix: Option<Mix>,
    /// Conjuncts of `where`.
    pub filter: Vec<Expr>,
    /// Soft objectives.
    pub preferences: Vec<Preference>,
    /// The objective; `None` leaves the order to the shipped one.
    pub objective: Option<Objective>,
    /// What these are after.
    pub goal: Goal,
    /// How many rows to show.
    pub top: usize,
    /// Columns of which each combination shows that many rows; empty: all together.
    pub per: Vec<Name>,
    /// Columns of which each combination has an answer of its own, be it a frontier:
    /// `for isl in [1k, 4k]`.
    pub each: Vec<Name>,
    /// Metrics that the answer shows though nothing in the question is about them.
    pub shows: Vec<String>,
    /// Columns by which rows must differ: of those that agree in all, the best alone counts. Empty: every
    /// candidate counts.
    pub distinct: Vec<Name>,
    /// Whether the question leaves these to what tells layouts apart.
    pub by_layout: bool,
    /// What is supposed of facts, tables and settings beyond plain values.
    pub hypotheses: Vec<Hypothesis>,
}

impl Question {
    /// Sorts axes, clauses and settings.
    ///
    /// # Errors
    /// Values of choices that are no texts; a count that is no number.
    pub fn new(
        axes: &[AxisTerm],
        clauses: &Clauses,
        settings: &[AxisTerm],
        facts: &dyn Names,
    ) -> Result<Self> {
        let mut choices: BTreeMap<String, Vec<Name>> = BTreeMap::new();
        let mut versions = BTreeMap::new();
        let mut overrides = Vec::new();
        if !clauses.models.is_empty() {
            choices.insert("model".to_owned(), clauses.models.clone());
        }
        if !clauses.modes.is_empty() {
            choices.insert("mode".to_owned(), clauses.modes.clone());
        }
        one_budget(clauses)?;
        one_version(clauses)?;
        for (system, gpus) in &clauses.placements {
            choices.entry("system".to_owned()).or_default().push(system.clone());
            if let Some(gpus) = gpus {
                let name = Name { text: "gpus".to_owned(), loc: system.loc.clone() };
                overrides.push(AxisTerm { name, domain: Domain::Value(gpus.clone()) });
            }
        }
        for (backend, version) in &clauses.frameworks {
            choices.entry("backend".to_owned()).or_default().push(backend.clone());
            if let Some(version) = version {
                versions.insert(backend.text.clone(), version.clone());
            }
        }
        // A value in place of a setting is a setting; the rest is supposed.
        let (mut hypotheses, mut plain) = (Vec::new(), Vec::new());
        for hypothesis in &clauses.hypotheses {
            match &hypothesis.change {
                Change::To(domain) if !is_hypothetical(&hypothesis.name.text) => {
                    plain.push(AxisTerm { name: hypothesis.name.clone(), domain: domain.clone() });
                }
                _ => hypotheses.push(hypothesis.clone()),
            }
        }
        let given = axes.iter().chain(&clauses.serving).chain(&plain);
        let terms = given.map(|t| (t, true)).chain(settings.iter().rev().map(|t| (t, false)));
        let mut own = overrides.len();
        let mut of_pools = Vec::new();
        for (term, ours) in terms {
            let name = &term.name.text;
            if is_hypothetical(name) {
                if !hypotheses.iter().any(|h| h.name.text == *name) {
                    let (name, change) = (term.name.clone(), Change::To(term.domain.clone()));
                    hypotheses.push(Hypothesis { name, change, each: false });
                }
                continue;
            }
            let base = name.rsplit('.').next().unwrap_or(name);
            if ours && base != name && !name.starts_with("price.") {
                of_pools.push(term.name.clone());
            }
            if CHOICES.contains(&base) {
                if !choices.contains_key(name) {
                    choices.insert(name.clone(), choice_values(term)?);
                }
                continue;
            }
            own += usize::from(ours);
            overrides.push(term.clone());
        }
        let mix = clauses.mix.as_ref().map(|mix| Mix::new(mix, facts)).transpose()?;
        if let Some(mix) = &mix {
            mix.check_beside(axes.iter().chain(&clauses.serving))?;
        }
        let mut filter = Vec::new();
        for condition in &clauses.filter {
            conjuncts(condition, &mut filter);
        }
        let each = clauses.hypotheses.iter().filter(|h| h.each).map(|h| h.name.clone());
        let each: Vec<Name> = each.collect();
        let is_frontier = matches!(clauses.objective, Some(Objective::Pareto(_)));
        let (top, mut per) = match &clauses.top {
            // Of each value the winner, or all of its frontier.
            None if !each.is_empty() && is_frontier => (usize::MAX, Vec::new()),
            None if !each.is_empty() => (1, Vec::new()),
            None => (10, Vec::new()),
            Some(t) => (row_count(&t.count, facts)?, t.per.clone()),
        };
        let distinct = match clauses.top.as_ref().map(|t| &t.distinct) {
            Some(Distinct::Columns(columns)) => columns.clone(),
            _ => Vec::new(),
        };
        // One row is the best of its layout anyway, and a frontier is made of candidates.
        let by_layout = top > 1
            && !is_frontier
            && clauses.top.as_ref().is_none_or(|t| t.distinct == Distinct::Layouts);
        per.extend(each.iter().cloned());
        let (preferences, objective) = (clauses.preferences.clone(), clauses.objective.clone());
        let goal = Goal::new(objective.as_ref(), &filter, &preferences);
        Ok(Self {
            choices,
            versions,
            overrides,
            own,
            of_pools,
            mix,
            filter,
            preferences,
            objective,
            goal,
            top,
            per,
            distinct,
            by_layout,
            hypotheses,
            each,
            shows: Vec::new(),
        })
    }

    /// Whether rows are counted by the values of any columns but the mode. Each mode ranks its own rows as it is;
    /// a frontier is counted only where that is asked for.
    pub fn per_columns(&self) -> bool {
        let frontier = matches!(self.objective, Some(Objective::Pareto(_)));
        self.per.iter().any(|c| c.text != "mode")
            || !self.distinct.is_empty()
            || (frontier && !self.per.is_empty())
    }

    /// What varies by supposition, then the names in the objective, the conditions and the
    /// preferences.
    pub fn asks_about(&self) -> Vec<String> {
        let varied = self.hypotheses.iter().filter(|h| is_varied(h));
        let varied = varied.map(|h| column_of(&h.name.text));
        let mut names: Vec<String> =
            self.each.iter().map(|n| column_of(&n.text)).chain(varied).collect();
        match &self.objective {
            Some(Objective::Maximize(e) | Objective::Minimize(e)) => e.names(&mut names),
            Some(Objective::Pareto(all)) => all.iter().for_each(|e| e.names(&mut names)),
            None => {}
        }
        self.filter.iter().for_each(|e| e.names(&mut names));
        self.preferences.iter().for_each(|p| p.condition.names(&mut names));
        names.extend(self.shows.iter().cloned());
        names
    }

    /// Its objective, else that of questions without one; `None` without definitions.
    pub fn objective_or(&self, columns: &Columns) -> Option<Objective> {
        self.objective.clone().or_else(|| columns.objective())
    }

    /// The columns that rows are ranked by.
    pub fn objectives(&self, columns: &Columns) -> Vec<String> {
        let mut names = Vec::new();
        match self.objective_or(columns) {
            Some(Objective::Maximize(e) | Objective::Minimize(e)) => e.names(&mut names),
            Some(Objective::Pareto(all)) => all.iter().for_each(|e| e.names(&mut names)),
            None => {}
        }
        names
    }

    /// Names that the question itself gives several numbers.
    pub fn swept(&self) -> impl Iterator<Item = &Name> {
        let own = self.overrides.iter().take(self.own);
        own.filter(|term| matches!(term.domain, Domain::Items(_))).map(|term| &term.name)
    }

    /// The values of a choice for a pool: its own, else those for all.
    pub fn choice(&self, pool: &str, name: &str) -> Option<&[Name]> {
        let own = self.choices.get(&format!("{pool}.{name}"));
        own.or_else(|| self.choices.get(name)).map(Vec::as_slice)
    }
}

/// Refuses several versions of a backend in `using`.
fn one_version(clauses: &Clauses) -> Result<()> {
    let frameworks = &clauses.frameworks;
    let again = |(i, (backend, _)): &(usize, &(Name, Option<Name>))| {
        frameworks[..*i].iter().any(|(before, _)| before.text == backend.text)
    };
    let Some((_, (backend, version))) = frameworks.iter().enumerate().find(again) else {
        return Ok(());
    };
    let said = version.as_ref().unwrap_or(backend);
    let message = format!("`{}` is named twice", backend.text);
    Err(Error::question(Code::OneVersion, message)
        .at(said.loc.span(), "one version of a backend stands here")
        .help("`search version in ['A', 'B'] ... top 1 per version` tries several"))
}

/// Refuses a budget of GPUs of its own for each system, and systems that are added up.
fn one_budget(clauses: &Clauses) -> Result<()> {
    for (_, gpus) in &clauses.placements {
        if let Some(ExprKind::Binary(BinaryOp::Add, _, right)) = gpus.as_ref().map(|e| &e.kind)
            && let ExprKind::Binary(BinaryOp::Mul, system, _) = &right.kind
            && let ExprKind::Name(name) = &system.kind
        {
            return Err(Error::question(Code::OneBudget, "systems are not added up")
                .at(right.loc.span(), "another system")
                .help(format!("a comma tries each of them, and both in pools: `on .., {name}`"))
                .help(format!("`search decode.system = {name}` is for the pool alone")));
        }
    }
    let mut budgets = clauses.placements.iter().filter_map(|(_, gpus)| gpus.as_ref());
    let Some(first) = budgets.next() else { return Ok(()) };
    match budgets.find(|other| other.loc.text() != first.loc.text()) {
        None => Ok(()),
        Some(other) => {
            Err(Error::question(Code::OneBudget, "one budget of GPUs holds for all systems")
                .at(other.loc.span(), "another budget")
                .help("ask for each system alone, or try several with `search gpus in [8, 16]`"))
        }
    }
}

/// The count of a `top`.
///
/// # Errors
/// `AIQ0212` if it is no whole number from 1.
pub(crate) fn row_count(expr: &Expr, facts: &dyn Names) -> Result<usize> {
    let value = super::expr::lower::known(expr, facts)?;
    match value.as_number() {
        Some(n) if n >= 1.0 && n.fract() == 0.0 && n <= 1e9 => Ok(n as usize),
        _ => Err(Error::question(Code::NotACount, "`top` needs a whole number from 1")
            .at(expr.loc.span(), "not a count of rows")),
    }
}

/// Splits `a and b and c`.
fn conjuncts(expr: &Expr, out: &mut Vec<Expr>) {
    if let ExprKind::Binary(BinaryOp::And, left, right) = &expr.kind {
        conjuncts(left, out);
        conjuncts(right, out);
    } else {
        out.push(expr.clone());
    }
}

/// Texts, quoted or as bare words.
fn choice_values(term: &AxisTerm) -> Result<Vec<Name>> {
    let one = |expr: &Expr| match &expr.kind {
        ExprKind::Text(t) | ExprKind::Name(t) => {
            let text = precision_alias(t).to_owned();
            Ok(Name { text, loc: expr.loc.clone() })
        }
        _ => Err(Error::question(Code::NotAName, format!("`{}` takes names", term.name.text))
            .at(expr.loc.span(), "not a name")),
    };
    match &term.domain {
        Domain::Value(expr) => Ok(vec![one(expr)?]),
        Domain::Items(items) => items
            .iter()
            .map(|item| match item {
                Item::One(expr) => one(expr),
                Item::Range { low, .. } => Err(Error::question(
                    Code::NotAName,
                    format!("`{}` takes names", term.name.text),
                )
                .at(low.loc.span(), "a range")),
            })
            .collect(),
    }
}

/// Short names of precisions that people use.
fn precision_alias(name: &str) -> &str {
    match name {
        "bf16" => "bfloat16",
        "fp16" => "float16",
        other => other,
    }
}

/// An unknown name among known ones.
pub fn unknown(code: Code, what: &str, name: &Name, known: &[String]) -> Error {
    let error = Error::question(code, format!("there is no {what} `{}`", name.text))
        .at(name.loc.span(), "unknown");
    match nearest(&name.text, known.iter().map(String::as_str)) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help(format!("known: {}", known.join(", "))),
    }
}

/// Facts where no model or system is at hand: no names at all.
pub struct NoNames;

impl Names for NoNames {
    fn name(&self, name: &str, loc: &Loc) -> Result<crate::plan::expr::lowered::Lowered> {
        Err(Error::question(Code::NoSuchName, format!("there is no `{name}`"))
            .at(loc.span(), "needs a plain value here"))
    }

    fn knows(&self, _: &str, _: &Loc) -> bool {
        false
    }

    fn fact(&self, _: &str, _: &[&str], _: &Loc) -> Result<Option<Value>> {
        Ok(None)
    }
}
