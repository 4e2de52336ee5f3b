//! Values: texts, numbers and lists.

use super::place::{Place, word_before};
use crate::lang::lex::is_word;
use crate::lang::parse::grammar::Rule;
use crate::lang::units::Unit;

/// Texts without quotes.
pub(super) fn quote(place: &Place<'_>) -> Option<String> {
    if !place.expects(&[Rule::string, Rule::template]) {
        return None;
    }
    let end = place.rest.find(|c: char| c.is_whitespace() || c == ';' || c == ',');
    let text = &place.rest[..end.unwrap_or(place.rest.len())];
    // Where a clause may follow as well, the word is more likely one.
    let first = text.chars().next()?;
    let is_clause = place.expects(&[Rule::clause]) && !first.is_ascii_digit();
    (is_word(first) && !is_clause).then(|| format!("texts are quoted: '{text}'"))
}

/// Numbers and their units.
pub(super) fn number(place: &Place<'_>) -> Option<String> {
    let last = place.last();
    let is_number = last.starts_with(|c: char| c.is_ascii_digit());
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let mut chars = place.rest.chars();
    let first = chars.next();
    if is_number && Unit::parse(place.word()).is_some() {
        return Some(format!(
            "a unit follows its number without a blank: `{last}{}`",
            place.word()
        ));
    }
    if first == Some(',') && is_number && digit(chars.next()) && place.before.ends_with(last) {
        return Some("digits are grouped with `_`, as in 1_000, or not at all".to_owned());
    }
    if first == Some('.') && place.before.ends_with("..") {
        return Some("a range has two dots, as in 1..8".to_owned());
    }
    match place.word() {
        "to" if is_number => Some(format!("a range has two dots: `{last}..{}`", place.next())),
        "by" => Some(format!(
            "a factor has a star: `by *{0}`; equal steps are `step {0}`",
            place.next()
        )),
        _ => None,
    }
}

/// Lists in other brackets, or in none.
pub(super) fn list(place: &Place<'_>) -> Option<String> {
    let statement = place.statement();
    let begins = |sign: char| place.rest.starts_with(sign);
    let digit = place.rest.starts_with(|c: char| c.is_ascii_digit());
    let open =
        |sign: char| statement.rfind(sign).filter(|at| !statement[*at..].contains([')', ']']));
    let behind_in = |at: usize| word_before(statement, at) == "in";
    if begins('{') && place.last() == "in" || (begins(',') && open('(').is_some_and(behind_in)) {
        return Some("a list stands between `[` and `]`".to_owned());
    }
    if digit && open('[').is_some() {
        return Some("the values of a list are separated by commas".to_owned());
    }
    if digit && statement.trim_end().ends_with(',') {
        return Some("several values stand between `[` and `]`".to_owned());
    }
    None
}
