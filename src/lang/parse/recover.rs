//! Parsing beyond the first error, to say at once what else is wrong with a text.

use super::strict::parse_first;
use crate::base::error::{Code, Error, Kind, Result};
use crate::lang::ast::Statement;
use crate::lang::lex::statement_ends;

/// Errors that are told of one text; who has so many corrects the first and tries again.
const MOST: usize = 10;
/// Bytes of the longest text in which further errors are looked for: all of it is parsed again for
/// each.
const LONGEST: usize = 100_000;

/// Parses a text into statements.
///
/// # Errors
/// `AIQ0101` with the place and what was expected there, and with it the errors of the statements
/// behind.
pub fn parse(name: &str, text: &str) -> Result<Vec<Statement>> {
    parse_first(name, text).map_err(|error| with_rest(name, text, error))
}

/// An error of a text with those of the statements behind it.
fn with_rest(name: &str, text: &str, first: Error) -> Error {
    let mut all = vec![first];
    let mut rest = text.to_owned();
    while all.len() < MOST
        && text.len() <= LONGEST
        && let Some(last) = all.last()
        && let Some(blanked) = without(&rest, last)
    {
        rest = blanked;
        match parse_first(name, &rest) {
            Ok(_) => break,
            Err(error) => all.push(error),
        }
    }
    all.sort_by_key(|e| e.span.as_ref().map_or(0, |s| s.range.start));
    // Places are the same in the text as it was typed.
    for span in all.iter_mut().filter_map(|e| e.span.as_mut()) {
        text.clone_into(&mut span.text);
    }
    let mut all = all.into_iter();
    let Some(mut first) = all.next() else {
        return Error::new(Kind::Internal, Code::ParserBug, "no error");
    };
    first.more = all.collect();
    first
}

/// The text with the statement of an error blank; `None` where its end is not clear.
fn without(text: &str, error: &Error) -> Option<String> {
    let at = error.span.as_ref()?.range.start;
    let ends = statement_ends(text);
    let start = ends.iter().rev().find(|e| **e < at).map_or(0, |e| e + 1);
    let end = *ends.iter().find(|e| **e >= at)?;
    let statement = text.get(start..end)?;
    // Braces hold definitions, which no semicolon ends.
    if statement.contains(['{', '}']) || statement.trim().is_empty() {
        return None;
    }
    let blank: String = statement.bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }).collect();
    Some(format!("{}{blank}{}", &text[..start], &text[end..]))
}
