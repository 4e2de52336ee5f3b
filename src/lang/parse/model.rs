//! The model as text: values, metrics, rules, axes, limits, and which block a block is.

use pest::iterators::Pair;

use super::builder::Builder;
use super::grammar::Rule;
use crate::base::error::{Code, Error, Result};
use crate::lang::ast::{
    AssumeDef, AxisDef, AxisKind, Better, Definition, EngineDef, Expr, ExprKind, Item, LetDef,
    LimitDef, MetricDef, RuleDef, Template, TemplatePart,
};
use crate::lang::quote::unquoted;
use crate::lang::units::Unit;

impl Builder {
    pub(super) fn definition(&self, pair: Pair<'_, Rule>) -> Result<Definition> {
        Ok(match pair.as_rule() {
            Rule::definition => Definition::Let(self.let_def(pair)?),
            Rule::metric => Definition::Metric(self.metric(pair)?),
            Rule::rule_def => Definition::Rule(self.rule(pair)?),
            Rule::varied => Definition::Vary(self.parts(pair).map(|p| self.name(&p)).collect()),
            Rule::limited => Definition::Limit(self.limits(pair)?),
            Rule::column => Definition::Column(self.column(pair)?),
            Rule::meaning => self.meaning(pair)?,
            Rule::ranking => Definition::Ranking(self.ranking(pair)?),
            Rule::compromise => self.compromise(pair)?,
            Rule::alias => self.alias(pair)?,
            Rule::unmodelled => self.unmodelled(pair)?,
            Rule::assumed => Definition::Assume(self.assumed(pair)?),
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

    fn engine(&self, pair: Pair<'_, Rule>) -> Result<EngineDef> {
        let mut parts = self.parts(pair);
        let name = self.name(&self.need(parts.next(), "a name")?);
        let definitions = parts.map(|part| match part.as_rule() {
            Rule::operation | Rule::row_set => self.block(part),
            _ => self.definition(part),
        });
        Ok(EngineDef { definitions: definitions.collect::<Result<_>>()?, name })
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

    /// Which direction `higher` and `lower` call better.
    pub(super) fn better(pair: &Pair<'_, Rule>) -> Better {
        let higher = pair.as_str().eq_ignore_ascii_case("higher");
        if higher { Better::Higher } else { Better::Lower }
    }

    fn metric(&self, pair: Pair<'_, Rule>) -> Result<MetricDef> {
        let (mut name, mut unit, mut better, mut value) = (None, Unit::None, None, None);
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::unit_spec => unit = self.metric_unit(&part)?,
                Rule::better => better = Some(Self::better(&part)),
                Rule::expr => value = Some(self.expr(part)?),
                _ => name = Some(self.name(&part)),
            }
        }
        let (name, value) = (self.need(name, "a name")?, self.need(value, "a value")?);
        Ok(MetricDef { name, unit, better, value })
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

    fn assumed(&self, pair: Pair<'_, Rule>) -> Result<AssumeDef> {
        let (mut name, mut when, mut sentence) = (None, None, None);
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::when => when = Some(self.condition(part)?),
                Rule::template => sentence = Some(self.template(part)?),
                _ => name = Some(self.name(&part)),
            }
        }
        let name = self.need(name, "a name")?;
        Ok(AssumeDef { name, when, sentence: self.need(sentence, "a sentence")? })
    }

    fn template(&self, pair: Pair<'_, Rule>) -> Result<Template> {
        let text = unquoted(pair.as_str());
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
                return Err(Error::question(
                    Code::NoSuchAxisKind,
                    format!("`{other}` is no kind of axis"),
                )
                .at(self.loc(&kind).span(), "worker, request, workload or choice"));
            }
        };
        let domain = self.domain(self.need(parts.next(), "values")?)?;
        let when = parts.next().map(|p| self.condition(p)).transpose()?;
        Ok(AxisDef { name, kind, domain, when, engine: None })
    }

    /// A limit for each name.
    fn limits(&self, pair: Pair<'_, Rule>) -> Result<Vec<LimitDef>> {
        let (mut names, mut whole, mut bounds, mut of) = (Vec::new(), false, None, None);
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::whole => whole = true,
                Rule::range => bounds = Some(self.item(part)?),
                Rule::share_of => of = self.parts(part).next().map(|p| self.name(&p)),
                _ => names.push(self.name(&part)),
            }
        }
        let Some(Item::Range { low, high, .. }) = bounds else {
            return Err(Error::internal(Code::ParserBug, "the parser lost the bounds of a limit"));
        };
        let bound = |expr: &Expr| match expr.kind {
            ExprKind::Number(n, _) => Ok((n, expr.loc.text().to_owned())),
            _ => Err(Error::question(Code::BadAxis, "the bounds of a limit are plain numbers")
                .at(expr.loc.span(), "not a number")),
        };
        let (low, high) = (bound(&low)?, bound(&high)?);
        let limit = |name| {
            let (low, high, of) = (low.clone(), high.clone(), of.clone());
            LimitDef { name, whole, low, high, of }
        };
        Ok(names.into_iter().map(limit).collect())
    }
}
