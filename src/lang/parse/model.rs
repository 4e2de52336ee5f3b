//! The model as text: definitions, operations, architectures, serving modes.

use pest::iterators::Pair;

use super::{Builder, Rule, unquote};
use crate::error::{Error, Result};
use crate::lang::ast::{
    Argument, AxisDef, AxisKind, Better, Definition, EngineDef, Expr, ExprKind, Item, LetDef,
    LimitDef, MetricDef, ModeDef, OperationDef, Over, PassDef, Phase, PoolDef, PriceDef, RuleDef,
    Scope, Template, TemplatePart,
};
use crate::lang::units::Unit;

impl Builder {
    pub(super) fn definition(&self, pair: Pair<'_, Rule>) -> Result<Definition> {
        Ok(match pair.as_rule() {
            Rule::definition => Definition::Let(self.let_def(pair)?),
            Rule::metric => Definition::Metric(self.metric(pair)?),
            Rule::rule_def => Definition::Rule(self.rule(pair)?),
            Rule::varied => Definition::Vary(self.parts(pair).map(|p| self.name(&p)).collect()),
            Rule::limited => Definition::Limit(self.limits(pair)?),
            _ => Definition::Axis(self.axis(pair)?),
        })
    }

    pub(super) fn block(&self, pair: Pair<'_, Rule>) -> Result<Definition> {
        Ok(match pair.as_rule() {
            Rule::quant_mode => {
                let mut parts = self.parts(pair);
                let name = self.name(&self.need(parts.next(), "a name")?);
                let items = parts.map(|p| {
                    let mut item = p.into_inner();
                    let key = self.name(&self.need(item.next(), "a key")?);
                    Ok((key, self.expr(self.need(item.next(), "a value")?)?))
                });
                Definition::Quant(name, items.collect::<Result<_>>()?)
            }
            Rule::operation => Definition::Operation(self.operation(pair)?),
            Rule::row_set => Definition::Rows(self.row_set(pair)?),
            Rule::architecture => Definition::Architecture(self.architecture(pair)?),
            Rule::engine => Definition::Engine(self.engine(pair)?),
            _ => Definition::Mode(self.mode(pair)?),
        })
    }

    pub(super) fn condition(&self, when: Pair<'_, Rule>) -> Result<Expr> {
        self.expr(self.need(self.parts(when).next(), "a condition")?)
    }

    pub(super) fn let_def(&self, pair: Pair<'_, Rule>) -> Result<LetDef> {
        let mut parts = self.parts(pair);
        let name = self.name(&self.need(parts.next(), "a name")?);
        let value = self.expr(self.need(parts.next(), "a value")?)?;
        let when = parts.next().map(|p| self.condition(p)).transpose()?;
        Ok(LetDef { name, value, when, engine: None })
    }

    fn metric(&self, pair: Pair<'_, Rule>) -> Result<MetricDef> {
        let (mut name, mut unit, mut better, mut value) = (None, Unit::None, None, None);
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::unit_spec => unit = self.unit(&part)?,
                Rule::better if part.as_str().eq_ignore_ascii_case("higher") => {
                    better = Some(Better::Higher);
                }
                Rule::better => better = Some(Better::Lower),
                Rule::expr => value = Some(self.expr(part)?),
                _ => name = Some(self.name(&part)),
            }
        }
        let (name, value) = (self.need(name, "a name")?, self.need(value, "a value")?);
        Ok(MetricDef { name, unit, better, value })
    }

    fn unit(&self, pair: &Pair<'_, Rule>) -> Result<Unit> {
        let text = pair.as_str();
        let unit = match text {
            "GiB" => Some(Unit::Gib),
            "number" => Some(Unit::None),
            "cost" => Some(Unit::Cost),
            _ => Unit::parse(text).or_else(|| Unit::parse(&format!("${text}"))).map(|u| u.0),
        };
        unit.ok_or_else(|| {
            Error::question("AIQ0202", format!("`{text}` is not a unit"))
                .at(self.loc(pair).span(), "unknown unit")
                .help("units of metrics: ms, GiB, %, tokens, req/s, tokens/s, number, cost")
        })
    }

    pub(super) fn rule(&self, pair: Pair<'_, Rule>) -> Result<RuleDef> {
        let (mut name, mut when, mut require, mut message) = (None, None, None, None);
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::when => when = Some(self.condition(part)?),
                Rule::expr => require = Some(self.expr(part)?),
                Rule::template => message = Some(self.template(part)?),
                _ => name = Some(self.name(&part)),
            }
        }
        Ok(RuleDef {
            name: self.need(name, "a name")?,
            when,
            require: self.need(require, "a condition")?,
            message: self.need(message, "a message")?,
        })
    }

    fn template(&self, pair: Pair<'_, Rule>) -> Result<Template> {
        let text = unquote(pair.as_str());
        let mut parts = Vec::new();
        for part in pair.into_inner() {
            parts.push(match part.as_rule() {
                Rule::hole => {
                    let expr = self.need(part.into_inner().next(), "an expression")?;
                    TemplatePart::Value(self.expr(expr)?)
                }
                Rule::single_text => TemplatePart::Text(part.as_str().replace("''", "'")),
                _ => TemplatePart::Text(part.as_str().replace("\"\"", "\"")),
            });
        }
        Ok(Template { text, parts })
    }

    fn axis(&self, pair: Pair<'_, Rule>) -> Result<AxisDef> {
        let mut parts = self.parts(pair);
        let name = self.name(&self.need(parts.next(), "a name")?);
        let kind = self.need(parts.next(), "a kind")?;
        let kind = match kind.as_str() {
            "worker" => AxisKind::Worker,
            "request" => AxisKind::Request,
            "workload" => AxisKind::Workload,
            "choice" => AxisKind::Choice,
            other => {
                return Err(Error::question("AIQ0105", format!("`{other}` is no kind of axis"))
                    .at(self.loc(&kind).span(), "worker, request, workload or choice"));
            }
        };
        let domain = self.domain(self.need(parts.next(), "values")?)?;
        let when = parts.next().map(|p| self.condition(p)).transpose()?;
        Ok(AxisDef { name, kind, domain, when, engine: None })
    }

    /// A limit for each name.
    fn limits(&self, pair: Pair<'_, Rule>) -> Result<Vec<LimitDef>> {
        let (mut names, mut whole, mut bounds) = (Vec::new(), false, None);
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::whole => whole = true,
                Rule::range => bounds = Some(self.item(part)?),
                _ => names.push(self.name(&part)),
            }
        }
        let Some(Item::Range { low, high, .. }) = bounds else {
            return Err(Error::internal("AIQ0901", "the parser lost the bounds of a limit"));
        };
        let bound = |expr: &Expr| match expr.kind {
            ExprKind::Number(n, _) => Ok((n, expr.loc.text().to_owned())),
            _ => Err(Error::question("AIQ0210", "the bounds of a limit are plain numbers")
                .at(expr.loc.span(), "not a number")),
        };
        let (low, high) = (bound(&low)?, bound(&high)?);
        let limit = |name| LimitDef { name, whole, low: low.clone(), high: high.clone() };
        Ok(names.into_iter().map(limit).collect())
    }

    fn operation(&self, pair: Pair<'_, Rule>) -> Result<OperationDef> {
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

    fn argument(&self, pair: Pair<'_, Rule>) -> Result<Argument> {
        let (mut name, mut value) = (None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::ident => name = Some(self.name(&part)),
                _ => value = Some(self.expr(part)?),
            }
        }
        Ok(Argument { name, value: self.need(value, "an argument")? })
    }

    fn engine(&self, pair: Pair<'_, Rule>) -> Result<EngineDef> {
        let mut parts = self.parts(pair);
        let name = self.name(&self.need(parts.next(), "a name")?);
        let definitions = parts.map(|part| match part.as_rule() {
            Rule::operation | Rule::row_set => self.block(part),
            _ => self.definition(part),
        });
        Ok(EngineDef { definitions: definitions.collect::<Result<_>>()?, name })
    }

    fn mode(&self, pair: Pair<'_, Rule>) -> Result<ModeDef> {
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
            _ => match self.definition(pair)? {
                Definition::Let(d) => scope.lets.push(d),
                Definition::Metric(d) => scope.metrics.push(d),
                Definition::Rule(d) => scope.rules.push(d),
                Definition::Axis(d) => scope.axes.push(d),
                _ => return Err(Error::internal("AIQ0901", "a block in a mode")),
            },
        }
        Ok(())
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
                Rule::at => {
                    for argument in self.parts(part) {
                        let loc = self.loc(&argument);
                        let argument = self.argument(argument)?;
                        let name = argument.name.ok_or_else(|| {
                            Error::question("AIQ0106", "a coordinate has no name")
                                .at(loc.span(), "write `name = value`")
                        })?;
                        pass.at.push((name, argument.value));
                    }
                }
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
