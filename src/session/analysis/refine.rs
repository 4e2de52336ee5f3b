//! A search asked again with something else fixed.

use crate::lang::ast::{AxisTerm, Domain, ExprKind, Search};
use crate::lang::ast::{Expr, Name};
use crate::model::library::Library;
use crate::session::analysis::names::dotted;

/// The search with these axes in place of its own. Clauses that say the same of a choice give way.
pub(in crate::session) fn with_terms(
    library: &Library,
    search: &Search,
    terms: &[AxisTerm],
) -> Search {
    let terms = dotted(library, terms);
    let mut search = Search { axes: dotted(library, &search.axes), ..search.clone() };
    let clauses = &mut search.clauses;
    let fixes = |name: &str| terms.iter().any(|t| t.name.text == name);
    if fixes("model") {
        clauses.models.clear();
    }
    if fixes("mode") {
        clauses.modes.clear();
    }
    if fixes("backend") {
        clauses.frameworks.clear();
    }
    if fixes("version") {
        for framework in &mut clauses.frameworks {
            framework.1 = None;
        }
    }
    if fixes("system") {
        let budgets =
            clauses.placements.drain(..).filter_map(|(system, gpus)| Some((system, gpus?)));
        let budgets: Vec<AxisTerm> = budgets.map(|(system, gpus)| budget(&system, gpus)).collect();
        search.axes.extend(budgets.into_iter().take(1));
    }
    let own = search.axes.into_iter().filter(|t| !fixes(&t.name.text));
    search.axes = terms.iter().cloned().chain(own).collect();
    search
}

/// `gpus = n`, as an axis.
pub(in crate::session) fn budget(at: &Name, gpus: Expr) -> AxisTerm {
    let name = Name { text: "gpus".to_owned(), loc: at.loc.clone() };
    AxisTerm { name, domain: Domain::Value(gpus) }
}

/// The serving modes that have all axes named: those of pools, or those of one pool; none if any.
pub(in crate::session) fn modes_of(library: &Library, terms: &[AxisTerm]) -> Vec<String> {
    let pooled = terms.iter().any(|t| t.name.text.contains('.'));
    let worker = |t: &AxisTerm| {
        let axes = library.axes.iter().chain(library.modes.values().flat_map(|m| &m.scope.axes));
        let mut named = axes.filter(|a| a.name.text == t.name.text);
        named.any(|a| a.kind == crate::lang::ast::AxisKind::Worker)
    };
    if !pooled && !terms.iter().any(worker) {
        return Vec::new();
    }
    let modes = library.modes.iter().filter(|(_, m)| m.pools.is_empty() != pooled);
    modes.map(|(name, _)| name.clone()).collect()
}

/// The text of a value, as a person would say it.
pub(in crate::session) fn said(terms: &[AxisTerm]) -> String {
    let one = |t: &AxisTerm| {
        let value = match &t.domain {
            Domain::Value(e) => match &e.kind {
                ExprKind::Text(text) => text.clone(),
                ExprKind::Number(n, unit) => {
                    format!("{}{}", crate::model::value::number(unit.shown(*n)), unit.label())
                }
                _ => e.loc.text().to_owned(),
            },
            Domain::Items(_) => "several".to_owned(),
        };
        format!("{} = {value}", t.name.text)
    };
    terms.iter().map(one).collect::<Vec<_>>().join(", ")
}
