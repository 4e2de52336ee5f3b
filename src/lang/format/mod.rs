//! Texts in their usual layout. Blanks change and a few operators are spelled the usual way; the
//! statements stay the same, which is checked for every text.
//!
//! Lines stay where their author broke them, but for questions: those take one line, or one for
//! each clause. What stands in braces is indented by four, rows of operations form a table, and
//! blanks that line up tokens with the line above or below stay.

mod layout;
mod lines;
mod question;
mod table;
#[cfg(test)]
mod tests;
mod token;

use self::layout::Layout;
use self::token::{Kind, Token, tokens};
use crate::base::error::{Code, Error, Result};
use crate::lang::ast::Statement;
use crate::lang::parse::{Outline, outline};

/// How often a text is laid out at most. Blanks that line up tokens may lose their reason when other
/// lines move, so the layout is repeated until it changes nothing.
const PASSES: usize = 12;

/// A text that parses, with what its layout may not change.
struct Parsed {
    outline: Outline,
    tokens: Vec<Token>,
}

impl Parsed {
    fn read(name: &str, text: &str) -> Result<Self> {
        let outline = outline(name, text)?;
        let tokens = tokens(text, &outline.verbatim);
        Ok(Self { outline, tokens })
    }

    fn statements(&self) -> &[Statement] {
        &self.outline.statements
    }

    fn comments(&self) -> impl Iterator<Item = &str> {
        self.tokens.iter().filter(|t| t.kind == Kind::Comment).map(|t| t.text.as_str())
    }
}

/// The text in its usual layout.
///
/// # Errors
/// The text does not parse.
pub fn format(name: &str, text: &str) -> Result<String> {
    let bug = |what: &str| {
        Error::internal(
            Code::FormatterRefuses,
            format!("`{name}` stays as it is: its layout would {what}"),
        )
    };
    let mut text = text.replace("\r\n", "\n");
    let mut parsed = Parsed::read(name, &text)?;
    for _ in 0..PASSES {
        let next = Layout::new(&parsed.outline, &parsed.tokens).write();
        if next == text {
            break;
        }
        let again = Parsed::read(name, &next).map_err(|_| bug("not parse any more"))?;
        if parsed.statements() != again.statements() {
            return Err(bug("change its meaning"));
        }
        if !parsed.comments().eq(again.comments()) {
            return Err(bug("lose a comment"));
        }
        (text, parsed) = (next, again);
    }
    Ok(text)
}
