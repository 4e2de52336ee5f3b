//! Blanks between the tokens of a line.

use super::token::{Kind, Token};

/// Blanks that the grammar and custom want between two tokens on a line.
pub(super) fn wanted(before: Option<&Token>, a: &Token, b: &Token) -> usize {
    if b.kind == Kind::Comment {
        return 1;
    }
    if a.is("(") || a.is("[") || b.is(")") || b.is("]") || b.is(",") || b.is(";") {
        return 0;
    }
    if a.is("..") || b.is("..") {
        return 0;
    }
    if a.is("{") && b.is("}") {
        return 0;
    }
    if (b.is("(") || b.is("[")) && a.kind == Kind::Word && !a.is_keyword() {
        return usize::from(b.is("[") && b.gap > 0);
    }
    // `-x`, and `by *2`.
    let is_prefix = |sign: &Token| match before {
        None => true,
        Some(before) => {
            before.is_keyword()
                || (before.kind == Kind::Sign && ![")", "]", "}"].contains(&before.text.as_str()))
        }
    };
    if (a.is("-") && is_prefix(a) && !b.is("-"))
        || (a.is("*") && before.is_some_and(|w| w.text == "by"))
    {
        return 0;
    }
    1
}

/// A line of tokens.
pub(super) struct Line<'t> {
    pub(super) tokens: &'t [Token],
}

impl Line<'_> {
    /// Whether it only says something.
    fn is_comment(&self) -> bool {
        self.tokens.iter().all(|t| t.kind == Kind::Comment)
    }
}

/// Whether a token lines up with one on the next line of code above or below.
pub(super) fn lines_up(lines: &[Line<'_>], at: usize, column: usize) -> bool {
    let has = |line: &Line<'_>| {
        line.tokens.iter().skip(1).any(|t| t.column == column && t.gap > 0 && t.breaks == 0)
    };
    let above = lines[..at].iter().rev().zip(lines[1..=at].iter().rev());
    // A blank line ends a table.
    let above = above
        .take_while(|(_, below)| below.tokens.first().is_none_or(|t| t.breaks < 2))
        .map(|(line, _)| line)
        .find(|line| !line.is_comment());
    let below = lines[at + 1..]
        .iter()
        .take_while(|line| line.tokens.first().is_none_or(|t| t.breaks < 2))
        .find(|line| !line.is_comment());
    above.is_some_and(has) || below.is_some_and(has)
}
