//! What may follow at the cursor.

#[cfg(test)]
mod tests;

use super::want::{Want, wanted};
use crate::lang::keywords::{self, Begins};
use crate::lang::lex::{Kind, is_word, tokens};
use crate::lang::quote::quoted;
use crate::vocabulary::{Word, WordKind};

/// What may stand at the cursor.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Completion {
    /// Where the completed text starts, and what may stand there, best first.
    Texts(usize, Vec<String>),
    /// A name of a file; where its quote is, if it has one.
    File(Option<usize>),
}

/// Looks at what stands before the cursor.
pub(super) fn complete(line: &str, cursor: usize, words: &[Word]) -> Completion {
    let before = &line[..line.floor_char_boundary(cursor.min(line.len()))];
    if let Some(last) = tokens(before).last() {
        match last.kind {
            Kind::Comment if last.range.end == before.len() => {
                return Completion::Texts(before.len(), Vec::new());
            }
            Kind::OpenText => return in_quotes(before, last.range.start, words),
            _ => {}
        }
    }
    let start = begins(before, |_| false);
    let groups = wanted(&before[..start]);
    // Paths are written in quotes.
    let files = groups.iter().flatten().any(|want| *want == Want::File);
    let models = groups.iter().flatten().any(|want| *want == Want::Kind(WordKind::Model));
    // A model may be typed without its quote: `for Qwen/Q`.
    let start = if models { begins(before, |c| matches!(c, '/' | '-')) } else { start };
    let typed = &before[start..];
    let mut texts = matching(typed, words, &groups);
    // In `a.tt` the name behind the dot is being typed.
    if let Some(dot) = typed.rfind('.').filter(|_| texts.is_empty()) {
        let texts = matching(&typed[dot + 1..], words, &groups);
        return Completion::Texts(start + dot + 1, texts);
    }
    if files && typed.is_empty() {
        texts.push("'".to_owned());
    }
    Completion::Texts(start, texts)
}

/// Where the word before the cursor begins.
fn begins(before: &str, more: impl Fn(char) -> bool) -> usize {
    let inside = |c: &char| is_word(*c) || *c == '.' || more(*c);
    before.len() - before.chars().rev().take_while(inside).map(char::len_utf8).sum::<usize>()
}

/// Kinds whose words may stand in quotes.
const QUOTED: [WordKind; 8] = [
    WordKind::Model,
    WordKind::System,
    WordKind::Backend,
    WordKind::Version,
    WordKind::Mode,
    WordKind::Value,
    WordKind::Table,
    WordKind::Result,
];

/// Inside quotes there are only names and values; the closing quote comes with them.
fn in_quotes(before: &str, quote: usize, words: &[Word]) -> Completion {
    let groups = wanted(&before[..quote]);
    if groups.iter().flatten().any(|want| *want == Want::File) {
        return Completion::File(Some(quote));
    }
    let (typed, mark) = (&before[quote + 1..], &before[quote..=quote]);
    let quoted = |word: &&Word| QUOTED.contains(&word.kind);
    let mut found: Vec<&Word> = fitting(typed, words, &groups).into_iter().filter(quoted).collect();
    if found.is_empty() {
        let any = [QUOTED.map(Want::Kind).to_vec()];
        found = fitting(typed, words, &any);
    }
    let texts = found.into_iter().map(|word| format!("{}{mark}", word.text)).collect();
    Completion::Texts(quote + 1, once(texts))
}

/// The texts that go on from `typed`: of the first group of wants that has any; else a keyword that
/// ends the clause; else any word.
fn matching(typed: &str, words: &[Word], groups: &[Vec<Want<'_>>]) -> Vec<String> {
    let starts = |text: &str| is_prefix(typed, text);
    for group in groups {
        let mut found: Vec<String> = Vec::new();
        for want in group {
            match want {
                Want::Word(word) if starts(word) => found.push((*word).to_owned()),
                Want::Word(_) | Want::File => {}
                _ => found.extend(
                    words.iter().filter(|w| wants(want, w) && starts(&w.text)).map(written),
                ),
            }
        }
        if !found.is_empty() {
            return once(found);
        }
    }
    if typed.is_empty() {
        return Vec::new();
    }
    let clauses = keywords::beginning(Begins::Clause);
    let keywords = clauses.filter(|c| starts(c)).map(str::to_owned).collect();
    let inside = || fitting(typed, words, groups).into_iter().map(written).collect();
    let any = || words.iter().filter(|w| starts(&w.text)).map(written).collect();
    let fallback: [&dyn Fn() -> Vec<String>; 2] = [&inside, &any];
    let first = fallback.iter().map(|texts| texts()).find(|texts| !texts.is_empty());
    once(if Vec::is_empty(&keywords) { first.unwrap_or_default() } else { keywords })
}

/// Wanted words that begin with `typed`, or else contain it.
fn fitting<'w>(typed: &str, words: &'w [Word], groups: &[Vec<Want<'_>>]) -> Vec<&'w Word> {
    let typed = typed.to_lowercase();
    let any = |word: &&Word| groups.iter().flatten().any(|want| wants(want, word));
    let pick = |fits: &dyn Fn(&str) -> bool| -> Vec<&'w Word> {
        words.iter().filter(any).filter(|word| fits(&word.text.to_lowercase())).collect()
    };
    let found = pick(&|text| text.starts_with(&typed));
    if found.is_empty() && typed.len() > 1 { pick(&|text| text.contains(&typed)) } else { found }
}

fn is_prefix(typed: &str, text: &str) -> bool {
    text.to_lowercase().starts_with(&typed.to_lowercase())
}

fn wants(want: &Want<'_>, word: &Word) -> bool {
    match want {
        Want::Kind(kind) => word.kind == *kind,
        Want::Of(kind, of) => word.kind == *kind && word.of.eq_ignore_ascii_case(of),
        Want::Statement => word.kind == WordKind::Keyword && keywords::clause(&word.text).is_none(),
        Want::Word(_) | Want::File => false,
    }
}

/// The texts without repetitions.
fn once(texts: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    texts.into_iter().filter(|text| seen.insert(text.clone())).collect()
}

/// The word as it stands in a question: in quotes unless it is an identifier or a number.
fn written(word: &Word) -> String {
    let text = &word.text;
    let name = text.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && text.chars().all(|c| is_word(c) || c == '.');
    let number =
        tokens(text).next().is_some_and(|t| t.kind == Kind::Number && t.range.end == text.len());
    // Keywords may be two words: `why not`.
    let bare = matches!(word.kind, WordKind::Keyword | WordKind::Function);
    if name || bare || (number && word.kind == WordKind::Value) {
        text.clone()
    } else {
        quoted(text)
    }
}
