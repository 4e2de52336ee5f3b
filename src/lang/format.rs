//! Texts in their usual layout. Blanks change and a few operators are spelled the usual way; the
//! statements stay the same, which is checked for every text.
//!
//! Lines stay where their author broke them, but for questions: those take one line, or one for
//! each clause. What stands in braces is indented by four, rows of operations form a table, and
//! blanks that line up tokens with the line above or below stay.

mod layout;
mod lines;
mod question;
#[cfg(test)]
mod tests;
mod token;

use self::layout::Layout;
use crate::error::{Error, Result};
use crate::lang::parse::{outline, parse};

/// Lines of questions are broken where they would be longer.
pub(super) const WIDTH: usize = 100;

/// Each pass may undo the reason for blanks that the one before kept.
const PASSES: usize = 12;

/// The text in its usual layout.
///
/// # Errors
/// The text does not parse.
pub fn format(name: &str, text: &str) -> Result<String> {
    let mut current = text.replace("\r\n", "\n");
    for _ in 0..PASSES {
        let next = Layout::new(&current, &outline(name, &current)?).write();
        if next == current {
            break;
        }
        check(name, &current, &next)?;
        current = next;
    }
    Ok(current)
}

/// Refuses a layout that would change what a text says.
fn check(name: &str, before: &str, after: &str) -> Result<()> {
    let bug = |what: &str| {
        Error::internal("AIQ0906", format!("`{name}` stays as it is: its layout would {what}"))
    };
    let again = parse(name, after).map_err(|_| bug("not parse any more"))?;
    if trees(&parse(name, before)?) != trees(&again) {
        return Err(bug("change its meaning"));
    }
    if comments(name, before)? != comments(name, after)? {
        return Err(bug("lose a comment"));
    }
    Ok(())
}

fn comments(name: &str, text: &str) -> Result<Vec<String>> {
    let tokens = token::tokens(text, &outline(name, text)?.verbatim);
    let comments = tokens.into_iter().filter(|t| t.kind == token::Kind::Comment);
    Ok(comments.map(|t| t.text).collect())
}

/// Statements as text without their places.
pub fn trees(statements: &[crate::lang::ast::Statement]) -> String {
    let text = format!("{statements:?}");
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find("loc: ") {
        out.push_str(&rest[..at]);
        let after = &rest[at + "loc: ".len()..];
        rest = after.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    }
    out.push_str(rest);
    out
}
