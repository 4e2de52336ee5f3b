//! `confidence`: conditions on a metric that has a band hold for the far end of it.

use crate::base::error::{Code, Error, Result};
use crate::lang::ast::{AxisTerm, BinaryOp, Clauses, Domain, Expr, ExprKind, Objective, Search};
use crate::model::library::Library;
use crate::session::analysis::formula::is;

/// The axis that asks for it.
const CONFIDENCE: &str = "confidence";

/// The conditions of a question by its `confidence`, which is looked for among terms, the first before others.
///
/// # Errors
/// `AIQ0236` where a mode that is asked for has no such band.
pub(in crate::session) fn confident<'t>(
    library: &Library,
    clauses: &Clauses,
    terms: impl Iterator<Item = &'t AxisTerm>,
) -> Result<Option<Vec<Expr>>> {
    let terms: Vec<&AxisTerm> = terms.collect();
    let of = |name: &str| terms.iter().find(|term| term.name.text == name);
    let Some(asked) = of(CONFIDENCE) else { return Ok(None) };
    let refused = |message: &str, help: &str| {
        let error = Error::question(Code::BadAxis, message);
        Err(error.at(asked.name.loc.span(), "asked for here").help(help))
    };
    if !matches!(&asked.domain, Domain::Value(Expr { kind: ExprKind::Number(..), .. })) {
        return refused("confidence is one number", "`confidence = 80%`, or 0 for none");
    }
    if !is_sure(asked) {
        return Ok(None);
    }
    if of("data").is_some_and(|term| is(term, "roofline")) {
        return refused("physical bounds have no bands", "`data = hybrid` or `tables` has");
    }
    let filter: Vec<Expr> = clauses.filter.iter().map(|c| far_end(library, c)).collect();
    let names = clauses.modes.iter().map(|mode| mode.text.as_str());
    let modes: Vec<&str> = match clauses.modes.is_empty() {
        true => library.modes.keys().map(String::as_str).collect(),
        false => names.collect(),
    };
    let mut bands = Vec::new();
    filter.iter().for_each(|condition| condition.names(&mut bands));
    // What is not a plain bound has no far end.
    if bands.iter().any(|name| library.band(name).is_some()) {
        return refused(
            "confidence is about plain bounds, such as `ttft < 300ms`",
            "write conditions on ttft and tpot without `not` and functions",
        );
    }
    // The ends of bands, which the conditions as typed do not name.
    let mut typed = Vec::new();
    clauses.filter.iter().for_each(|condition| condition.names(&mut typed));
    bands.retain(|name| !typed.contains(name));
    let lacks = |mode: &&&str| {
        let metrics = library.modes.get(**mode).map(|mode| &mode.scope.metrics);
        let has = |band: &String| metrics.is_some_and(|m| m.iter().any(|m| m.name.text == *band));
        !bands.iter().all(has)
    };
    match modes.iter().find(lacks) {
        Some(mode) => refused(
            &format!("too few deployments of mode `{mode}` were measured for a band"),
            "ask about the others alone: `as agg`",
        ),
        None => Ok(Some(filter)),
    }
}

/// A search without the confidence that it asks for, itself or by the settings, to say what that costs.
pub(in crate::session) fn without_confidence(
    search: &Search,
    settings: &[AxisTerm],
) -> Option<Search> {
    let own = search.axes.iter().chain(&search.clauses.serving).chain(settings);
    let asked = own.into_iter().find(|term| term.name.text == CONFIDENCE);
    let ranks = !matches!(search.clauses.objective, Some(Objective::Pareto(_)));
    asked.filter(|term| ranks && is_sure(term))?;
    let mut other = search.clone();
    for terms in [&mut other.axes, &mut other.clauses.serving] {
        terms.retain(|term| term.name.text != CONFIDENCE);
    }
    other.clauses.serving.push(AxisTerm::number(CONFIDENCE, 0.0));
    Some(other)
}

/// Whether a term asks for any confidence.
fn is_sure(term: &AxisTerm) -> bool {
    matches!(&term.domain, Domain::Value(Expr { kind: ExprKind::Number(share, _), .. }) if *share > 0.0)
}

/// A comparison with the far end of the band in place of a metric that has one.
fn far_end(library: &Library, condition: &Expr) -> Expr {
    let ExprKind::Binary(op, left, right) = &condition.kind else { return condition.clone() };
    let (below, above) = match op {
        BinaryOp::Lt | BinaryOp::Le => (true, false),
        BinaryOp::Gt | BinaryOp::Ge => (false, true),
        BinaryOp::And | BinaryOp::Or => {
            let sides = [left, right].map(|side| Box::new(far_end(library, side)));
            let [left, right] = sides;
            return Expr { kind: ExprKind::Binary(*op, left, right), loc: condition.loc.clone() };
        }
        _ => return condition.clone(),
    };
    let end = |side: &Expr, below: bool| {
        let ExprKind::Name(name) = &side.kind else { return Box::new(side.clone()) };
        let band = library.band(name).map(|[low, high]| if below { high } else { low });
        let kind = band.map_or_else(|| side.kind.clone(), ExprKind::Name);
        Box::new(Expr { kind, loc: side.loc.clone() })
    };
    let kind = ExprKind::Binary(*op, end(left, below), end(right, above));
    Expr { kind, loc: condition.loc.clone() }
}
