//! What may follow at the cursor.

use super::lex::{Kind, is_word, pieces};
use crate::{Word, WordKind};

/// Where the completed text starts, and what may stand there, best first.
pub(super) fn complete(line: &str, cursor: usize, words: &[Word]) -> (usize, Vec<String>) {
    let before = &line[..line.floor_char_boundary(cursor.min(line.len()))];
    let found = pieces(before);
    if let Some(last) = found.last() {
        match last.kind {
            Kind::Comment => return (before.len(), Vec::new()),
            Kind::OpenText => return in_quotes(before, last.range.start, words),
            _ => {}
        }
    }
    let wanted = wanted(before);
    // A model may be begun without its quote: `for Qwen/Q`.
    let path = wanted.contains(&WordKind::Model);
    let inside = |c: char| is_word(c) || c == '.' || (path && matches!(c, '/' | '-'));
    let start = before.len()
        - before.chars().rev().take_while(|c| inside(*c)).map(char::len_utf8).sum::<usize>();
    let texts = matching(&before[start..], words, wanted);
    (start, texts.into_iter().map(written).collect())
}

/// Inside quotes there are only names and values; the closing quote comes with them.
fn in_quotes(before: &str, quote: usize, words: &[Word]) -> (usize, Vec<String>) {
    const KINDS: &[WordKind] =
        &[WordKind::Model, WordKind::System, WordKind::Backend, WordKind::Value, WordKind::Table];
    let typed = &before[quote + 1..];
    let found = matching(typed, words, KINDS).into_iter();
    let mark = &before[quote..=quote];
    let texts = found.filter(|word| KINDS.contains(&word.kind));
    (quote + 1, texts.map(|word| format!("{}{mark}", word.text)).collect())
}

/// The kinds of words that fit where the last piece of `before` is being typed, by the clause it
/// stands in.
fn wanted(before: &str) -> &'static [WordKind] {
    use WordKind::{Backend, Column, Function, Keyword, Model, Setting, System, Table, Value};
    let mut found = pieces(before);
    let typing = before.chars().next_back().is_some_and(|c| !c.is_whitespace());
    if typing && found.last().is_some_and(|piece| piece.kind == Kind::Word) {
        found.pop();
    }
    let mut clause: &[WordKind] = &[Keyword];
    let mut after_equals = false;
    for piece in found {
        let text = &before[piece.range.clone()];
        match (piece.kind, text) {
            (Kind::Sign, "=") => after_equals = true,
            (Kind::Sign, ",") => after_equals = false,
            (Kind::Sign, ";") => (clause, after_equals) = (&[Keyword], false),
            (Kind::Word, word) => {
                let next: &[WordKind] = match word.to_ascii_lowercase().as_str() {
                    "on" => &[System],
                    "using" => &[Backend, Value],
                    "for" => &[Model],
                    "search" | "sweep" | "serving" | "estimate" => &[Column],
                    "where" | "maximize" | "minimize" | "pareto" | "prefer" | "assert"
                    | "select" => &[Column, Function],
                    "as" => &[Value],
                    "in" => &[Value, Table],
                    "between" => &[System, Backend, Value, Table],
                    "set" => &[Setting],
                    "show" => &[Keyword, Setting],
                    "from" | "join" | "describe" | "plot" | "generate" | "simulate" | "ops" => {
                        &[Table]
                    }
                    _ => continue,
                };
                (clause, after_equals) = (next, false);
            }
            _ => {}
        }
    }
    if after_equals { &[Value, Model, System, Backend] } else { clause }
}

/// The words that go on from `typed`: those of the wanted kinds first, then keywords; other words
/// only if nothing else fits, and words that merely contain `typed` only if still nothing does.
fn matching<'a>(typed: &str, words: &'a [Word], wanted: &[WordKind]) -> Vec<&'a Word> {
    let typed = typed.to_lowercase();
    let pick = |fits: &dyn Fn(&Word) -> bool| -> Vec<&'a Word> {
        words.iter().filter(|word| fits(word)).collect()
    };
    let begins = |word: &Word| word.text.to_lowercase().starts_with(&typed);
    let mut found = pick(&|word| wanted.contains(&word.kind) && begins(word));
    if !wanted.contains(&WordKind::Keyword) && !typed.is_empty() {
        found.extend(pick(&|word| word.kind == WordKind::Keyword && begins(word)));
    }
    if found.is_empty() && !typed.is_empty() {
        found = pick(&begins);
    }
    if found.is_empty() && typed.len() > 1 {
        found =
            pick(&|word| wanted.contains(&word.kind) && word.text.to_lowercase().contains(&typed));
    }
    found
}

/// The word as it stands in a question: in quotes unless it is an identifier.
fn written(word: &Word) -> String {
    let text = &word.text;
    let name = text.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && text.chars().all(|c| is_word(c) || c == '.');
    // Keywords may be two words: `why not`.
    if name || matches!(word.kind, WordKind::Keyword | WordKind::Function) {
        text.clone()
    } else {
        format!("'{text}'")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::shell::Engine;
    use crate::shell::fake::Fake;

    #[track_caller]
    fn check(line: &str, start: usize, texts: &[&str]) {
        let (at, found) = complete(line, line.len(), &Fake::default().vocabulary());
        assert_eq!((at, found), (start, texts.iter().map(|t| (*t).to_owned()).collect()));
    }

    #[test]
    fn by_clause() {
        check("se", 0, &["search", "set"]);
        check("search tp on ", 13, &["h100_sxm", "h200_sxm"]);
        check("search tp on h2", 13, &["h200_sxm"]);
        check("search using ", 13, &["trtllm", "sglang", "fp8", "'1.3.0rc20'"]);
        check("search where tt", 13, &["ttft"]);
        check("search where ttft < 300ms and tpo", 30, &["tpot"]);
        check("search maximize t", 16, &["ttft", "tpot", "tokens_per_gpu"]);
        check("plot ", 5, &["best"]);
        check("search tp; wh", 11, &["where"]);
    }

    #[test]
    fn names_in_and_without_quotes() {
        check("search for 'Qwen/Qwen3-3", 12, &["Qwen/Qwen3-32B'"]);
        check("search for Qwen/Qwen3-3", 11, &["'Qwen/Qwen3-32B'"]);
        check("search for \"32b", 12, &["Qwen/Qwen3-32B\""]);
        check("set model = Qw", 12, &["'Qwen/Qwen3-32B'", "'Qwen/Qwen3-8B'"]);
    }

    #[test]
    fn keywords_end_a_clause() {
        check("search tp on h200_sxm wh", 22, &["where"]);
        check("search tp -- se", 15, &[]);
    }

    proptest! {
        #[test]
        fn any_cursor(line in "(\\PC|[\n'\"=;,]|on |for |where ){0,20}", cursor in 0usize..60) {
            let (start, _) = complete(&line, cursor, &Fake::default().vocabulary());
            prop_assert!(start <= line.len() && line.is_char_boundary(start));
        }
    }
}
