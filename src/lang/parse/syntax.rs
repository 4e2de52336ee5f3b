//! Errors of syntax: pest's error with the place, what was expected there, and a hint.

use std::borrow::Cow;
use std::sync::Arc;

use pest::error::{ErrorVariant, InputLocation};

use super::grammar::Rule;
use super::{hints, symbol};
use crate::base::error::{Code, Error};
use crate::lang::ast::{Loc, Source};
use crate::lang::lex::{leading_word, open_quote};

/// Turns pest's error into ours.
pub(super) fn syntax_error(source: &Arc<Source>, error: &pest::error::Error<Rule>) -> Error {
    let at = match error.location {
        InputLocation::Pos(p) => p,
        InputLocation::Span((p, _)) => p,
    };
    let rest = source.text.get(at..).unwrap_or("");
    let word = leading_word(rest);
    let len = word.len().max(rest.chars().next().map_or(0, char::len_utf8));
    let loc = Loc { source: Arc::clone(source), range: at..at + len };
    let expected: &[Rule] = match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => positives,
        ErrorVariant::CustomError { .. } => &[],
    };
    let message = match rest.chars().next() {
        None => "the statement is incomplete".to_owned(),
        Some(_) if !word.is_empty() => format!("`{word}` is not expected here"),
        Some(c) => format!("`{c}` is not expected here"),
    };
    let error = Error::question(Code::Syntax, message).at(loc.span(), label(expected));
    match hint(&source.text, at, expected) {
        Some(hint) => error.help(hint),
        None => error,
    }
}

/// What is expected instead, in words.
fn label(expected: &[Rule]) -> String {
    let mut names: Vec<Cow<'_, str>> = expected.iter().filter_map(|r| symbol::name(*r)).collect();
    names.sort_unstable();
    names.dedup();
    // A unit may follow any number: it is named only where nothing else is possible.
    if names.len() > 1 {
        names.retain(|name| *name != symbol::UNIT);
    }
    if names == ["`price`"] {
        // `price` is only the special form of a setting; pest does not name the general one.
        names = vec!["a setting and its value".into()];
    }
    match names.as_slice() {
        [] => "not understood here".to_owned(),
        [one] => format!("expected {one}"),
        [init @ .., last] => format!("expected {} or {last}", init.join(", ")),
    }
}

fn hint(text: &str, at: usize, expected: &[Rule]) -> Option<String> {
    if let Some(quote) = open_quote(text) {
        return Some(format!("a text that begins with {quote} is never closed"));
    }
    let (before, rest) = text.split_at(at);
    hints::help(&hints::Place { before, rest, expected })
}
