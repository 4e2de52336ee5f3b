//! What people type who know other languages: the whole of a phrase, and what it is here.

use super::place::{Place, word_before};
use crate::lang::keywords;
use crate::lang::lex::leading_word;
use crate::lang::parse::grammar::Rule;

/// A phrase that has another form here.
pub(super) fn slip(place: &Place<'_>) -> Option<String> {
    flag_of_engine(place)
        .or_else(|| name_without_quotes(place))
        .or_else(|| of_statement(place))
        .or_else(|| of_clause(place))
        .or_else(|| of_value(place))
}

/// A value for an engine under the name of its flag: `with engine.max-num-seqs = 4`.
fn flag_of_engine(place: &Place<'_>) -> Option<String> {
    let begin = place.before.rfind(|c: char| c.is_whitespace() || c == ',').map_or(0, |at| at + 1);
    let whole = format!("{}{}", &place.before[begin..], place.rest);
    let end = whole.find(|c: char| c.is_whitespace() || matches!(c, '=' | ',' | ';'));
    let name = &whole[..end.unwrap_or(whole.len())];
    let is_key = name.contains('.') && name.contains('-') && !name.contains(['/', '\'', '"']);
    let in_with = leading_word(place.statement().trim_start()).eq_ignore_ascii_case("generate");
    let key = name.trim_start_matches('-').replace('-', "_");
    (in_with && is_key).then(|| format!("names have `_` in place of `-`: `{key}`"))
}

/// A model, release or file whose name needs quotes: `for Qwen/Qwen3-32B`.
fn name_without_quotes(place: &Place<'_>) -> Option<String> {
    let begin = place.before.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let end = place.rest.find(|c: char| c.is_whitespace() || matches!(c, ';' | ','));
    let (head, tail) = (&place.before[begin..], &place.rest[..end.unwrap_or(place.rest.len())]);
    let takes_name = |word: &str| ["for", "using"].iter().any(|w| w.eq_ignore_ascii_case(word));
    if head.is_empty() {
        // What stands before is a whole word, which would have needed a value as an axis.
        let last = place.last();
        let of_model = last == "model"
            || last.contains(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit());
        let named = takes_name(place.word_before_last()) && of_model;
        if !named || !place.expects(&[Rule::kw_in, Rule::multiple]) {
            return None;
        }
        return Some(match last {
            "model" => "the name follows `for` directly: `for 'NAME'`".to_owned(),
            _ => format!("texts are quoted: `for '{last}'`"),
        });
    }
    let before = word_before(place.before, begin);
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/:@".contains(c);
    let is_name = format!("{head}{tail}").chars().all(plain) && !tail.is_empty();
    (takes_name(before) && is_name).then(|| format!("texts are quoted: `{before} '{head}{tail}'`"))
}

/// Statements that begin or go on otherwise.
fn of_statement(place: &Place<'_>) -> Option<String> {
    let (word, last) = (place.word(), place.last());
    if place.begins_statement() && matches!(word, "exit" | "quit") {
        return Some("only the shell has it; a file ends with its last statement".to_owned());
    }
    let statement = place.statement();
    let first = leading_word(statement.trim_start());
    match first {
        "search" if last == "distinct" || word == "distinct" => {
            let column = if word == "distinct" { place.next() } else { word };
            Some(format!("it stands behind a count: `top 5 distinct {column}`"))
        }
        "diff" if last == "diff" && place.next().starts_with(|c: char| c.is_ascii_alphabetic()) => {
            Some(format!("two results have a comma between them: `diff {word}, {}`", place.next()))
        }
        "plot" if !word.is_empty() && keywords::find(word).is_none() => {
            Some("the two axes have a comma between them: `plot a X, Y`".to_owned())
        }
        _ => None,
    }
}

/// Clauses in the words of SQL.
fn of_clause(place: &Place<'_>) -> Option<String> {
    let (word, last) = (place.word(), place.last());
    let clause = clause_before(place);
    if word.eq_ignore_ascii_case("by") && matches!(last, "order" | "sort" | "ORDER") {
        return Some(format!("rows are ordered by `maximize {}` or `minimize {0}`", place.next()));
    }
    let direction = matches!(word, "desc" | "asc" | "descending" | "ascending" | "DESC" | "ASC");
    if let (true, Some(kind @ ("maximize" | "minimize"))) = (direction, clause) {
        return Some(format!("leave out `{word}`: `{kind}` says which way"));
    }
    if clause == Some("pareto") && !word.is_empty() && !place.rest.starts_with(',') {
        let has_comma = place.statement().rsplit("pareto").next().is_some_and(|t| t.contains(','));
        if !has_comma {
            return Some("trade-offs are between two metrics or more: `pareto A, B`".to_owned());
        }
    }
    let compares =
        ["<", ">", "=", "!"].contains(&place.next()) || place.next().starts_with(['<', '>']);
    if matches!(clause, Some("where" | "prefer"))
        && compares
        && keywords::find(word).is_none()
        && !word.is_empty()
    {
        return Some(format!("conditions are joined with `and`: `and {word} ...`"));
    }
    None
}

/// The clause that a place is in.
fn clause_before(place: &Place<'_>) -> Option<&'static str> {
    let words = place.statement().split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.rev().find_map(keywords::clause)
}

/// Values in another form.
fn of_value(place: &Place<'_>) -> Option<String> {
    let (word, last) = (place.word(), place.last());
    let before = place.before.trim_end();
    let is_number = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    if place.rest.starts_with('[') && before.ends_with('=') {
        let name = word_before(before, before.len() - 1);
        return Some(format!("several values stand behind `in`: `{name} in [..]`"));
    }
    if is_number(last) && matches!(word, "tokens" | "token" | "gpus" | "requests") {
        return Some(format!("leave out `{word}`: `{last}`"));
    }
    if place.expects(&[Rule::kw_in]) && is_number(word) && !last.is_empty() && !is_number(last) {
        return Some(format!("a value follows `=`: `{last} = {word}`"));
    }
    if place.rest.starts_with(':')
        && place.statement().contains("mix")
        && place.statement().contains('(')
    {
        return Some(
            "classes are separated by `;`: `mix (a: 70% isl = 1k; b: 30% isl = 4k)`".to_owned(),
        );
    }
    if place.expects(&[Rule::placement]) && is_number(word) {
        let rest =
            place.rest[word.len()..].trim_start().trim_start_matches(['*', 'x']).trim_start();
        let system = leading_word(rest);
        if !system.is_empty() && place.rest[word.len()..].trim_start().starts_with(['*', 'x']) {
            return Some(format!("the system comes first: `{system} * {word}`"));
        }
    }
    let decimal = place.rest.strip_prefix(',').map(leading_word).unwrap_or_default();
    let digits = decimal.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    if is_number(last) && before.ends_with(last) && is_number(decimal) && digits.len() != 3 {
        let in_list = place
            .statement()
            .rfind(['[', '('])
            .is_some_and(|at| !place.statement()[at..].contains([']', ')']));
        return (!in_list).then(|| format!("decimals have a point: `{last}.{decimal}`"));
    }
    None
}
