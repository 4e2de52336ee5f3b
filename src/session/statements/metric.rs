//! `explain metric`: a formula of the model text with the numbers of one candidate filled in, and
//! so the definitions it stands on, down to the times of passes.

use crate::base::rows::{RowView, TableBuilder};
use crate::plan::expr::lowered::Lowered;
use std::collections::{BTreeMap, BTreeSet};

use crate::answer::Answer;
use crate::base::error::{Code, Error, Result};
use crate::lang::ast::{Expr, ExprKind, Item, Name, Target};
use crate::lang::edit::Edits;
use crate::lang::lex::one_line;
use crate::lang::units::Unit;
use crate::model::library::Library;
use crate::model::value::Value;
use crate::plan::expr::over_classes::is_over_classes;
use crate::plan::question::Question;
use crate::plan::scope::Scope;
use crate::session::analysis::formula::{needs_simulation, simulated};
use crate::session::analysis::ops::{pass_times, values};
use crate::session::state::Session;

/// A name that takes part.
struct Part<'a> {
    depth: usize,
    name: String,
    kind: &'static str,
    lowered: Lowered,
    unit: Unit,
    /// The definition, and where the names in it are looked up.
    formula: Option<(&'a Expr, At)>,
    /// Of what differs between the classes of a mix, the same of each class.
    each: Vec<(String, At)>,
}

/// Where a name is looked up: in which scope, and for which class of requests.
#[derive(Clone, Copy)]
struct At {
    scope: usize,
    class: Option<usize>,
}

impl Session {
    pub(in crate::session) fn explain_metric(
        &mut self,
        metric: &Name,
        target: &Target,
    ) -> Result<Answer> {
        let asked = self.explained(target)?;
        if needs_simulation(&self.library, &metric.text) {
            return self.explain_simulated(metric, asked);
        }
        let mut answer =
            self.with_candidate(&asked, |session, candidate| session.told(candidate, metric))?;
        answer.notes.extend(self.stands_in(&asked)?);
        Ok(answer)
    }

    /// A metric that has no formula: its value in a simulation, what it is made of, the same of the median
    /// request, and what else the simulation tells of the run.
    fn explain_simulated(&mut self, metric: &Name, asked: Question) -> Result<Answer> {
        let names = beside(&self.library, &metric.text);
        let mut asked = Question { shows: names.clone(), top: 1, ..simulated(&asked) };
        asked.filter.clear();
        let answer = self.run_question(asked)?;
        let Some(batch) = answer.batches.first().filter(|batch| batch.num_rows() > 0) else {
            let message = format!("`{}` of this candidate has no value", metric.text);
            return Err(Error::data(Code::NotMeasured, message)
                .at(metric.loc.span(), "not simulated")
                .help("requests of mixes, with drafts or with images are not simulated"));
        };
        let row = RowView::new(batch, 0);
        let told: Vec<(&String, f64)> =
            names.iter().filter_map(|name| Some((name, row.number(name)?))).collect();
        let units = told.iter().map(|(name, _)| self.library.unit_of(name).label());
        let meanings = told.iter().map(|(name, _)| self.library.columns.meaning(name));
        let table = TableBuilder::default()
            .texts("name", told.iter().map(|(name, _)| name.as_str()))
            .numbers("value", told.iter().map(|(_, value)| *value))
            .texts("unit", units)
            .texts("meaning", meanings)
            .build()?;
        let mut explained = Answer::rows(table);
        explained.assumptions = answer.assumptions;
        Ok(explained)
    }

    fn told(&self, candidate: &Scope<'_>, metric: &Name) -> Result<Answer> {
        let scopes: Vec<&Scope<'_>> = candidate.all().collect();
        let mut parts: Vec<Part<'_>> = Vec::new();
        let (name, class) = of_class(candidate, &metric.text);
        let Some(first) = part(&scopes, At { scope: 0, class }, name, metric)? else {
            return Err(unknown(&scopes, metric));
        };
        if first.formula.is_none() && first.each.is_empty() {
            return Err(unknown(&scopes, metric));
        }
        gather(&scopes, first, &mut parts)?;
        let times = pass_times(&self.lines(candidate)?);
        let lowered: Vec<Lowered> = parts.iter().map(|p| p.lowered.clone()).collect();
        let numeric: Vec<Lowered> = lowered
            .iter()
            .map(|l| match l.value() {
                Some(v) if v.as_number().is_none() => Lowered::number(f64::NAN),
                _ => l.clone(),
            })
            .collect();
        let time = |pass: &String, _: usize| times.get(pass).copied().unwrap_or(0.0);
        let numbers: Vec<f64> = values(self, candidate, &numeric, 1, &time)?
            .into_iter()
            .map(|v| v.first().copied().unwrap_or(f64::NAN))
            .collect();
        let mut shown: BTreeMap<String, String> = BTreeMap::new();
        // The formula of a mean is about the values of each class, not about their means.
        for (p, n) in parts.iter().zip(&numbers).filter(|(p, _)| p.each.is_empty()) {
            shown.insert(p.name.clone(), text(&p.lowered, *n, p.unit));
        }
        rows(&scopes, &parts, &numbers, &shown)
    }
}

/// A metric of a simulation with those that are parts of it, the same of the median, and what a run has no
/// percentiles of.
fn beside(library: &Library, metric: &str) -> Vec<String> {
    let median = metric.split_once('_').map(|(_, base)| format!("p50_{base}"));
    let whole: Vec<&str> = [metric].into_iter().chain(median.as_deref()).collect();
    let all: Vec<String> = library.all_metrics().map(|m| m.name.text.clone()).collect();
    let is_percentile =
        |name: &str| name.starts_with('p') && name[1..].starts_with(|c: char| c.is_ascii_digit());
    let of_run = |name: &&String| needs_simulation(library, name) && !is_percentile(name);
    let mut names: Vec<String> = Vec::new();
    for one in whole {
        let part = format!("{one}_");
        names.extend(all.iter().filter(|name| *name == one).cloned());
        names.extend(all.iter().filter(|name| name.starts_with(&part)).cloned());
    }
    names.extend(all.iter().filter(of_run).cloned());
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

fn unknown(scopes: &[&Scope<'_>], metric: &Name) -> Error {
    let whole = scopes[0];
    let own = scopes.iter().flat_map(|s| s.own.metrics.iter().map(|m| (s.pool.as_str(), m)));
    let names: Vec<String> = own
        .chain(whole.library.metrics.iter().map(|m| ("", m)))
        .map(|(pool, m)| match pool {
            "" => m.name.text.clone(),
            pool => format!("{pool}.{}", m.name.text),
        })
        .collect();
    let error =
        Error::question(Code::NoSuchMetric, format!("there is no metric `{}`", metric.text))
            .at(metric.loc.span(), "has no formula here");
    let known = names.iter().map(String::as_str);
    match whole.library.columns.guess(&metric.text, known) {
        Some(help) => error.help(help),
        None => error.help("`show metrics` lists them"),
    }
}

/// The metric and the class that the name of a column of a mix is made of.
fn of_class<'n>(scope: &Scope<'_>, name: &'n str) -> (&'n str, Option<usize>) {
    let metrics = || scope.own.metrics.iter().chain(&scope.library.metrics);
    let is_metric = |name: &str| metrics().any(|m| m.name.text == name);
    match scope.mix().and_then(|mix| mix.column(name)) {
        Some((base, class)) if !is_metric(name) && is_metric(base) => (base, Some(class)),
        _ => (name, None),
    }
}

/// What a name of a scope is; `None` if it is no name of the scope.
fn part<'a>(
    scopes: &[&'a Scope<'a>],
    at: At,
    name: &str,
    place: &Name,
) -> Result<Option<Part<'a>>> {
    let here = scopes[at.scope];
    let (scope_at, own) = match name.split_once('.') {
        Some((head, tail)) => match scopes.iter().position(|s| s.pool == head && at.scope == 0) {
            Some(pool) => (pool, tail),
            None => (at.scope, name),
        },
        None => (at.scope, name),
    };
    let scope = scopes[scope_at];
    if !here.watched(at.class, || here.owns_name(name)).0? {
        return Ok(None);
    }
    let (lowered, varies) = here.watched(at.class, || here.named(name, &place.loc));
    let lowered = lowered?;
    let of = here.class_name(at.class).filter(|_| varies);
    let of = of.map_or_else(String::new, |class| format!("_{class}"));
    let full = match scope.pool.as_str() {
        "" => format!("{name}{of}"),
        pool => format!("{pool}.{own}{of}"),
    };
    // What all classes agree in is looked up in any of them.
    let mut each = Vec::new();
    let mut class = at.class;
    if let (None, Some(mix)) = (at.class, here.mix()) {
        class = Some(0);
        if here.watched(class, || here.named(name, &place.loc)).1 {
            let all = 0..mix.classes.len();
            each = all.map(|c| (name.to_owned(), At { class: Some(c), ..at })).collect();
        }
    }
    let is_pass = scope.own.passes.iter().any(|p| p.name.text == own);
    let is_metric =
        (scope.own.metrics.iter().chain(&scope.library.metrics)).any(|m| m.name.text == own);
    let definition = match is_pass || !each.is_empty() || scope.default_axis(own)?.is_some() {
        true => None,
        false => scope.watched(class, || scope.definition(own)).0?,
    };
    let kind = match &definition {
        _ if !each.is_empty() => "mix",
        _ if is_pass => "pass",
        Some(_) if is_metric => "metric",
        Some(_) => "let",
        None => "value",
    };
    let unit = if is_pass { Unit::Time } else { lowered.unit };
    let formula = definition.map(|(expr, _)| (expr, At { scope: scope_at, class }));
    // A constant is its own value.
    let formula = formula.filter(|(expr, _)| kind == "metric" || !is_constant(expr));
    Ok(Some(Part { depth: 0, name: full, kind, lowered, unit, formula, each }))
}

fn is_constant(expr: &Expr) -> bool {
    let mut names = Vec::new();
    names_of(expr, &mut names);
    names.is_empty()
}

/// A part, then those of its formula, each once.
fn gather<'a>(scopes: &[&'a Scope<'a>], part: Part<'a>, out: &mut Vec<Part<'a>>) -> Result<()> {
    let (depth, formula, mut names) = (part.depth, part.formula, Vec::new());
    let nowhere = &scopes[0].target.architecture.name;
    for (name, at) in &part.each {
        names.push((Name { text: name.clone(), loc: nowhere.loc.clone() }, *at));
    }
    out.push(part);
    if let Some((expr, at)) = formula {
        scopes[at.scope].watched(at.class, || used(scopes[at.scope], expr, at, &mut names));
    }
    for (name, at) in names {
        let Some(mut next) = self::part(scopes, at, &name.text, &name)? else { continue };
        if out.iter().any(|p| p.name == next.name) {
            continue;
        }
        next.depth = depth + 1;
        gather(scopes, next, out)?;
    }
    Ok(())
}

/// The branch of a conditional that is taken, where that is known.
fn taken<'e>(scope: &Scope<'_>, condition: &Expr, yes: &'e Expr, no: &'e Expr) -> Option<&'e Expr> {
    match scope.lower(condition).ok()?.value() {
        Some(Value::Bool(true)) => Some(yes),
        Some(_) => Some(no),
        None => None,
    }
}

fn children(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Call(_, arguments) => arguments.iter().collect(),
        ExprKind::Neg(a) | ExprKind::Not(a) => vec![a],
        ExprKind::Binary(_, a, b) => vec![a, b],
        ExprKind::If(a, b, c) => vec![a, b, c],
        ExprKind::In(a, items) => {
            let items = items.iter().flat_map(|i| match i {
                Item::One(e) => vec![e],
                Item::Range { low, high, .. } => vec![low, high],
            });
            std::iter::once(&**a).chain(items).collect()
        }
        _ => Vec::new(),
    }
}

fn names_of(expr: &Expr, out: &mut Vec<String>) {
    match &expr.kind {
        ExprKind::Name(name) => out.push(name.clone()),
        ExprKind::Call(..) if children(expr).is_empty() => out.push(String::new()),
        ExprKind::Sum(..) => out.push(String::new()),
        _ => children(expr).into_iter().for_each(|e| names_of(e, out)),
    }
}

/// Names that the value depends on: of a conditional those of the branch taken.
fn used(scope: &Scope<'_>, expr: &Expr, at: At, out: &mut Vec<(Name, At)>) {
    match &expr.kind {
        ExprKind::Name(name) => {
            out.push((Name { text: name.clone(), loc: expr.loc.clone() }, at));
        }
        ExprKind::Call(function, of) if is_over_classes(function) => {
            of.iter().for_each(|e| used(scope, e, At { class: None, ..at }, out));
        }
        ExprKind::If(condition, yes, no) => {
            match taken(scope, condition, yes, no) {
                Some(one) => {
                    used(scope, condition, at, out);
                    used(scope, one, at, out);
                }
                None => children(expr).into_iter().for_each(|e| used(scope, e, at, out)),
            };
        }
        _ => children(expr).into_iter().for_each(|e| used(scope, e, at, out)),
    }
}

/// The value of a name, of one class or of all of them.
type Shown<'v> = dyn Fn(&str, bool) -> Option<String> + 'v;

/// Writes values in place of names, and of a conditional the branch taken.
fn replace(scope: &Scope<'_>, expr: &Expr, value: &Shown<'_>, edits: &mut Edits<'_>) {
    match &expr.kind {
        ExprKind::Call(function, of) if is_over_classes(function) && scope.mix().is_some() => {
            let of_all = |name: &str, _: bool| value(name, true);
            of.iter().for_each(|e| replace(scope, e, &of_all, edits));
        }
        ExprKind::Name(name) => {
            if let Some(value) = value(name, false) {
                edits.replace(&expr.loc, value);
            }
        }
        ExprKind::If(condition, yes, no) => match taken(scope, condition, yes, no) {
            Some(one) => edits.replace(&expr.loc, filled(scope, one, value)),
            None => children(expr).into_iter().for_each(|e| replace(scope, e, value, edits)),
        },
        _ => children(expr).into_iter().for_each(|e| replace(scope, e, value, edits)),
    }
}

/// A formula with values in place of names; of a conditional the branch taken.
fn filled(scope: &Scope<'_>, expr: &Expr, value: &Shown<'_>) -> String {
    let mut edits = Edits::of(&expr.loc);
    replace(scope, expr, value, &mut edits);
    one_line(&edits.text())
}

fn text(lowered: &Lowered, number: f64, unit: Unit) -> String {
    match lowered.value() {
        Some(value) if value.as_number().is_none() => match value.as_text() {
            Some(text) => format!("'{text}'"),
            None => value.to_string(),
        },
        _ => {
            let shown = short(number);
            match unit {
                Unit::Time => format!("{shown} ms"),
                Unit::Bytes | Unit::Gib => format!("{} GiB", short(number / 1_073_741_824.0)),
                _ => shown,
            }
        }
    }
}

/// Six significant digits.
fn short(number: f64) -> String {
    if number == 0.0 || !number.is_finite() || number.fract() == 0.0 {
        return crate::model::value::number(number);
    }
    let places = (5 - number.abs().log10().floor() as i32).clamp(0, 12) as usize;
    let text = format!("{number:.places$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

fn rows(
    scopes: &[&Scope<'_>],
    parts: &[Part<'_>],
    numbers: &[f64],
    shown: &BTreeMap<String, String>,
) -> Result<Answer> {
    let value = |at: At| {
        move |name: &str, of_all: bool| {
            let scope = scopes[at.scope];
            let pool = &scope.pool;
            let full = if pool.is_empty() { name.to_owned() } else { format!("{pool}.{name}") };
            let class = scope.class_name(at.class).filter(|_| !of_all);
            let own = class.and_then(|class| shown.get(&format!("{full}_{class}")));
            own.or_else(|| shown.get(&full)).or_else(|| shown.get(name)).cloned()
        }
    };
    let mut columns: [Vec<Option<String>>; 6] = Default::default();
    for (p, n) in parts.iter().zip(numbers) {
        let formula = p.formula.map(|(expr, _)| one_line(expr.loc.text()));
        let with_values = p.formula.map(|(expr, at)| {
            let scope = scopes[at.scope];
            scope.watched(at.class, || filled(scope, expr, &value(at))).0
        });
        let with_values = with_values.filter(|f| Some(f) != formula.as_ref());
        let defined = p.formula.map(|(expr, _)| {
            let loc = &expr.loc;
            let line =
                loc.source.text.get(..loc.range.start).map_or(0, |t| t.matches('\n').count());
            format!("{}:{}", loc.source.name, line + 1)
        });
        let cells = [
            Some(format!("{}{}", "  ".repeat(p.depth), p.name)),
            Some(p.kind.to_owned()),
            Some(text(&p.lowered, *n, p.unit)),
            formula,
            with_values,
            defined,
        ];
        for (column, cell) in columns.iter_mut().zip(cells) {
            column.push(cell);
        }
    }
    let names = ["name", "kind", "shown", "formula", "filled", "defined"];
    let mut table = TableBuilder::default().counts("depth", parts.iter().map(|p| p.depth as i64));
    for (name, column) in names.iter().zip(columns) {
        table = table.texts_or_null(name, column);
    }
    let numbers = numbers.iter().map(|n| n.is_finite().then_some(*n));
    Ok(Answer::rows(table.numbers_or_null("value", numbers).build()?))
}
