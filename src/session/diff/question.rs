//! The two sides of a question asked twice.

use crate::error::{Error, Result, nearest};
use crate::lang::ast::{
    AxisTerm, Domain, Expr, ExprKind, Name, Search, Side, Statement, StatementKind,
};
use crate::session::names::check;
use crate::session::vary::with_terms;
use crate::session::{Named, Session};

pub(super) use crate::session::vary::said;

/// `name = value` as an axis.
fn fixed(name: &str, value: &Name) -> AxisTerm {
    let kind = ExprKind::Text(value.text.clone());
    let value = Expr { kind, loc: value.loc.clone() };
    let name = Name { text: name.to_owned(), loc: value.loc.clone() };
    AxisTerm { name, domain: Domain::Value(value) }
}

impl Session {
    /// What a side fixes: a system, a backend with or without a version, a version, a model, or
    /// axes and settings by name.
    pub(super) fn side(&self, side: &Side) -> Result<Vec<AxisTerm>> {
        match side {
            Side::Terms(terms) => {
                check(&self.library, terms.iter().map(|t| &t.name))?;
                Ok(terms.clone())
            }
            Side::Named(name, version) => self.named_side(name, version.as_ref()),
        }
    }

    fn named_side(&self, name: &Name, version: Option<&Name>) -> Result<Vec<AxisTerm>> {
        let systems = self.engine.catalog.systems();
        let mut backends: Vec<String> = Vec::new();
        let mut versions: Vec<String> = Vec::new();
        for system in &systems {
            for backend in self.engine.catalog.backends(system).unwrap_or_default() {
                let of = self.engine.catalog.versions(system, &backend).unwrap_or_default();
                versions.extend(of.iter().map(ToString::to_string));
                backends.push(backend);
            }
        }
        let is = |known: &[String]| known.contains(&name.text);
        if is(&backends) {
            let mut terms = vec![fixed("backend", name)];
            terms.extend(version.map(|v| fixed("version", v)));
            return Ok(terms);
        }
        if is(&systems) {
            return Ok(vec![fixed("system", name)]);
        }
        if is(&versions) {
            return Ok(vec![fixed("version", name)]);
        }
        if self.engine.checkpoints.names().any(|m| *m == name.text) {
            return Ok(vec![fixed("model", name)]);
        }
        let error = Error::question(
            "AIQ0234",
            format!("there is no system, backend, version or model `{}`", name.text),
        )
        .at(name.loc.span(), "unknown side of a comparison");
        let known = systems.iter().chain(&backends).chain(&versions).map(String::as_str);
        Err(match nearest(&name.text, known) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help("write `name = value` for anything else, as in `between kv = fp8 and kv = bfloat16`"),
        })
    }

    /// The answer to a search with something fixed.
    pub(super) fn asked_with(&mut self, search: &Statement, terms: &[AxisTerm]) -> Result<Named> {
        let StatementKind::Search(own) = &search.kind else {
            return Err(Error::question("AIQ0235", "only searches are compared")
                .at(search.loc.span(), "not a search"));
        };
        let varied: Search = with_terms(own, terms);
        let answer = self.run_search(&varied)?;
        let kind = StatementKind::Search(varied);
        Ok(Named { answer, question: Statement { kind, loc: search.loc.clone() } })
    }
}
