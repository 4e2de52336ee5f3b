//! Phrases of SQL, of other shells and of command lines, and what they are here.

use super::place::{Place, word_before};
use crate::lang::keywords;
use crate::lang::lex::leading_word;
use crate::lang::parse::grammar::Rule;

/// A phrase of another language.
pub(super) fn phrase(place: &Place<'_>) -> Option<String> {
    beginning(place)
        .or_else(|| whole_statement(place))
        .or_else(|| of_sql(place))
        .or_else(|| number(place))
        .or_else(|| unfinished(place))
}

/// Words that begin something elsewhere.
fn beginning(place: &Place<'_>) -> Option<String> {
    if !place.begins_statement() {
        return None;
    }
    let (word, next) = (place.word(), place.next());
    Some(match word {
        "let" => format!("a name is followed by `=`: `let {next} = search ...`"),
        "use" => format!("`set system = {next}` holds from here on, `on {next}` for one question"),
        "man" => format!("`help {next}` explains a word"),
        "ls" | "dir" => "`show` lists what there is, as in `show models`".to_owned(),
        "run" | "source" | "load" | "import" | "read" if place.rest.contains(".aiq") => {
            "statements of a file are run by `include 'FILE.aiq'`".to_owned()
        }
        "load" | "import" | "read" => {
            "rows of a file are read by `select * from 'FILE.csv'` or `estimate from 'FILE.csv'`"
                .to_owned()
        }
        "print" | "echo" => {
            "an answer is printed as it comes; `describe NAME` explains a name".to_owned()
        }
        "clear" | "cd" | "pwd" => {
            "that is for the shell around; `\\?` lists the commands here".to_owned()
        }
        _ if !word.is_empty() && next == "=" => {
            format!(
                "a result is named by `let {word} = ...`, a setting is given by `set {word} = ...`"
            )
        }
        _ => return None,
    })
}

/// Statements that lack a part or have one too many.
fn whole_statement(place: &Place<'_>) -> Option<String> {
    let statement = place.statement().trim_start();
    let (word, last) = (place.word(), place.last());
    Some(match leading_word(statement) {
        "let" if last == "let" && place.rest.starts_with('=') => {
            "a result has a name: `let a = search ...`".to_owned()
        }
        "search"
            if matches!(last, "select" | "search")
                && (last == "select" || place.rest.starts_with('*')) =>
        {
            "an answer has all columns; name it for some: `let a = search ..; select ttft from a`"
                .to_owned()
        }
        "search" if last == "limit" && word.starts_with(|c: char| c.is_ascii_digit()) => {
            format!("`top {word}` limits the rows")
        }
        "search" if last == "having" => format!("conditions follow `where`: `where {word} ...`"),
        "generate" | "save" | "explain"
            if last == "search" && leading_word(statement) != "explain" =>
        {
            let verb = leading_word(statement);
            format!("name the result first: `let a = search ..; {verb} a ...`")
        }
        "explain" if matches!(last, "op" | "metrics") => {
            "write `explain ops ...` or `explain metric NAME in ...`".to_owned()
        }
        "estimate" if last == "search" => {
            "an estimate has the axes itself: `estimate tp = 2, batch = 8 as agg`".to_owned()
        }
        "diff" if last == "diff" && place.next().is_empty() => {
            format!("two results are compared: `diff {word}, b`")
        }
        "show" if word == "like" => {
            let part = place.rest[word.len()..].trim();
            let part = part.trim_matches(|c| matches!(c, '\'' | '"' | '%' | ';' | ' '));
            format!("a part of a name follows `for`: `show {last} for '{part}'`")
        }
        "set" if word == "per" => "a price is for a GPU and an hour: `$3.20/gpu_hour`".to_owned(),
        _ => return None,
    })
}

/// Lists, ranges and objectives as SQL has them.
fn of_sql(place: &Place<'_>) -> Option<String> {
    let (word, last) = (place.word(), place.last());
    let before = place.before.trim_end();
    if place.rest.starts_with('(') && last == "in" {
        let end = place.rest.find(')').unwrap_or(place.rest.len());
        return Some(format!(
            "a list stands between `[` and `]`: `in [{}]`",
            place.rest[1..end].trim()
        ));
    }
    if place.rest.starts_with('(') && place.expects(&[Rule::clause]) && before_is_system(place) {
        let end = place.rest.find(')').unwrap_or(place.rest.len());
        return Some(format!(
            "a number of GPUs follows a star: `{last} * {}`",
            place.rest[1..end].trim()
        ));
    }
    if place.rest.starts_with(',') && place.expects(&[Rule::kw_and]) && before.contains("between") {
        return Some("both ends are joined with `and`: `between 100ms and 300ms`".to_owned());
    }
    if place.rest.starts_with(',') && place.expects(&[Rule::clause]) {
        let next = leading_word(place.rest[1..].trim_start());
        let objective = word_before(before, before.len() - last.len());
        if matches!(objective, "maximize" | "minimize") && keywords::clause(next).is_none() {
            return Some(format!("several objectives are a trade-off: `pareto {last}, {next}`"));
        }
    }
    if matches!(word, "and" | "or") && using(place) {
        return Some("backends are separated by commas: `using vllm, sglang`".to_owned());
    }
    if place.next() == "=" && place.expects(&[Rule::clause]) && before_is_system(place) {
        return Some(format!("axes follow `search` directly: `search {word} = .. on {last}`"));
    }
    (word != "and"
        && matches!(last, "and" | "or")
        && word_before(before, before.len() - last.len()) == "where")
        .then(|| format!("a condition is missing before `{last}`"))
}

/// Whether what stands before is a system of `on`.
fn before_is_system(place: &Place<'_>) -> bool {
    matches!(place.word_before_last(), "on")
}

/// Whether what stands before is a backend of `using`.
fn using(place: &Place<'_>) -> bool {
    place.word_before_last() == "using"
}

/// Numbers as other languages write them.
fn number(place: &Place<'_>) -> Option<String> {
    let (word, last) = (place.word(), place.last());
    let is_number = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let fraction = place.rest.strip_prefix('.').filter(|rest| is_number(rest));
    let fraction = fraction.filter(|_| !place.before.ends_with('.'));
    if let Some(rest) = fraction.filter(|_| !is_number(last) || !place.before.ends_with(last)) {
        return Some(format!("a number begins with a digit: `0.{}`", leading_word(rest)));
    }
    if is_number(last)
        && matches!(word, "rps" | "qps" | "tps" | "req" | "seconds" | "sec" | "second")
    {
        let unit = match word {
            "tps" => "tokens/s",
            "rps" | "qps" | "req" => "req/s",
            _ => "s",
        };
        return Some(format!("a unit follows its number without a blank: `{last}{unit}`"));
    }
    if is_number(last) && place.rest.starts_with('%') {
        return Some(format!("a unit follows its number without a blank: `{last}%`"));
    }
    let thousands = word.len() == 3 && word.bytes().all(|b| b.is_ascii_digit());
    if thousands && place.before.ends_with(',') {
        let head = word_before(place.before, place.before.len() - 1);
        if is_number(head) && place.before.ends_with(&format!("{head},")) {
            return Some(format!("digits are grouped with `_` or not at all: `{head}{word}`"));
        }
    }
    None
}

/// A text that ends too early.
fn unfinished(place: &Place<'_>) -> Option<String> {
    let pareto =
        word_before(place.before.trim_end(), place.before.trim_end().len() - place.last().len());
    (place.rest.trim().is_empty() && pareto == "pareto").then(|| {
        format!("trade-offs are between two metrics or more: `pareto {}, B`", place.last())
    })
}
