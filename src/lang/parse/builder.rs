//! What builds syntax trees from pest's pairs: places, names, depth. Each kind of tree is built in a
//! file of its own, which adds to the builder.

use std::cell::Cell;
use std::sync::Arc;

use pest::iterators::Pair;

use super::grammar::Rule;
use super::limits::MAX_HEIGHT;
use super::symbol;
use crate::base::error::{Code, Error, Result};
use crate::lang::ast::{Loc, Name, Source};
use crate::lang::lex::without_trailing_comments;
use crate::lang::quote::unquoted;

/// Builds syntax trees from pest's pairs.
pub(super) struct Builder {
    pub(super) source: Arc<Source>,
    /// Levels of expressions above the one being built.
    depth: Cell<usize>,
}

impl Builder {
    pub(super) fn new(source: Arc<Source>) -> Self {
        Self { source, depth: Cell::new(0) }
    }

    /// Builds something that stands `levels` deeper in the tree than what is around it.
    pub(super) fn deeper<T>(
        &self,
        levels: usize,
        loc: Loc,
        build: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        let above = self.depth.get();
        if above + levels > MAX_HEIGHT {
            return Err(Error::question(Code::TooDeep, "the expression is too large")
                .at(loc.span(), format!("more than {MAX_HEIGHT} operators in one another")));
        }
        self.depth.set(above + levels);
        let built = build();
        self.depth.set(above);
        built
    }

    /// The place of a pair. pest counts blanks and comments behind its last token as part of it.
    pub(super) fn loc(&self, pair: &Pair<'_, Rule>) -> Loc {
        let span = pair.as_span();
        let trimmed = without_trailing_comments(span.as_str()).len();
        Loc { source: Arc::clone(&self.source), range: span.start()..span.start() + trimmed }
    }

    /// A name, in quotes or not.
    pub(super) fn name(&self, pair: &Pair<'_, Rule>) -> Name {
        let text = match pair.as_rule() {
            Rule::string => unquoted(pair.as_str()),
            _ => pair.as_str().to_owned(),
        };
        Name { text, loc: self.loc(pair) }
    }

    /// The children of a pair without its keywords.
    pub(super) fn parts<'i>(
        &self,
        pair: Pair<'i, Rule>,
    ) -> impl Iterator<Item = Pair<'i, Rule>> + use<'i> {
        pair.into_inner().filter(|p| !symbol::is_keyword(p.as_rule()))
    }

    /// A child that the grammar guarantees; its absence is a bug in this module.
    pub(super) fn need<T>(&self, part: Option<T>, what: &str) -> Result<T> {
        part.ok_or_else(|| Error::internal(Code::ParserBug, format!("the parser lost {what}")))
    }
}
