//! How deep texts may nest: recursive descent goes a level of the stack down for each.

use std::sync::Arc;

use crate::base::error::{Code, Error, Result};
use crate::lang::ast::{Loc, Source};

/// How deep brackets may nest: far beyond any real question, far below the stack.
const MAX_DEPTH: usize = 200;
/// How high the tree of one expression may grow, long chains of operators included.
pub(super) const MAX_HEIGHT: usize = 400;
/// How many conditionals a text may have: each may be nested in the one before.
const MAX_CONDITIONALS: usize = 1000;

/// Refuses texts whose brackets or conditionals nest so deeply that recursive descent would
/// exhaust the stack. Brackets in quotes count too: messages have expressions in them.
pub(super) fn check_depth(source: &Arc<Source>) -> Result<()> {
    let mut depth = 0_usize;
    for (at, word) in source.text.char_indices() {
        match word {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            let loc = Loc { source: Arc::clone(source), range: at..at + 1 };
            return Err(Error::question(Code::TooDeep, "the text nests too deeply")
                .at(loc.span(), format!("more than {MAX_DEPTH} levels here")));
        }
    }
    let words = source.text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    if words.filter(|w| w.eq_ignore_ascii_case("if")).count() > MAX_CONDITIONALS {
        return Err(Error::question(Code::TooDeep, "the text nests too deeply")
            .help(format!("it uses `if` more than {MAX_CONDITIONALS} times")));
    }
    Ok(())
}
