//! `diff`: two names, a question and two sides, or tables of measurements and two sides.

use std::sync::Arc;

use pest::Parser;
use pest::iterators::Pair;

use super::builder::Builder;
use super::grammar::{Grammar, Rule};
use super::syntax::syntax_error;
use crate::base::error::Result;
use crate::lang::ast::{AxisTerm, Clauses, Diff, Domain, Side};

impl Builder {
    pub(super) fn diff(&self, pair: Pair<'_, Rule>) -> Result<Diff> {
        if pair.as_rule() == Rule::diff_tables {
            return self.diff_tables(pair);
        }
        let question = pair.as_rule() == Rule::diff_question;
        let mut parts = self.parts(pair).filter(|p| p.as_rule() != Rule::and);
        if !question {
            let a = self.target(self.need(parts.next(), "a result")?)?;
            let b = self.target(self.need(parts.next(), "a result")?)?;
            return Ok(Diff::Results(Box::new([a, b])));
        }
        let text = self.need(parts.next(), "a question")?;
        let span = text.as_span();
        // Blanks in front of it keep its places those of the whole text.
        let alone = format!("{}{}", " ".repeat(span.start()), span.as_str());
        let read = Grammar::parse(Rule::file, &alone)
            .map_err(|error| syntax_error(&Arc::clone(&self.source), &error))?;
        let statement = read.flatten().find(|p| p.as_rule() == Rule::statement);
        let search = Box::new(self.statement(self.need(statement, "a question")?)?);
        let first = self.side(self.need(parts.next(), "a side")?)?;
        let second = self.side(self.need(parts.next(), "a side")?)?;
        Ok(Diff::Question { search, sides: Box::new([first, second]) })
    }

    fn diff_tables(&self, pair: Pair<'_, Rule>) -> Result<Diff> {
        let (mut table, mut sides, mut clauses) = (None, Vec::new(), Clauses::default());
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::one_table | Rule::all_tables | Rule::and => {}
                Rule::side => sides.push(self.side(part)?),
                Rule::clause => self.clause(part, &mut clauses)?,
                _ => table = Some(self.name(&part)),
            }
        }
        let mut sides = sides.into_iter();
        let (a, b) = (self.need(sides.next(), "a side")?, self.need(sides.next(), "a side")?);
        Ok(Diff::Tables { table, sides: Box::new([a, b]), clauses: Box::new(clauses) })
    }

    fn side(&self, pair: Pair<'_, Rule>) -> Result<Side> {
        let mut terms = Vec::new();
        let mut names = Vec::new();
        for part in self.parts(pair) {
            if part.as_rule() == Rule::side_term {
                let mut inner = self.parts(part).peekable();
                let is_price = inner.next_if(|p| p.as_rule() == Rule::price).is_some();
                let mut name = self.name(&self.need(inner.next(), "an axis")?);
                name.text.insert_str(0, if is_price { "price." } else { "" });
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
