//! Text to tokens: the one place that knows how words, numbers, texts, comments and signs are
//! written. It agrees with `grammar/aiq.pest` on every text that parses, and gives tokens for every
//! other text too, because a line that is being typed, or is wrong, has to be divided as well.

mod number;
mod statements;
#[cfg(test)]
mod tests;

use std::ops::Range;

pub use statements::{
    is_complete, one_line, open_quote, statement_ends, without_trailing_comments,
};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A name, a path such as `prefill.tp`, or a keyword.
    Word,
    /// With its unit: `300ms`, `$2.10/gpu_hour`.
    Number,
    /// A text between quotes; a doubled quote in it stands for one.
    Text,
    /// A text whose closing quote is missing: the rest of everything.
    OpenText,
    /// From `--` to the end of the line, or between `/*` and `*/`.
    Comment,
    /// An operator, a bracket, or any other character.
    Sign,
}

/// A token; only white space lies between tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Byte range in the text.
    pub range: Range<usize>,
}

/// Signs of several characters.
const SIGNS: [&str; 10] = ["..", "==", "!=", "<>", "<=", "=<", ">=", "=>", "||", "&&"];

/// The tokens of a text in order.
pub fn tokens(text: &str) -> impl Iterator<Item = Token> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let token = token_from(text, at)?;
        at = token.range.end;
        Some(token)
    })
}

/// The first token that begins at a place or behind it; `None` where only white space is left.
pub fn token_from(text: &str, at: usize) -> Option<Token> {
    let rest = text.get(at..)?;
    let start = at + rest.len() - rest.trim_start().len();
    let (kind, len) = measure(&text[start..])?;
    Some(Token { kind, range: start..start + len })
}

/// Whether a character may stand in a word: the grammar takes ASCII alone, but other letters are
/// typed as well, and a word with one is one mistake.
pub fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The word that a text begins with, which is empty where it begins with another character.
pub fn leading_word(text: &str) -> &str {
    &text[..span(text, is_word)]
}

/// The word that a text ends with, which is empty where it ends with another character.
pub fn trailing_word(text: &str) -> &str {
    &text[text.trim_end_matches(is_word).len()..]
}

/// What the token is that a text begins with, and how many bytes it takes.
fn measure(rest: &str) -> Option<(Kind, usize)> {
    let first = rest.chars().next()?;
    if let Some(len) = comment(rest) {
        return Some((Kind::Comment, len));
    }
    Some(match first {
        '\'' | '"' => match quoted(rest, first) {
            Some(len) => (Kind::Text, len),
            None => (Kind::OpenText, rest.len()),
        },
        '$' if rest[1..].starts_with(|c: char| c.is_ascii_digit()) => {
            (Kind::Number, number::money(rest))
        }
        '0'..='9' => (Kind::Number, number::number(rest)),
        c if is_word(c) => (Kind::Word, path(rest)),
        c => {
            let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
            (Kind::Sign, sign.map_or(c.len_utf8(), |sign| sign.len()))
        }
    })
}

/// Bytes of a comment. Comments between `/*` and `*/` are those of SQL; nowhere else does the
/// grammar let the two signs follow each other.
fn comment(rest: &str) -> Option<usize> {
    if rest.starts_with("--") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    let inside = rest.strip_prefix("/*")?;
    Some(inside.find("*/")? + 4)
}

/// Bytes of a text with its quotes; `None` if it never ends.
fn quoted(rest: &str, quote: char) -> Option<usize> {
    let mut at = 1;
    loop {
        at += rest[at..].find(quote)? + 1;
        if !rest[at..].starts_with(quote) {
            return Some(at);
        }
        at += 1;
    }
}

/// Bytes of a word, or of several with dots between them; two dots are a range.
fn path(rest: &str) -> usize {
    let mut len = span(rest, is_word);
    while let Some(next) = rest[len..].strip_prefix('.')
        && next.starts_with(|c: char| is_word(c) && !c.is_ascii_digit())
    {
        len += 1 + span(next, is_word);
    }
    len
}

/// Bytes up to the first character that does not belong.
fn span(text: &str, inside: impl Fn(char) -> bool) -> usize {
    text.find(|c| !inside(c)).unwrap_or(text.len())
}
