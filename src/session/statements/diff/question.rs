//! The two sides of a question asked twice.

use super::Half;
use super::data_overlay::{Laid, is_directory};
use crate::base::error::{Code, Error, Result, nearest};
use crate::lang::ast::{
    AxisTerm, Domain, Expr, ExprKind, Name, Search, Side, Statement, StatementKind,
};
use crate::session::analysis::names::check;
use crate::session::analysis::refine::{said, with_terms};
use crate::session::state::{Named, Session};

/// What a side has of its own.
pub(super) struct Own {
    /// Axes and settings.
    terms: Vec<AxisTerm>,
    /// Data.
    laid: Option<Laid>,
    /// The same in words.
    said: String,
}

impl Own {
    fn fixing(terms: Vec<AxisTerm>) -> Self {
        let said = said(&terms);
        Self { terms, laid: None, said }
    }

    /// `between vllm 'A' and 'B'`: the second version is one of the same backend.
    pub(super) fn completed_by(&mut self, first: &Self) {
        let has = |own: &Self, name: &str| own.terms.iter().any(|t| t.name.text == name);
        if has(self, "version") && !has(self, "backend") && has(first, "version") {
            let backend = first.terms.iter().find(|t| t.name.text == "backend");
            self.terms.extend(backend.cloned());
        }
    }

    /// Whether the serving mode is all that is fixed.
    pub(super) fn is_mode(&self) -> bool {
        self.laid.is_none() && self.terms.iter().all(|t| t.name.text == "mode")
    }
}

/// `name = value` as an axis.
fn fixed(name: &str, value: &Name) -> AxisTerm {
    let kind = ExprKind::Text(value.text.clone());
    let value = Expr { kind, loc: value.loc.clone() };
    let name = Name { text: name.to_owned(), loc: value.loc.clone() };
    AxisTerm { name, domain: Domain::Value(value) }
}

/// What a name of a side names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    System,
    Backend,
    Version,
    Model,
    Mode,
    Directory,
}

impl Session {
    /// What a side fixes: a system, a backend with or without a version, a version, a mode, a model, a data
    /// directory, or axes and settings by name.
    pub(super) fn side(&self, side: &Side) -> Result<Own> {
        let (name, version) = match side {
            Side::Terms(terms) => {
                check(&self.library, terms.iter().map(|t| &t.name))?;
                return Ok(Own::fixing(terms.clone()));
            }
            Side::Named(name, version) => (name, version),
        };
        Ok(match self.kind_of(name)? {
            Kind::Backend => {
                let mut terms = vec![fixed("backend", name)];
                terms.extend(version.iter().map(|v| fixed("version", v)));
                Own::fixing(terms)
            }
            Kind::System => Own::fixing(vec![fixed("system", name)]),
            Kind::Version => Own::fixing(vec![fixed("version", name)]),
            Kind::Model => Own::fixing(vec![fixed("model", name)]),
            Kind::Mode => Own { said: name.text.clone(), ..Own::fixing(vec![fixed("mode", name)]) },
            Kind::Directory => Own {
                terms: Vec::new(),
                laid: Some(self.laid(name)?),
                said: format!("data = {}", name.text),
            },
        })
    }

    /// What a name of a side names.
    pub(super) fn kind_of(&self, name: &Name) -> Result<Kind> {
        let catalog = &self.engine.catalog;
        let systems = catalog.systems();
        let mut backends: Vec<String> = Vec::new();
        let mut versions: Vec<String> = Vec::new();
        for system in &systems {
            let libraries = crate::catalog::LIBRARIES.map(str::to_owned);
            for backend in catalog.backends(system).unwrap_or_default().into_iter().chain(libraries)
            {
                let of = catalog.versions(system, &backend).unwrap_or_default();
                versions.extend(of);
                backends.push(backend);
            }
        }
        versions.extend(crate::catalog::version::SLOTS.map(str::to_owned));
        let is = |known: &[String]| known.contains(&name.text);
        if is(&backends) {
            return Ok(Kind::Backend);
        }
        if is(&systems) {
            return Ok(Kind::System);
        }
        if is(&versions) {
            return Ok(Kind::Version);
        }
        if self.engine.checkpoints.names().any(|m| *m == name.text) {
            return Ok(Kind::Model);
        }
        if self.library.modes.contains_key(&name.text) {
            return Ok(Kind::Mode);
        }
        if is_directory(name) {
            return Ok(Kind::Directory);
        }
        let error = Error::question(
            Code::NoSuchSide,
            format!(
                "there is no system, backend, version, mode, model or directory `{}`",
                name.text
            ),
        )
        .at(name.loc.span(), "unknown side of a comparison");
        let modes = self.library.modes.keys();
        let known =
            systems.iter().chain(&backends).chain(&versions).chain(modes).map(String::as_str);
        Err(match nearest(&name.text, known) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help("write `name = value` for anything else, as in `between kv = fp8 and kv = bfloat16`"),
        })
    }

    /// The answer to a search with something fixed.
    pub(super) fn asked_with(&mut self, search: &Statement, mut own: Own) -> Result<Half> {
        let StatementKind::Search(asked) = &search.kind else {
            return Err(Error::question(Code::NotASearch, "only searches are compared")
                .at(search.loc.span(), "not a search"));
        };
        let varied: Search = with_terms(&self.library, asked, &own.terms);
        let answer = self.over(&mut own.laid, |session| session.run_search(&varied))?;
        let kind = StatementKind::Search(varied);
        let named = Named { answer, question: Statement { kind, loc: search.loc.clone() } };
        Ok(Half { named, laid: own.laid, said: own.said })
    }
}
