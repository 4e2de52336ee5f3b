//! `explain metric`: a formula of the model text with the numbers of one candidate filled in, and
//! so the definitions it stands on, down to the times of passes.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};

use super::Session;
use super::candidate::Candidate;
use super::ops::{pass_times, values};
use crate::answer::Answer;
use crate::error::{Error, Result, nearest};
use crate::lang::ast::{Expr, ExprKind, Item, Name, Target};
use crate::lang::units::Unit;
use crate::plan::lower::{Lowered, bug};
use crate::plan::scope::Scope;
use crate::plan::value::Value;

/// A name that takes part.
struct Part<'a> {
    depth: usize,
    name: String,
    kind: &'static str,
    lowered: Lowered,
    unit: Unit,
    /// The definition, and the scope whose names it uses.
    formula: Option<(&'a Expr, usize)>,
}

impl Session {
    pub(super) fn explain_metric(&mut self, metric: &Name, target: &Target) -> Result<Answer> {
        let asked = self.explained(target)?;
        self.with_candidate(&asked, |session, candidate| session.told(candidate, metric))
    }

    fn told(&self, candidate: &Candidate<'_>, metric: &Name) -> Result<Answer> {
        let scopes: Vec<&Scope<'_>> =
            [&candidate.whole].into_iter().chain(candidate.pools.iter().copied()).collect();
        let mut parts: Vec<Part<'_>> = Vec::new();
        let Some(first) = part(&scopes, 0, &metric.text, metric)? else {
            return Err(unknown(&scopes, metric));
        };
        if first.formula.is_none() {
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
        for (p, n) in parts.iter().zip(&numbers) {
            shown.insert(p.name.clone(), text(&p.lowered, *n, p.unit));
        }
        rows(&scopes, &parts, &numbers, &shown)
    }
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
    let error = Error::question("AIQ0233", format!("there is no metric `{}`", metric.text))
        .at(metric.loc.span(), "has no formula here");
    match nearest(&metric.text, names.iter().map(String::as_str)) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help("`show metrics` lists them"),
    }
}

/// What a name of a scope is; `None` if it is no name of the scope.
fn part<'a>(
    scopes: &[&'a Scope<'a>],
    at: usize,
    name: &str,
    place: &Name,
) -> Result<Option<Part<'a>>> {
    let here = scopes[at];
    let (scope_at, own) = match name.split_once('.') {
        Some((head, tail)) => match scopes.iter().position(|s| s.pool == head && at == 0) {
            Some(pool) => (pool, tail),
            None => (at, name),
        },
        None => (at, name),
    };
    let scope = scopes[scope_at];
    let lowered = match here.named(name, &place.loc) {
        Ok(lowered) => lowered,
        Err(error) if matches!(error.code, "AIQ0201" | "AIQ0211") => return Ok(None),
        Err(error) => return Err(error),
    };
    let full = match (scope.pool.as_str(), at == scope_at) {
        ("", _) => name.to_owned(),
        (pool, _) => format!("{pool}.{own}"),
    };
    let is_pass = scope.own.passes.iter().any(|p| p.name.text == own);
    let is_metric =
        (scope.own.metrics.iter().chain(&scope.library.metrics)).any(|m| m.name.text == own);
    let definition =
        if is_pass || scope.default_axis(own)?.is_some() { None } else { scope.definition(own)? };
    let kind = match &definition {
        _ if is_pass => "pass",
        Some(_) if is_metric => "metric",
        Some(_) => "let",
        None => "value",
    };
    let unit = if is_pass { Unit::Time } else { lowered.unit };
    let formula = definition.map(|(expr, _)| (expr, scope_at));
    // A constant is its own value.
    let formula = formula.filter(|(expr, _)| kind == "metric" || !is_constant(expr));
    Ok(Some(Part { depth: 0, name: full, kind, lowered, unit, formula }))
}

fn is_constant(expr: &Expr) -> bool {
    let mut names = Vec::new();
    names_of(expr, &mut names);
    names.is_empty()
}

/// A part, then those of its formula, each once.
fn gather<'a>(scopes: &[&'a Scope<'a>], part: Part<'a>, out: &mut Vec<Part<'a>>) -> Result<()> {
    let (depth, formula) = (part.depth, part.formula);
    out.push(part);
    let Some((expr, at)) = formula else { return Ok(()) };
    let mut names = Vec::new();
    used(scopes[at], expr, &mut names);
    for (name, place) in names {
        let Some(mut next) = self::part(scopes, at, &name, &place)? else { continue };
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
fn used(scope: &Scope<'_>, expr: &Expr, out: &mut Vec<(String, Name)>) {
    match &expr.kind {
        ExprKind::Name(name) => {
            out.push((name.clone(), Name { text: name.clone(), loc: expr.loc.clone() }));
        }
        ExprKind::If(condition, yes, no) => {
            match taken(scope, condition, yes, no) {
                Some(one) => {
                    used(scope, condition, out);
                    used(scope, one, out);
                }
                None => children(expr).into_iter().for_each(|e| used(scope, e, out)),
            };
        }
        _ => children(expr).into_iter().for_each(|e| used(scope, e, out)),
    }
}

/// Places of names with the values to stand there.
fn replaced(
    scope: &Scope<'_>,
    expr: &Expr,
    value: &dyn Fn(&str) -> Option<String>,
    out: &mut Vec<(std::ops::Range<usize>, String)>,
) {
    match &expr.kind {
        ExprKind::Name(name) => {
            if let Some(value) = value(name) {
                out.push((expr.loc.range.clone(), value));
            }
        }
        ExprKind::If(condition, yes, no) => match taken(scope, condition, yes, no) {
            Some(one) => out.push((expr.loc.range.clone(), filled(scope, one, value))),
            None => {
                children(expr).into_iter().for_each(|e| replaced(scope, e, value, out));
            }
        },
        _ => children(expr).into_iter().for_each(|e| replaced(scope, e, value, out)),
    }
}

/// A formula with values in place of names; of a conditional the branch taken.
fn filled(scope: &Scope<'_>, expr: &Expr, value: &dyn Fn(&str) -> Option<String>) -> String {
    let mut places = Vec::new();
    replaced(scope, expr, value, &mut places);
    places.sort_by_key(|(range, _)| range.start);
    let (text, begin) = (expr.loc.text(), expr.loc.range.start);
    let (mut out, mut at) = (String::new(), 0);
    for (range, value) in places {
        let (from, to) = (range.start.saturating_sub(begin), range.end.saturating_sub(begin));
        if let (Some(before), true) = (text.get(at..from), to >= from) {
            out += before;
            out += &value;
            at = to;
        }
    }
    out += text.get(at..).unwrap_or("");
    plain(&out)
}

/// One line, without comments.
fn plain(text: &str) -> String {
    let lines = text.lines().map(|l| l.split("--").next().unwrap_or(l));
    lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
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
        return crate::plan::value::number(number);
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
    let value = |at: usize| {
        move |name: &str| {
            let pool = &scopes[at].pool;
            let full = if pool.is_empty() { name.to_owned() } else { format!("{pool}.{name}") };
            shown.get(&full).or_else(|| shown.get(name)).cloned()
        }
    };
    let mut columns: [Vec<Option<String>>; 6] = Default::default();
    for (p, n) in parts.iter().zip(numbers) {
        let formula = p.formula.map(|(expr, _)| plain(expr.loc.text()));
        let with_values = p.formula.map(|(expr, at)| filled(scopes[at], expr, &value(at)));
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
    let mut fields = vec![Field::new("depth", DataType::Int64, false)];
    let depths = Int64Array::from_iter_values(parts.iter().map(|p| p.depth as i64));
    let mut arrays: Vec<ArrayRef> = vec![Arc::new(depths)];
    for (name, column) in names.iter().zip(columns) {
        fields.push(Field::new(*name, DataType::Utf8, true));
        arrays.push(Arc::new(StringArray::from(column)));
    }
    fields.push(Field::new("value", DataType::Float64, true));
    let numbers = numbers.iter().map(|n| n.is_finite().then_some(*n));
    arrays.push(Arc::new(numbers.collect::<Float64Array>()));
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(bug)?;
    Ok(Answer::rows(batch))
}
