//! Questions: on one line where they stood on one and it is not too long, else a line for each
//! clause, their first words padded to one width.

use super::lines::wanted;
use super::token::{Kind, Token};
use crate::lang::parse::Question;

/// Lines of questions are broken where they would be longer.
const WIDTH: usize = 100;

/// The width to which the first word of a clause is padded.
const WORD: usize = 9;

/// The tokens of a question as lines, each with its indentation; `None` where a comment is among
/// them, which has its place on its line.
pub(super) fn laid_out(
    question: &Question,
    head: &[Token],
    own: &[Token],
) -> Option<Vec<(usize, String)>> {
    if own.iter().any(|t| t.kind == Kind::Comment) {
        return None;
    }
    let all: Vec<&Token> = head.iter().chain(own).collect();
    let one = flat(&all);
    let broken = own.iter().skip(1).any(|t| t.breaks > 0);
    let longest = one.lines().map(|l| l.chars().count()).max().unwrap_or(0);
    // A quoted text of several lines cannot be put on one.
    if !broken && longest < WIDTH {
        return Some(vec![(0, one)]);
    }
    let indent = if head.is_empty() { 0 } else { 4 };
    let mut lines = Vec::new();
    let mut clause: Vec<&Token> = head.iter().collect();
    let mut is_first = true;
    for token in own {
        if question.clauses.contains(&token.start) {
            lines.extend(clause_lines(&clause, is_first, indent));
            clause.clear();
            is_first = false;
        }
        clause.push(token);
    }
    lines.extend(clause_lines(&clause, is_first, indent));
    Some(lines)
}

/// Marks what separates the classes of a mix, so that it ends no statement.
pub(super) fn separate_classes(tokens: &mut [Token]) {
    let mut depth = 0_usize;
    for i in 0..tokens.len() {
        let opens = tokens[i].is("(");
        if depth == 0 {
            let begins = i > 0 && tokens[i - 1].text.eq_ignore_ascii_case("mix");
            depth = usize::from(opens && begins);
        } else if opens {
            depth += 1;
        } else if tokens[i].is(")") {
            depth -= 1;
        } else if tokens[i].is(";") || tokens[i].is(":") {
            tokens[i].kind = Kind::Separator;
        }
    }
}

/// Tokens on one line.
fn flat(tokens: &[&Token]) -> String {
    let mut out = String::new();
    for (i, token) in tokens.iter().enumerate() {
        if let Some(last) = i.checked_sub(1) {
            let before = last.checked_sub(1).map(|b| tokens[b]);
            out.push_str(&" ".repeat(wanted(before, tokens[last], token)));
        }
        out.push_str(&token.text);
    }
    out
}

/// A clause on a line of its own, or on several where it is too long.
fn clause_lines(tokens: &[&Token], is_first: bool, indent: usize) -> Vec<(usize, String)> {
    let Some((word, rest)) = tokens.split_first() else { return Vec::new() };
    let begin = if is_first { 0 } else { indent };
    let start = match (is_first, rest.is_empty()) {
        (_, true) => word.text.clone(),
        (true, _) => format!("{} ", word.text),
        (false, _) => format!("{:<width$} ", word.text, width = WORD - 1),
    };
    let hang = if is_first { 7 } else { indent + WORD };
    let mut lines = Vec::new();
    let mut line = (begin, start);
    for part in parts(rest) {
        let text = flat(part);
        let blank = usize::from(!line.1.ends_with(' '));
        let len = line.0 + line.1.chars().count() + blank;
        let first = text.lines().next().unwrap_or("").chars().count();
        let has_part = !line.1.trim_end().is_empty() && line.1.trim_end() != word.text;
        if has_part && len + first > WIDTH {
            lines.push((line.0, line.1.trim_end().to_owned()));
            line = (hang, text);
        } else {
            if blank > 0 && !part.first().is_some_and(|t| t.is(";")) {
                line.1.push(' ');
            }
            line.1.push_str(&text);
        }
    }
    lines.push((line.0, line.1.trim_end().to_owned()));
    lines
}

/// Where a clause may be broken: behind a comma, before `and`, outside of brackets; behind a class
/// of a mix.
fn parts<'a, 't>(tokens: &'a [&'t Token]) -> Vec<&'a [&'t Token]> {
    let mut parts = Vec::new();
    let (mut depth, mut start, mut is_between) = (0_usize, 0, false);
    for (i, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "(" | "[" | "{" if token.kind == Kind::Sign => depth += 1,
            ")" | "]" | "}" if token.kind == Kind::Sign => depth = depth.saturating_sub(1),
            "between" => is_between = true,
            ";" if token.kind == Kind::Separator => {
                parts.push(&tokens[start..=i]);
                start = i + 1;
            }
            "," if depth == 0 => {
                parts.push(&tokens[start..=i]);
                start = i + 1;
            }
            "and" if depth == 0 && is_between => is_between = false,
            "and" if depth == 0 && i > start => {
                parts.push(&tokens[start..i]);
                start = i;
            }
            _ => {}
        }
    }
    if start < tokens.len() {
        parts.push(&tokens[start..]);
    }
    parts
}
