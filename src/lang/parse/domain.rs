//! Lists, ranges and single values.

use pest::iterators::Pair;

use super::builder::Builder;
use super::grammar::Rule;
use crate::base::error::Result;
use crate::lang::ast::{Domain, Item, Stride};

impl Builder {
    pub(super) fn list(&self, pair: Pair<'_, Rule>) -> Result<Vec<Item>> {
        pair.into_inner().map(|item| self.item(item)).collect()
    }

    /// An `item` or a `range`.
    pub(super) fn item(&self, pair: Pair<'_, Rule>) -> Result<Item> {
        let mut parts = pair.into_inner();
        let low = self.expr(self.need(parts.next(), "a value")?)?;
        let Some(tail) = parts.next() else { return Ok(Item::One(low)) };
        let mut parts = tail.into_inner();
        let high = self.expr(self.need(parts.next(), "a bound")?)?;
        let stride = match parts.next() {
            None => Stride::One,
            Some(p) => {
                let rule = p.as_rule();
                let by = self.need(self.parts(p).next(), "a step")?;
                let by = self.expr(by)?;
                if rule == Rule::step { Stride::Step(by) } else { Stride::Factor(by) }
            }
        };
        Ok(Item::Range { low, high, stride })
    }

    /// What follows `in` or `=`: a `domain`, `list`, `item` or `expr`.
    pub(super) fn domain(&self, pair: Pair<'_, Rule>) -> Result<Domain> {
        Ok(match pair.as_rule() {
            Rule::domain => {
                let inner = self.need(pair.into_inner().next(), "a domain")?;
                return self.domain(inner);
            }
            Rule::list => Domain::Items(self.list(pair)?),
            Rule::item => match self.item(pair)? {
                Item::One(value) => Domain::Value(value),
                range => Domain::Items(vec![range]),
            },
            _ => Domain::Value(self.expr(pair)?),
        })
    }
}
