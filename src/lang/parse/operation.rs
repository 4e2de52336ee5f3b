//! Operations: what they hold and how they are priced.

use pest::iterators::Pair;

use super::builder::Builder;
use super::grammar::Rule;
use crate::base::error::Result;
use crate::lang::ast::{Argument, OperationDef, PriceDef};

impl Builder {
    pub(super) fn operation(&self, pair: Pair<'_, Rule>) -> Result<OperationDef> {
        let mut parts = self.parts(pair);
        let name = self.name(&self.need(parts.next(), "a name")?);
        let mut operation =
            OperationDef { name, parameters: Vec::new(), weight: None, prices: Vec::new() };
        for part in parts {
            match part.as_rule() {
                Rule::parameter => {
                    let mut inner = part.into_inner();
                    let name = self.name(&self.need(inner.next(), "a parameter")?);
                    let default = inner.next().map(|p| self.expr(p)).transpose()?;
                    operation.parameters.push((name, default));
                }
                Rule::weight_item => operation.weight = Some(self.condition(part)?),
                _ => operation.prices.push(self.price(part)?),
            }
        }
        Ok(operation)
    }

    fn price(&self, pair: Pair<'_, Rule>) -> Result<PriceDef> {
        let mut parts = self.parts(pair);
        let op = self.name(&self.need(parts.next(), "an op")?);
        let mut price =
            PriceDef { op, arguments: Vec::new(), times: None, claims: None, when: None };
        for part in parts {
            match part.as_rule() {
                Rule::arguments => price.arguments = self.arguments(part)?,
                Rule::times => price.times = Some(self.condition(part)?),
                Rule::claims => {
                    let origin = self.need(self.parts(part).next(), "an origin")?;
                    price.claims = Some(self.name(&origin));
                }
                _ => price.when = Some(self.condition(part)?),
            }
        }
        Ok(price)
    }

    pub(super) fn arguments(&self, pair: Pair<'_, Rule>) -> Result<Vec<Argument>> {
        pair.into_inner().map(|p| self.argument(p)).collect()
    }

    pub(super) fn argument(&self, pair: Pair<'_, Rule>) -> Result<Argument> {
        let (mut name, mut value) = (None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::ident => name = Some(self.name(&part)),
                _ => value = Some(self.expr(part)?),
            }
        }
        Ok(Argument { name, value: self.need(value, "an argument")? })
    }
}
