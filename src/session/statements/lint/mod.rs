//! `aiq lint`: what is likely not meant, found by planning the questions of a text without asking
//! them.

mod sql;

use std::collections::BTreeMap;

use self::sql::Open;
use crate::base::error::{Code, Error, Kind, Result};
use crate::lang::ast::{
    AxisTerm, Clauses, Definition, EstimateInput, Loc, Name, Search, Statement, StatementKind,
};
use crate::lang::parse::parse;
use crate::session::state::Prepared;
use crate::session::state::Session;

impl Session {
    /// Errors and remarks about a text. Settings and definitions take effect, questions are planned,
    /// nothing is written.
    pub fn lint(&mut self, source_name: &str, text: &str) -> Vec<Error> {
        let statements = match parse(source_name, text) {
            Ok(statements) => statements,
            Err(error) => return vec![error],
        };
        let mut found = Vec::new();
        let (mut settings, mut open) = (Settings::default(), Open::default());
        for statement in &statements {
            if let Err(error) = self.look(statement, &mut settings, &mut open, &mut found) {
                found.push(error);
            }
        }
        found.extend(unused(&statements));
        found.extend(named_twice(&statements));
        found.sort_by_key(|e| e.span.as_ref().map_or(0, |s| s.range.start));
        found
    }

    fn look(
        &mut self,
        statement: &Statement,
        settings: &mut Settings,
        open: &mut Open,
        found: &mut Vec<Error>,
    ) -> Result<()> {
        match &statement.kind {
            StatementKind::Sql(sql) => self.look_sql(sql, &statement.loc, open)?,
            StatementKind::Set(terms) => {
                self.set(terms)?;
                for term in terms {
                    settings.set(&term.name, found);
                }
            }
            StatementKind::Define(definition) => self.library.define(definition.clone())?,
            StatementKind::Search(search) => {
                self.look_search(search, &statement.loc, settings, found)?;
            }
            StatementKind::Let(name, question) => {
                open.add(&name.text);
                match &question.kind {
                    StatementKind::Search(search) => {
                        let planned = self.look_search(search, &question.loc, settings, found)?;
                        self.name_plan(name, question, &planned, open);
                    }
                    _ => self.look(question, settings, open, found)?,
                }
            }
            StatementKind::Estimate(estimate) => {
                settings.asked(given_estimate(estimate), found);
                match &estimate.input {
                    EstimateInput::One(terms) => {
                        self.sorted(terms, &estimate.clauses)?;
                    }
                    EstimateInput::Relation(sql) => self.look_sql(sql, &statement.loc, open)?,
                }
            }
            StatementKind::Include(file) => drop(self.include(file)?),
            StatementKind::Attach(directory) => drop(self.attach(directory)?),
            // Their questions and rows need answers, which are not computed here.
            _ => {}
        }
        Ok(())
    }

    fn look_search(
        &self,
        search: &Search,
        loc: &Loc,
        settings: &mut Settings,
        found: &mut Vec<Error>,
    ) -> Result<Prepared> {
        settings.asked(given(&search.axes, &search.clauses), found);
        let (prepared, _) = self.prepare(search)?;
        let mut head = loc.span();
        let word = loc.text().find(char::is_whitespace).unwrap_or(loc.text().len());
        head.range.end = head.range.start + word;
        if !prepared.assumptions.is_empty() {
            let remark = Error::new(
                Kind::Note,
                Code::DefaultsShapeAnswer,
                "defaults shape the answer of this question",
            );
            let remark = remark.at(head, "leaves these open");
            found.push(prepared.assumptions.iter().fold(remark, |e, a| e.help(a.clone())));
        }
        Ok(prepared)
    }
}

fn remark(code: Code, message: String) -> Error {
    Error::new(Kind::Warning, code, message)
}

/// Settings that no question has used yet.
#[derive(Default)]
struct Settings {
    waiting: BTreeMap<String, Name>,
}

impl Settings {
    fn set(&mut self, name: &Name, found: &mut Vec<Error>) {
        if let Some(before) = self.waiting.insert(name.text.clone(), name.clone()) {
            found.push(
                remark(Code::NoEffect, format!("`{}` is set again before it is used", name.text))
                    .at(before.loc.span(), "has no effect"),
            );
        }
    }

    /// A question was asked with its own values of these names.
    fn asked(&mut self, own: Vec<Name>, found: &mut Vec<Error>) {
        for name in own {
            if let Some(setting) = self.waiting.get(&name.text) {
                let line = setting.loc.source.text.get(..setting.loc.range.start);
                let line = 1 + line.unwrap_or_default().matches('\n').count();
                found.push(
                    remark(Code::NoEffect, format!("the question has its own `{}`", name.text)).at(
                        name.loc.span(),
                        format!("the setting of line {line} has no effect here"),
                    ),
                );
            }
        }
        self.waiting.clear();
    }
}

fn given(axes: &[AxisTerm], clauses: &Clauses) -> Vec<Name> {
    let named =
        |as_setting: &str, name: &Name| Name { text: as_setting.to_owned(), loc: name.loc.clone() };
    let mut names: Vec<Name> =
        axes.iter().chain(&clauses.serving).map(|t| t.name.clone()).collect();
    names.extend(clauses.hypotheses.iter().map(|h| h.name.clone()));
    names.extend(clauses.models.first().map(|n| named("model", n)));
    names.extend(clauses.modes.first().map(|n| named("mode", n)));
    names.extend(clauses.placements.first().map(|(n, _)| named("system", n)));
    names.extend(clauses.placements.iter().find(|p| p.1.is_some()).map(|(n, _)| named("gpus", n)));
    names.extend(clauses.frameworks.first().map(|(n, _)| named("backend", n)));
    names.extend(clauses.frameworks.iter().find_map(|f| f.1.as_ref()).map(|n| named("version", n)));
    names
}

fn given_estimate(estimate: &crate::lang::ast::Estimate) -> Vec<Name> {
    match &estimate.input {
        EstimateInput::One(terms) => given(terms, &estimate.clauses),
        EstimateInput::Relation(_) => given(&[], &estimate.clauses),
    }
}

/// Names that statements give, and whether to a result.
fn names(statements: &[Statement]) -> impl Iterator<Item = (usize, &Name, bool)> {
    statements.iter().enumerate().filter_map(|(i, s)| match &s.kind {
        StatementKind::Let(name, _) => Some((i, name, true)),
        StatementKind::Define(Definition::Let(definition)) => Some((i, &definition.name, false)),
        _ => None,
    })
}

fn uses(statement: &Statement, name: &str) -> bool {
    mentions(statement.loc.text(), name)
}

/// Whether a text has a name as a word of its own.
fn mentions(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let inside = |c: char| c.is_ascii_alphanumeric() || c == '_';
        !text[..at].ends_with(|c: char| inside(c) || c == '.')
            && !text[at + name.len()..].starts_with(inside)
    })
}

/// `let`s that nothing refers to. A definition that replaces a shipped one is used by the model.
fn unused(statements: &[Statement]) -> Vec<Error> {
    let shipped = crate::model::library::Library::shipped().ok();
    let replaces =
        |name: &str| shipped.as_ref().is_none_or(|l| l.lets.iter().any(|d| d.name.text == name));
    names(statements)
        .filter(|(i, name, is_result)| {
            let others = statements.iter().enumerate().filter(|(j, _)| j != i);
            let mut others = others.filter(|(j, _)| !is_result || j > i).map(|(_, s)| s);
            // An assertion right behind a result is about it, whatever it is called.
            let asserted = *is_result
                && matches!(statements.get(i + 1).map(|s| &s.kind), Some(StatementKind::Assert(_)));
            !asserted
                && !others.any(|s| uses(s, &name.text))
                && (*is_result || !replaces(&name.text))
        })
        .map(|(_, name, _)| {
            remark(Code::NeverUsed, format!("`{}` is never used", name.text))
                .at(name.loc.span(), "nothing refers to it")
                .help("drop the `let`, or refer to the name")
        })
        .collect()
}

fn named_twice(statements: &[Statement]) -> Vec<Error> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut found = Vec::new();
    for (i, name, is_result) in names(statements) {
        if is_result
            && let Some(before) = seen.insert(&name.text, i)
            && !statements[before + 1..=i].iter().any(|s| uses(s, &name.text) && !is_let(s, name))
        {
            found.push(
                remark(
                    Code::NameGivenTwice,
                    format!("`{}` is named before and not used since", name.text),
                )
                .at(name.loc.span(), "replaces the first"),
            );
        }
    }
    found
}

fn is_let(statement: &Statement, name: &Name) -> bool {
    matches!(&statement.kind, StatementKind::Let(own, _) if own.text == name.text)
}
