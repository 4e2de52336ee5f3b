//! Serving modes: pools of workers, and the passes that a worker runs.

use pest::iterators::Pair;

use super::builder::Builder;
use super::grammar::Rule;
use crate::base::error::{Code, Error, Result};
use crate::lang::ast::{
    Definition, Expr, Item, ModeDef, Name, Over, PassDef, Phase, PoolDef, ProfileDef, Scope,
    SimulationDef,
};

impl Builder {
    pub(super) fn mode(&self, pair: Pair<'_, Rule>) -> Result<ModeDef> {
        let mut parts = self.parts(pair);
        let name = self.name(&self.need(parts.next(), "a name")?);
        let mut mode = ModeDef { name, scope: Scope::default(), pools: Vec::new() };
        for part in parts {
            if part.as_rule() != Rule::pool {
                self.scope_item(part, &mut mode.scope)?;
                continue;
            }
            let mut items = self.parts(part);
            let name = self.name(&self.need(items.next(), "a name")?);
            let mut scope = Scope::default();
            for item in items {
                self.scope_item(item, &mut scope)?;
            }
            mode.pools.push(PoolDef { name, scope });
        }
        Ok(mode)
    }

    fn scope_item(&self, pair: Pair<'_, Rule>, scope: &mut Scope) -> Result<()> {
        match pair.as_rule() {
            Rule::pass => scope.passes.push(self.pass(pair)?),
            Rule::profile => scope.profiles.push(self.profile(pair)?),
            Rule::simulation => scope.simulations.push(self.simulation(pair)?),
            _ => match self.definition(pair)? {
                Definition::Let(d) => scope.lets.push(d),
                Definition::Metric(d) => scope.metrics.push(d),
                Definition::Rule(d) => scope.rules.push(d),
                Definition::Axis(d) => scope.axes.push(d),
                _ => return Err(Error::internal(Code::ParserBug, "a block in a mode")),
            },
        }
        Ok(())
    }

    fn profile(&self, pair: Pair<'_, Rule>) -> Result<ProfileDef> {
        let mut sizes = Vec::new();
        for part in self.parts(pair.clone()).filter(|part| part.as_rule() == Rule::sizes) {
            for size in self.parts(part) {
                let mut parts = self.parts(size);
                let name = self.name(&self.need(parts.next(), "a size")?);
                sizes.push((name, self.domain(self.need(parts.next(), "values")?)?));
            }
        }
        Ok(ProfileDef { pass: self.pass(pair)?, sizes })
    }

    fn simulation(&self, pair: Pair<'_, Rule>) -> Result<SimulationDef> {
        let mut parts = self.parts(pair);
        let name = self.name(&self.need(parts.next(), "a name")?);
        let at = self.need(parts.next(), "what it is given")?;
        Ok(SimulationDef { name, at: self.coordinates(at)? })
    }

    /// `at (name = value, ...)`
    fn coordinates(&self, pair: Pair<'_, Rule>) -> Result<Vec<(Name, Expr)>> {
        let mut coordinates = Vec::new();
        for argument in self.parts(pair) {
            let loc = self.loc(&argument);
            let argument = self.argument(argument)?;
            let name = argument.name.ok_or_else(|| {
                Error::question(Code::UnnamedCoordinate, "a coordinate has no name")
                    .at(loc.span(), "write `name = value`")
            })?;
            coordinates.push((name, argument.value));
        }
        Ok(coordinates)
    }

    fn pass(&self, pair: Pair<'_, Rule>) -> Result<PassDef> {
        let mut parts = self.parts(pair);
        let name = self.name(&self.need(parts.next(), "a name")?);
        let phase = phase_of(self.need(parts.next(), "a phase")?.as_str());
        let mut pass = PassDef {
            name,
            phase,
            only: None,
            except: None,
            at: Vec::new(),
            over: None,
            when: None,
        };
        for part in parts {
            let rule = part.as_rule();
            match rule {
                Rule::only | Rule::except => {
                    let role = self.parts(part).next().map(|p| p.as_str().to_owned());
                    *(if rule == Rule::only { &mut pass.only } else { &mut pass.except }) = role;
                }
                Rule::at => pass.at = self.coordinates(part)?,
                Rule::sizes => {}
                Rule::when => pass.when = Some(self.condition(part)?),
                _ => pass.over = Some(self.over(part)?),
            }
        }
        Ok(pass)
    }

    fn over(&self, pair: Pair<'_, Rule>) -> Result<Over> {
        let mut parts = self.parts(pair);
        let name = self.name(&self.need(parts.next(), "a variable")?);
        let range: Item = self.item(self.need(parts.next(), "a range")?)?;
        let weight = self.expr(self.need(parts.next(), "a weight")?)?;
        Ok(Over { name, range, weight })
    }
}

pub(super) fn phase_of(word: &str) -> Phase {
    if word.eq_ignore_ascii_case("context") {
        Phase::Context
    } else if word.eq_ignore_ascii_case("encoder") {
        Phase::Encoder
    } else if word.eq_ignore_ascii_case("draft") {
        Phase::Draft
    } else {
        Phase::Generation
    }
}
