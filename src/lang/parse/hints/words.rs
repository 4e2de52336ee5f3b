//! Words that stand where they cannot, and words that are nearly others.

use super::place::Place;
use crate::base::error::nearest;
use crate::lang::keywords::{self, Begins};
use crate::lang::parse::grammar::Rule;

/// Words that begin a statement or a definition, and stand in questions too.
const ELSEWHERE: [&str; 6] = ["set", "rule", "axis", "mode", "limit", "rows"];

/// Whether a statement or a definition begins with a word.
fn begins(word: &str) -> bool {
    keywords::find(word).is_some_and(|k| matches!(k.begins, Begins::Statement | Begins::Definition))
}

/// Words at the beginning of a statement, and `set`.
pub(super) fn statement(place: &Place<'_>) -> Option<String> {
    let word = place.word();
    if place.last() == "set" && !word.is_empty() {
        return Some(format!("a setting has a value: `set {word} = ..`"));
    }
    if !place.begins_statement() {
        let next = begins(word) && !ELSEWHERE.contains(&word);
        return next.then(|| "a `;` ends the statement before".to_owned());
    }
    Some(match word {
        "find" | "optimize" | "optimise" | "query" | "get" => "write `search`".to_owned(),
        "metric" => "write `define metric NAME : UNIT = ..`".to_owned(),
        "quant" => "write `quant NAME { bytes = 1, flops = 'fp8' }`".to_owned(),
        "axis" => {
            "write `axis NAME : worker in [..]`; a kind is choice, request, workload or worker"
                .to_owned()
        }
        "rule" => "write `rule NAME require CONDITION else 'message'`".to_owned(),
        "update" | "delete" | "alter" | "merge" => {
            "SQL begins with select, with, describe, copy, create, values, insert or drop"
                .to_owned()
        }
        _ => {
            return near(place).or_else(|| {
                Some(
                    "statements: search, estimate, explain, set, show, let, plot, save, generate, \
                     include, attach, assert, SQL"
                        .to_owned(),
                )
            });
        }
    })
}

/// Clauses with something missing or too much.
pub(super) fn clause(place: &Place<'_>) -> Option<String> {
    let (word, last) = (place.word(), place.last());
    let digit = word.starts_with(|c: char| c.is_ascii_digit());
    if place.expects(&[Rule::placement]) && digit {
        return Some(format!("the system comes first: `{} * {word}`", place.next()));
    }
    if word == "x" && place.next().starts_with(|c: char| c.is_ascii_digit()) {
        return Some(format!("a number of GPUs follows a star: `{last} * {}`", place.next()));
    }
    if matches!(word, "or" | "and") && place.word_before_last() == "as" {
        return Some("serving modes are separated by commas".to_owned());
    }
    if place.expects(&[Rule::kw_in]) {
        if last == "with" {
            return Some("axes follow `search` directly".to_owned());
        }
        let letters = last.trim_end_matches(|c: char| c.is_ascii_digit());
        if letters != last && keywords::clause(letters).is_some() {
            return Some(format!("write `{letters} {}`", &last[letters.len()..]));
        }
    }
    if place.expects(&[Rule::group, Rule::rows]) && !word.is_empty() {
        return Some("a row is `name operation(arguments)`, several stand in braces".to_owned());
    }
    None
}

/// Words of SQL in a question.
pub(super) fn sql(word: &str) -> Option<String> {
    Some(
        match word.to_ascii_lowercase().as_str() {
            "order" | "sort" => "`maximize` and `minimize` order the rows; name the result for more: `let a = search ..; select * from a order by ..`",
            "limit" | "offset" | "fetch" => "`top 5` limits the rows",
            "group" | "having" => "`top 1 per tp` keeps the best of each; name the result for more: `let a = search ..; select .. from a group by ..`",
            "from" | "join" => "`for` names the model, `on` the system",
            "is" => "write `= null` or `!= null`",
            "like" | "ilike" => "write `contains(text, 'part')`",
            _ => return None,
        }
        .to_owned(),
    )
}

/// A keyword spelled nearly like the word here, or like the word before.
pub(super) fn near(place: &Place<'_>) -> Option<String> {
    let words: Vec<&str> = if place.begins_statement() {
        [Begins::Statement, Begins::Definition].into_iter().flat_map(keywords::beginning).collect()
    } else {
        keywords::beginning(Begins::Clause).collect()
    };
    let found = |word: &str| {
        let near = nearest(word, words.iter().copied());
        let near = near.filter(|near| *near != word && word.len() > 2)?;
        Some(format!("did you mean `{near}`?"))
    };
    // An unknown word before values is taken for the name of an axis.
    let as_axis = place.expects(&[Rule::kw_in]).then(|| found(place.last())).flatten();
    as_axis.or_else(|| found(place.word()))
}
