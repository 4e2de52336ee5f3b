//! Blanks between the tokens of a line.

use super::token::{Kind, Token};

/// How many blanks stand between two tokens of a line: some the grammar needs, others are custom.
pub(super) fn wanted(before: Option<&Token>, a: &Token, b: &Token) -> usize {
    if b.kind == Kind::Comment {
        return 1;
    }
    if a.is("(") || a.is("[") || b.is(")") || b.is("]") || b.is(",") || b.is(";") {
        return 0;
    }
    if b.kind == Kind::Separator {
        return 0;
    }
    if a.is("..") || b.is("..") {
        return 0;
    }
    if a.is("{") && b.is("}") {
        return 0;
    }
    if (b.is("(") || b.is("[")) && a.kind == Kind::Word && !a.precedes_operand() {
        return usize::from(b.is("[") && b.gap > 0);
    }
    // `-x`, and `by *2`.
    let is_prefix = || match before {
        None => true,
        Some(before) => {
            before.precedes_operand()
                || (before.kind == Kind::Sign && ![")", "]", "}"].contains(&before.text.as_str()))
        }
    };
    if (a.is("-") && is_prefix() && !b.is("-"))
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

/// Whether a token lines up with one on the line above or below, or on a line of its paragraph
/// that begins with the same word.
pub(super) fn lines_up(lines: &[Line<'_>], at: usize, column: usize) -> bool {
    let begins = |line: &Line<'_>| line.tokens.first().is_none_or(|t| t.breaks > 1);
    let word = |i: usize| lines[i].tokens.first().map(|t| t.text.as_str());
    let has =
        |i: usize| {
            lines[i].tokens.iter().skip(1).any(|t| {
                t.column == column && t.gap > 0 && t.breaks == 0 && t.kind != Kind::Comment
            })
        };
    let first = (0..=at).rev().find(|i| begins(&lines[*i])).unwrap_or(0);
    let last = (at + 1..lines.len()).find(|i| begins(&lines[*i])).unwrap_or(lines.len());
    (first..last).any(|i| i != at && (i.abs_diff(at) == 1 || word(i) == word(at)) && has(i))
}

/// Statements begin on lines of their own; a semicolon ends the line before it.
pub(super) fn settle_breaks(tokens: &mut [Token]) {
    for i in 0..tokens.len() {
        let (before, rest) = tokens.split_at_mut(i);
        let Some(token) = rest.first_mut() else { continue };
        token.breaks = token.breaks.min(2);
        let Some(last) = before.last() else {
            token.breaks = 0;
            continue;
        };
        let ends_in_comment = match last.kind {
            Kind::Comment => true,
            Kind::Verbatim => last.text.lines().next_back().is_some_and(|l| l.contains("--")),
            _ => false,
        };
        if token.is(";") && !ends_in_comment {
            (token.breaks, token.gap) = (0, 0);
        }
        if last.is(";") && !token.is(";") && token.kind != Kind::Comment {
            token.breaks = token.breaks.max(1);
        }
    }
}
