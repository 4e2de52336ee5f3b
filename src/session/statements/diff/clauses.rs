//! What a comparison of tables takes beside its sides.

use crate::base::error::{Code, Error, Result, nearest};
use crate::lang::ast::{Clauses, Distinct, Name, Objective};
use crate::perf::{TABLES, TableSpec};

/// Clauses that say something of measurements.
pub(super) fn check(clauses: &Clauses) -> Result<()> {
    let of = |name: &Name, what: &str| {
        Err(Error::question(Code::NotForMeasurements, format!("{what} in a comparison of tables"))
            .at(name.loc.span(), "not here")
            .help("it takes `on SYSTEM`, `using BACKEND ['VERSION']` and `top N`"))
    };
    if let Some((_, Some(gpus))) = clauses.placements.first() {
        let name = Name { text: String::new(), loc: gpus.loc.clone() };
        return of(&name, "there are no GPUs to count");
    }
    if let Some((name, _)) = clauses.placements.get(1) {
        return of(name, "there is one system");
    }
    if let Some((name, _)) = clauses.frameworks.get(1) {
        return of(name, "there is one backend");
    }
    let named = (clauses.models.first()).or(clauses.modes.first());
    let named = named.or(clauses.serving.first().map(|t| &t.name));
    if let Some(name) = named {
        return of(name, "there are no candidates");
    }
    let filter = clauses.filter.first().or(clauses.preferences.first().map(|p| &p.condition));
    let objective = match &clauses.objective {
        Some(Objective::Maximize(e) | Objective::Minimize(e)) => Some(e),
        Some(Objective::Pareto(all)) => all.first(),
        None => None,
    };
    if let Some(expr) = filter.or(objective) {
        let name = Name { text: String::new(), loc: expr.loc.clone() };
        return of(&name, "there are no candidates");
    }
    let counted = clauses.top.as_ref().and_then(|top| match &top.distinct {
        Distinct::Columns(columns) => top.per.first().or(columns.first()),
        Distinct::Layouts | Distinct::Candidates => top.per.first(),
    });
    counted.map_or(Ok(()), |name| of(name, "`top` counts all rows"))
}

/// The table of that name.
pub(super) fn spec_of(name: &Name) -> Result<&'static TableSpec> {
    crate::perf::table(&name.text).ok_or_else(|| {
        let error =
            Error::question(Code::NoSuchOpTable, format!("there is no table `{}`", name.text))
                .at(name.loc.span(), "unknown table");
        match nearest(&name.text, TABLES.iter().map(|t| t.name)) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help("`show tables` lists them"),
        }
    })
}
