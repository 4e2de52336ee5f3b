//! Where a text stops making sense, and what stands around.

use crate::lang::keywords;
use crate::lang::lex::{Kind, leading_word, statement_ends, tokens, trailing_word};
use crate::lang::parse::grammar::Rule;

/// Where a text stops making sense.
pub(in crate::lang::parse) struct Place<'t> {
    /// What stands before.
    pub(in crate::lang::parse) before: &'t str,
    /// What stands there.
    pub(in crate::lang::parse) rest: &'t str,
    /// What the grammar expected.
    pub(in crate::lang::parse) expected: &'t [Rule],
}

impl<'t> Place<'t> {
    /// Whether the grammar expected one of these.
    pub(super) fn expects(&self, rules: &[Rule]) -> bool {
        rules.iter().any(|rule| self.expected.contains(rule))
    }

    /// The word that stands there.
    pub(super) fn word(&self) -> &'t str {
        leading_word(self.rest)
    }

    /// The word after that, or sign.
    pub(super) fn next(&self) -> &'t str {
        let after = self.rest[self.word().len()..].trim_start();
        match leading_word(after) {
            "" => after.get(..1).unwrap_or(""),
            word => word,
        }
    }

    /// The word before this place, with only blanks between.
    pub(super) fn last(&self) -> &'t str {
        trailing_word(self.before.trim_end())
    }

    /// The word before that.
    pub(super) fn word_before_last(&self) -> &'t str {
        let statement = self.statement().trim_end();
        word_before(statement, statement.len() - self.last().len())
    }

    /// What the statement says before this place.
    pub(super) fn statement(&self) -> &'t str {
        let end = statement_ends(self.before).pop();
        end.map_or(self.before, |at| &self.before[at + 1..])
    }

    /// Whether nothing but comments stands before.
    pub(super) fn begins_statement(&self) -> bool {
        tokens(self.statement()).all(|token| token.kind == Kind::Comment)
    }

    /// The innermost bracket that is open here, if the text ends or the list does.
    pub(super) fn unclosed(&self) -> Option<&'t str> {
        let statement = self.statement();
        let mut open = Vec::new();
        for token in tokens(statement).filter(|token| token.kind == Kind::Sign) {
            match &statement[token.range] {
                sign @ ("(" | "[" | "{") => open.push(sign),
                ")" | "]" | "}" => drop(open.pop()),
                _ => {}
            }
        }
        // Between the classes of a mix a semicolon ends nothing.
        let ends_here = || {
            let text = format!("{};", self.before);
            statement_ends(&text).pop() == Some(self.before.len())
        };
        let ends = self.rest.trim().is_empty() || self.rest.starts_with(';') && ends_here();
        let is_list = open.last() == Some(&"[") && keywords::clause(self.word()).is_some();
        open.pop().filter(|_| ends || is_list)
    }
}

/// The word that ends before a place, with blanks between.
pub(super) fn word_before(text: &str, at: usize) -> &str {
    trailing_word(text[..at].trim_end())
}
