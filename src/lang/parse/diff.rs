//! `diff`: two names, or a question and two sides.

use std::sync::Arc;

use pest::Parser;
use pest::iterators::Pair;

use super::{Builder, Grammar, Rule, syntax_error};
use crate::error::Result;
use crate::lang::ast::{AxisTerm, Diff, Domain, Side};

impl Builder {
    pub(super) fn diff(&self, pair: Pair<'_, Rule>) -> Result<Diff> {
        let question = pair.as_rule() == Rule::diff_question;
        let mut parts = self.parts(pair).filter(|p| p.as_rule() != Rule::and);
        if !question {
            let a = self.name(&self.need(parts.next(), "a result")?);
            let b = self.name(&self.need(parts.next(), "a result")?);
            return Ok(Diff::Results(a, b));
        }
        let text = self.need(parts.next(), "a question")?;
        let span = text.as_span();
        // Read where it stands, so that places in it are those of the whole text.
        let alone = format!("{}{}", " ".repeat(span.start()), span.as_str());
        let read = Grammar::parse(Rule::file, &alone)
            .map_err(|error| syntax_error(&Arc::clone(&self.source), &error))?;
        let statement = read.flatten().find(|p| p.as_rule() == Rule::statement);
        let search = Box::new(self.statement(self.need(statement, "a question")?)?);
        let first = self.side(self.need(parts.next(), "a side")?)?;
        let second = self.side(self.need(parts.next(), "a side")?)?;
        Ok(Diff::Question { search, sides: Box::new([first, second]) })
    }

    fn side(&self, pair: Pair<'_, Rule>) -> Result<Side> {
        let mut terms = Vec::new();
        let mut names = Vec::new();
        for part in self.parts(pair) {
            if part.as_rule() == Rule::side_term {
                let mut inner = self.parts(part);
                let name = self.name(&self.need(inner.next(), "an axis")?);
                let value = self.unary(self.need(inner.next(), "a value")?)?;
                terms.push(AxisTerm { name, domain: Domain::Value(value) });
            } else {
                names.push(self.name(&part));
            }
        }
        if !terms.is_empty() {
            return Ok(Side::Terms(terms));
        }
        let mut names = names.into_iter();
        let name = self.need(names.next(), "a side")?;
        Ok(Side::Named(name, names.next()))
    }
}
