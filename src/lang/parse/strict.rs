//! Parsing up to the first error.

use std::sync::Arc;

use pest::Parser;
use pest::iterators::Pair;

use super::builder::Builder;
use super::grammar::{Grammar, Rule};
use super::limits::check_depth;
use super::syntax::syntax_error;
use crate::base::error::Result;
use crate::lang::ast::{Source, Statement};

/// Parses a text, or says what is wrong first.
pub(super) fn parse_first(name: &str, text: &str) -> Result<Vec<Statement>> {
    let source = Arc::new(Source { name: name.to_owned(), text: text.to_owned() });
    check_depth(&source)?;
    let mut pairs = Grammar::parse(Rule::file, text).map_err(|e| syntax_error(&source, &e))?;
    let builder = Builder::new(source);
    let file = pairs.next().map(Pair::into_inner).into_iter().flatten();
    file.filter(|p| p.as_rule() != Rule::EOI).map(|p| builder.statement(p)).collect()
}
