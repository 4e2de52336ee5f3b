//! `answer.aiq`: the statements that give saved results again, on the same data releases.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::error::Result;
use crate::lang::ast::{Clauses, EstimateInput, Name, Statement, StatementKind};
use crate::lang::edit::Edits;
use crate::lang::quote::quoted;
use crate::session::state::{Named, Session};

/// Names of versions that mean another one once newer data is there.
const MOVING: [&str; 3] = ["current", "next", "previous"];

/// Versions by backend and pool.
type Versions = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

impl Session {
    /// The statements that ask for these results again.
    pub(crate) fn again(&self, names: &[Name], named: &[Named]) -> Result<String> {
        let mut text = String::new();
        let mut data: Vec<&String> =
            named.iter().filter_map(|n| n.answer.footer.as_ref()).flat_map(|f| &f.data).collect();
        data.sort();
        data.dedup();
        for release in data {
            text.push_str(&format!("-- priced on {release}\n"));
        }
        for statement in &self.journal {
            text.push_str(&format!("{statement};\n"));
        }
        for (name, result) in names.iter().zip(named) {
            let question = self.pinned(&result.question)?;
            text.push_str(&format!("let {} = {question};\n", name.text));
        }
        Ok(text)
    }

    /// A question in the words it was asked in, and the versions of backends that it got.
    pub(crate) fn pinned(&self, question: &Statement) -> Result<String> {
        let none = Vec::new();
        let (axes, clauses) = match &question.kind {
            StatementKind::Search(s) => (&s.axes, &s.clauses),
            StatementKind::Estimate(e) => match &e.input {
                EstimateInput::One(terms) => (terms, &e.clauses),
                EstimateInput::Relation(_) => (&none, &e.clauses),
            },
            _ => return Ok(question.loc.text().trim().to_owned()),
        };
        let asked = self.sorted(axes, clauses)?;
        let mut versions = Versions::new();
        for mode in self.modes(&asked)? {
            let pools = mode.pools.iter().map(|p| p.name.text.as_str());
            let pools: Vec<&str> = if mode.pools.is_empty() { vec![""] } else { pools.collect() };
            for pool in pools {
                let given = asked.choice(pool, "version");
                let moves =
                    |names: &[Name]| names.iter().any(|n| MOVING.contains(&n.text.as_str()));
                for target in self.engine.targets(&self.library, &asked, pool)? {
                    if asked.versions.contains_key(&target.backend) || given.is_none_or(moves) {
                        let of = versions.entry(target.backend).or_default();
                        of.entry(pool.to_owned()).or_default().insert(target.version);
                    }
                }
            }
        }
        Ok(pin(question, clauses, &versions))
    }
}

/// The text of a question with its versions written out.
fn pin(question: &Statement, clauses: &Clauses, versions: &Versions) -> String {
    let mut edits = Edits::of(&question.loc);
    let mut missing = Vec::new();
    for (backend, pools) in versions {
        let all: BTreeSet<&String> = pools.values().flatten().collect();
        // Versions that differ by pool, or by system, have no place behind the backend.
        let (Some(only), 1) = (all.first(), all.len()) else { continue };
        let version = quoted(only);
        match clauses.frameworks.iter().find(|(name, _)| name.text == *backend) {
            Some((_, Some(given))) => edits.replace(&given.loc, version),
            Some((name, None)) => edits.append(&name.loc, format!(" {version}")),
            None => missing.push(format!("{} {version}", quoted(backend))),
        }
    }
    let mut text = edits.text().trim().to_owned();
    if !missing.is_empty() {
        text.push_str(&format!("\n  using {}", missing.join(", ")));
    }
    let serving = by_pool(versions);
    if !serving.is_empty() {
        text.push_str(&format!("\n  serving {}", serving.join(", ")));
    }
    text
}

/// Versions of the only backend, where those of its pools differ.
fn by_pool(versions: &Versions) -> Vec<String> {
    let (Some(pools), 1) = (versions.values().next(), versions.len()) else { return Vec::new() };
    let each: Vec<(&String, &String)> = pools
        .iter()
        .filter(|(pool, own)| !pool.is_empty() && own.len() == 1)
        .filter_map(|(pool, own)| Some((pool, own.first()?)))
        .collect();
    let differ = each.windows(2).any(|pair| pair[0].1 != pair[1].1);
    match differ && each.len() == pools.len() {
        true => each.iter().map(|(p, v)| format!("{p}.version = {}", quoted(v))).collect(),
        false => Vec::new(),
    }
}
