//! Signs of other languages, and commas.

use super::place::Place;
use crate::lang::keywords;
use crate::lang::lex::leading_word;
use crate::lang::parse::grammar::Rule;

/// Signs of other languages.
pub(super) fn sign(place: &Place<'_>) -> Option<String> {
    let first = place.rest.chars().next()?;
    let last = place.before.chars().next_back();
    Some(match (last, first) {
        (Some('='), '=') => "two values are compared with `=`".to_owned(),
        (Some('<' | '>'), '<' | '>') => {
            "the signs are `<`, `<=`, `>`, `>=`, `=` and `!=`".to_owned()
        }
        (Some('*'), '*') | (_, '^') => "a power is written `pow(a, b)`".to_owned(),
        (_, '%') => "a remainder is written `mod(a, b)`".to_owned(),
        (_, '!') => "write `not`".to_owned(),
        (_, '&') => "write `and`".to_owned(),
        (_, '|') => "write `or`".to_owned(),
        (_, '≤') => "write `<=`".to_owned(),
        (_, '≥') => "write `>=`".to_owned(),
        (_, '≠') => "write `!=`".to_owned(),
        (_, '×' | '·') => "write `*`".to_owned(),
        (_, 'µ' | 'μ') => "microseconds are written `us`".to_owned(),
        (_, '‘' | '’' | '“' | '”' | '„' | '«' | '»' | '`') => {
            "texts stand between ' and ', or \" and \"".to_owned()
        }
        (_, '$') => "a price is written `$3.20/gpu_hour`".to_owned(),
        (_, ':') if place.expects(&[Rule::kw_in]) => {
            format!("write `{} = value` or `{0} in [..]`", place.last())
        }
        (_, ':') => "nothing stands between clauses".to_owned(),
        _ => return None,
    })
}

/// Commas that are missing or too many.
pub(super) fn comma(place: &Place<'_>) -> Option<String> {
    let before = place.before.trim_end();
    if before.ends_with(',') {
        return Some(match place.word() {
            word if keywords::clause(word).is_some() => format!("no comma stands before `{word}`"),
            _ if place.rest.starts_with(',') => "one comma is enough".to_owned(),
            "" => "something follows a comma".to_owned(),
            _ => return None,
        });
    }
    if let Some(after) = place.rest.strip_prefix(',') {
        return Some(match leading_word(after.trim_start()) {
            next if keywords::clause(next).is_some() => format!("no comma stands before `{next}`"),
            _ => "conditions are joined with `and`; axes come before all clauses".to_owned(),
        });
    }
    let is_value = matches!(place.next(), "=" | "in") && !place.word().is_empty();
    let known = keywords::clause(place.word()).is_some();
    (is_value && !known && (place.expects(&[Rule::clause]) || place.expects(&[Rule::range_tail])))
        .then(|| "a comma is missing before it".to_owned())
}
