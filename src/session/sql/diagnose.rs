//! Errors of the SQL planner in our words, pointing at the place they are about.

use std::collections::BTreeSet;
use std::ops::Range;

use datafusion::common::Column;
use datafusion::common::{DataFusionError, SchemaError};
use datafusion::sql::sqlparser::parser::ParserError;

use super::kinds::in_words;
use crate::base::error::{Code, Error, nearest};
use crate::catalog::deferred::external;
use crate::lang::ast::Loc;

/// The error of a statement: one of ours where we can say it better, else the same. `metrics` are those of
/// deployments.
pub(super) fn diagnose(
    error: DataFusionError,
    sql: &str,
    loc: &Loc,
    metrics: &BTreeSet<String>,
) -> DataFusionError {
    // Where the SQL begins in the text that the user wrote.
    let start = loc.range.start + loc.text().find(sql).unwrap_or(0);
    let at = |range: Range<usize>, error: Error, label: &str| {
        let mut span = loc.span();
        span.range = start + range.start..start + range.end;
        external(error.at(span, label))
    };
    match error.find_root() {
        DataFusionError::SchemaError(schema, _) => {
            let SchemaError::FieldNotFound { field, valid_fields } = schema.as_ref() else {
                return error;
            };
            let name = field.name();
            let names: Vec<&str> = valid_fields.iter().map(Column::name).collect();
            let own = Error::question(Code::NoSuchName, format!("there is no column `{name}`"));
            let place = error.diagnostic().and_then(|d| d.span).and_then(|s| {
                let start = offset(sql, s.start.line, s.start.column)?;
                // An empty end is unknown: a name is as long as it is.
                let end = offset(sql, s.end.line, s.end.column).filter(|&end| end > start);
                Some(start..end.unwrap_or(start + name.len()).min(sql.len()))
            });
            let compared = place
                .as_ref()
                .is_some_and(|p| sql[..p.start].trim_end().ends_with(['=', '<', '>']));
            let own = match nearest(name, names.iter().copied()) {
                _ if compared => own.help(format!("a text stands in quotes: '{name}'")),
                _ if metrics.contains(name) => own.help(format!(
                    "a result has this metric where its question is about it, as `search ... where {name} < ...`"
                )),
                Some(near) => own.help(format!("did you mean `{near}`?")),
                None if names.is_empty() => own,
                None => own.help(format!("columns: {}", names.join(", "))),
            };
            match place {
                Some(place) => at(place, own, "no such column"),
                None => external(own),
            }
        }
        DataFusionError::SQL(parser, _) => {
            let (ParserError::TokenizerError(text) | ParserError::ParserError(text)) = &**parser
            else {
                return error;
            };
            let end = sql.trim_end().len();
            let (what, start) = match located(text) {
                Some((what, line, column)) => (what, offset(sql, line, column).unwrap_or(end)),
                None => (text.as_str(), end),
            };
            let what = lowered(what).replace("found: EOF", "found the end");
            let own = Error::question(Code::SqlSyntax, what);
            let rest = sql.get(start..).unwrap_or_default();
            let word =
                rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
            let own = match slip(sql, &rest[..word]) {
                Some(help) => own.help(help),
                None => own,
            };
            let width = word.max(rest.chars().next().map_or(0, char::len_utf8));
            at(start..start + width, own, "here")
        }
        DataFusionError::Plan(text) => match in_words(text) {
            Some(text) => external(Error::question(Code::SqlPlan, text)),
            None => error,
        },
        _ => error,
    }
}

/// What was likely meant where SQL is not understood.
fn slip(sql: &str, word: &str) -> Option<String> {
    const WORDS: [&str; 9] =
        ["from", "where", "group", "order", "limit", "join", "having", "union", "select"];
    if sql.split_whitespace().any(|w| w.eq_ignore_ascii_case("search")) {
        return Some("a search has a name in SQL: `let a = search ..; select * from a`".to_owned());
    }
    let mut words = sql.split_whitespace();
    if words.next().is_some_and(|w| w.eq_ignore_ascii_case("describe"))
        && words.next().is_some_and(|w| w.eq_ignore_ascii_case("table"))
    {
        return Some(format!("write `describe {word}`"));
    }
    // A misspelled `from` is taken for the name of a column before it.
    let before = sql.split(word).next().and_then(|head| head.split_whitespace().next_back());
    let before =
        before.filter(|_| !word.is_empty()).and_then(|b| nearest(b, ["from"]).map(|n| (b, n)));
    if let Some((_, near)) = before.filter(|(typed, near)| !typed.eq_ignore_ascii_case(near)) {
        return Some(format!("did you mean `{near}`?"));
    }
    let near = nearest(word, WORDS).filter(|near| !near.eq_ignore_ascii_case(word))?;
    Some(format!("did you mean `{near}`?"))
}

/// Splits `... at Line: 1, Column: 8`.
fn located(text: &str) -> Option<(&str, u64, u64)> {
    let (what, place) = text.rsplit_once(" at Line: ")?;
    let (line, column) = place.split_once(", Column: ")?;
    Some((what, line.parse().ok()?, column.trim().parse().ok()?))
}

/// With a small first letter, as messages here begin.
fn lowered(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_lowercase).into_iter().flatten();
    first.chain(letters).collect()
}

/// Byte offset of a line and a column, both from 1, in characters.
fn offset(text: &str, line: u64, column: u64) -> Option<usize> {
    let skip = usize::try_from(line.checked_sub(1)?).ok()?;
    let start: usize = text.split_inclusive('\n').take(skip).map(str::len).sum();
    let within = usize::try_from(column.checked_sub(1)?).ok()?;
    let rest = text.get(start..)?;
    let found = rest.char_indices().nth(within).map(|(at, _)| at);
    found.or_else(|| (rest.chars().count() == within).then_some(rest.len())).map(|at| start + at)
}
