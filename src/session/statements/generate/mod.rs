//! `generate`: from a row of a named result to files.

mod deployment;
mod question;

use std::path::Path;

use super::show::texts;
use crate::answer::Answer;
use crate::base::error::{Code, Error, Result};
use crate::deploy::{self, Platform, UserValues};
use crate::lang::ast::{self, Destination, Domain, FileValue, Item, Name, StatementKind, Target};
use crate::lang::parse::parse;
use crate::model::value::Value;
use crate::plan::question::NoNames;
use crate::session::state::Session;

/// A `generate` statement.
pub(in crate::session) struct Files<'a> {
    pub(in crate::session) row: &'a Target,
    pub(in crate::session) to: &'a Destination,
    pub(in crate::session) platform: Option<&'a Name>,
    pub(in crate::session) api: Option<&'a Name>,
    pub(in crate::session) values: &'a [FileValue],
}

impl Session {
    pub(in crate::session) fn generate(&mut self, statement: &Files<'_>) -> Result<Answer> {
        let Files { row, to, platform, api, values } = statement;
        let named = platform.map(named_platform).transpose()?;
        let mut deployment = self.deployment(row)?;
        let platform = named.map_or_else(|| deploy::default_platform(&deployment), Ok)?;
        for value in *values {
            let key = match value {
                FileValue::File(name) => name,
                FileValue::One(term) => &term.name,
            };
            user_value(&mut deployment.user, value)
                .map_err(|e| if e.span.is_some() { e } else { e.at(key.loc.span(), "here") })?;
        }
        if let Some(api) = api {
            deployment.user.set("k8s.api", api.text.clone().into())?;
        }
        let over = self.may_replace(to);
        let to = &to.path;
        let folder = Path::new(&to.text);
        let written = deploy::write(&deployment, platform, folder, over)
            .map_err(|e| e.at(to.loc.span(), "nothing was written"))?;
        let rows: Vec<Vec<String>> =
            written.files.into_iter().map(|f| vec![format!("{}/{f}", to.text)]).collect();
        let mut answer = texts(&["file"], &rows)?;
        answer.notes = written.notes;
        if named.is_none() {
            answer.notes.insert(0, format!("written for {}; `for` names another", platform.name()));
        }
        answer.notes.extend(self.judged(folder)?);
        Ok(answer)
    }

    /// What is wrong with the candidate that files deploy, where users gave the engine values of their
    /// own: it is no longer the one that was answered.
    fn judged(&mut self, folder: &Path) -> Result<Vec<String>> {
        let checked = deploy::check(folder)?;
        let Some(text) = checked.estimate.filter(|_| !checked.replaced.is_empty()) else {
            return Ok(Vec::new());
        };
        let statements = parse("generated files", &text)?;
        let Some(StatementKind::Estimate(estimate)) = statements.first().map(|s| &s.kind) else {
            return Ok(Vec::new());
        };
        let found = self.run_estimate(estimate, &statements[0].loc, &mut |_| {
            std::ops::ControlFlow::Continue(())
        });
        let wrong = match found {
            Ok(answer) if answer.feasible => return Ok(Vec::new()),
            Ok(answer) => answer.notes,
            Err(error) => vec![format!("this candidate cannot be priced: {}", error.message)],
        };
        Ok(checked.replaced.into_iter().chain(wrong).collect())
    }
}

/// The platform of a clause.
///
/// # Errors
/// `AIQ0701` at the name.
pub(in crate::session) fn named_platform(name: &Name) -> Result<Platform> {
    Platform::named(&name.text).map_err(|e| e.at(name.loc.span(), "unknown"))
}

/// Adds what a statement says of the files.
fn user_value(user: &mut UserValues, value: &FileValue) -> Result<()> {
    let term = match value {
        FileValue::File(name) => return user.file(Path::new(&name.text)),
        FileValue::One(term) => term,
    };
    let json = match &term.domain {
        Domain::Value(expr) => literal(expr)?,
        Domain::Items(items) => {
            let one = |item: &Item| match item {
                Item::One(expr) => literal(expr),
                Item::Range { low, .. } => {
                    Err(Error::question(Code::BadUserValue, "a range is no value")
                        .at(low.loc.span(), "write out the list"))
                }
            };
            items.iter().map(one).collect::<Result<Vec<_>>>()?.into()
        }
    };
    user.set(&term.name.text, json)
}

/// A value as written; a bare word is a text.
fn literal(expr: &ast::Expr) -> Result<serde_json::Value> {
    if let ast::ExprKind::Name(word) = &expr.kind {
        return Ok(word.as_str().into());
    }
    Ok(match crate::plan::expr::lower::known(expr, &NoNames)? {
        Value::Number(n) => deploy::number(n),
        other => other.to_json(),
    })
}
