//! Going on behind an error: what else is wrong with a text.

use super::parse_first;
use crate::error::{Error, Kind};

/// More errors help nobody.
const MOST: usize = 10;
/// In longer texts each error would cost another look at all of it.
const LONGEST: usize = 100_000;

/// An error of a text with those of the statements behind it.
pub(super) fn with_rest(name: &str, text: &str, first: Error) -> Error {
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
        return Error::new(Kind::Internal, "AIQ0901", "no error");
    };
    first.more = all.collect();
    first
}

/// The text with the statement of an error blank; `None` where its end is not clear.
fn without(text: &str, error: &Error) -> Option<String> {
    let at = error.span.as_ref()?.range.start;
    let ends = semicolons(text);
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

/// Where semicolons end statements: those outside of texts, comments and the brackets of a mix.
pub(super) fn semicolons(text: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let mut quote = None;
    let mut in_comment = false;
    let mut brackets = 0_usize;
    let mut last = ' ';
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (_, '\n') if in_comment => in_comment = false,
            _ if in_comment => {}
            (Some(q), c) if q == c => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '-') if last == '-' => in_comment = true,
            (None, '(') if brackets > 0 || ends_in_mix(&text[..at]) => brackets += 1,
            (None, ')') => brackets = brackets.saturating_sub(1),
            (None, ';') if brackets == 0 => found.push(at),
            _ => {}
        }
        last = c;
    }
    found
}

fn ends_in_mix(before: &str) -> bool {
    let mut words = before.trim_end().rsplit(|c: char| !c.is_alphanumeric() && c != '_');
    words.next().is_some_and(|w| w.eq_ignore_ascii_case("mix"))
}
