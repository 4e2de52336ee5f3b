//! Statements: which one it is, and those that are short.

use pest::iterators::Pair;

use super::builder::Builder;
use super::grammar::Rule;
use crate::base::error::{Code, Error, Result};
use crate::lang::ast::{Assertion, AxisTerm, Name, Statement, StatementKind, Target};

impl Builder {
    pub(super) fn statement(&self, pair: Pair<'_, Rule>) -> Result<Statement> {
        let loc = self.loc(&pair);
        let rule = pair.as_rule();
        let inner = self.need(pair.into_inner().next(), "a statement")?;
        let kind = match rule {
            Rule::block => StatementKind::Define(self.block(inner)?),
            Rule::model_item => StatementKind::Define(self.definition(inner)?),
            _ => self.statement_kind(inner)?,
        };
        Ok(Statement { kind, loc })
    }

    fn statement_kind(&self, pair: Pair<'_, Rule>) -> Result<StatementKind> {
        Ok(match pair.as_rule() {
            Rule::sql => StatementKind::Sql(pair.as_str().trim().to_owned()),
            Rule::search => StatementKind::Search(self.search(pair)?),
            Rule::estimate => StatementKind::Estimate(self.estimate(pair)?),
            Rule::explain => self.explain(pair)?,
            Rule::explain_ops => self.explain_ops(pair)?,
            Rule::explain_metric => self.explain_metric(pair)?,
            Rule::why_not => self.why_not(pair)?,
            Rule::diff | Rule::diff_tables | Rule::diff_question => {
                StatementKind::Diff(self.diff(pair)?)
            }
            Rule::sensitivity => self.sensitivity(pair)?,
            Rule::frontier => self.frontier(pair)?,
            Rule::plot => self.plot(pair)?,
            Rule::save => self.save(pair)?,
            Rule::set => {
                let settings = self.parts(pair).map(|p| self.setting(p));
                StatementKind::Set(settings.collect::<Result<_>>()?)
            }
            Rule::show => {
                let mut parts = self.parts(pair).map(|p| self.name(&p));
                StatementKind::Show(self.need(parts.next(), "what to show")?, parts.next())
            }
            Rule::let_result => {
                let mut parts = self.parts(pair);
                let name = self.name(&self.need(parts.next(), "a name")?);
                let question = self.question(self.need(parts.next(), "a question")?)?;
                StatementKind::Let(name, Box::new(question))
            }
            Rule::generate => self.generate(pair)?,
            Rule::include => StatementKind::Include(self.only_name(pair)?),
            Rule::assertion => StatementKind::Assert(self.assertion(pair)?),
            Rule::attach => StatementKind::Attach(self.only_name(pair)?),
            other => {
                return Err(Error::internal(Code::ParserBug, format!("no statement {other:?}")));
            }
        })
    }

    fn explain(&self, pair: Pair<'_, Rule>) -> Result<StatementKind> {
        let mut analyze = false;
        let mut target = None;
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::analyze => analyze = true,
                _ => target = Some(self.target(part)?),
            }
        }
        Ok(StatementKind::Explain { analyze, target: self.need(target, "a target")? })
    }

    fn explain_ops(&self, pair: Pair<'_, Rule>) -> Result<StatementKind> {
        let target = self.parts(pair).find(|p| p.as_rule() != Rule::ops);
        Ok(StatementKind::ExplainOps(self.target(self.need(target, "a target")?)?))
    }

    fn explain_metric(&self, pair: Pair<'_, Rule>) -> Result<StatementKind> {
        let mut parts = self.parts(pair);
        let metric = self.name(&self.need(parts.next(), "a metric")?);
        let target = self.target(self.need(parts.next(), "a target")?)?;
        Ok(StatementKind::ExplainMetric(metric, target))
    }

    fn why_not(&self, pair: Pair<'_, Rule>) -> Result<StatementKind> {
        let (mut terms, mut name) = (Vec::new(), None);
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::axes => terms = self.axis_terms(part)?,
                Rule::not => {}
                _ => name = Some(self.name(&part)),
            }
        }
        Ok(StatementKind::WhyNot(terms, self.need(name, "a result")?))
    }

    fn sensitivity(&self, pair: Pair<'_, Rule>) -> Result<StatementKind> {
        let (mut target, mut inputs, mut by) = (None, Vec::new(), None);
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::path => inputs.push(self.name(&part)),
                Rule::expr => by = Some(self.expr(part)?),
                _ => target = Some(self.target(part)?),
            }
        }
        Ok(StatementKind::Sensitivity { target: self.need(target, "a result")?, inputs, by })
    }

    fn frontier(&self, pair: Pair<'_, Rule>) -> Result<StatementKind> {
        let mut parts = self.parts(pair);
        let metric = self.name(&self.need(parts.next(), "a metric")?);
        Ok(StatementKind::Frontier(metric, parts.next().map(|p| self.target(p)).transpose()?))
    }

    fn assertion(&self, pair: Pair<'_, Rule>) -> Result<Assertion> {
        let mut parts = self.parts(pair).map(|p| self.expr(p));
        let value = self.need(parts.next(), "a claim")??;
        Ok(match (parts.next().transpose()?, parts.next().transpose()?) {
            (Some(tolerance), Some(target)) => Assertion::Within { value, tolerance, target },
            _ => Assertion::Holds(value),
        })
    }

    /// A question, or a row of a named result: `a`, `a[2]`, `a.disagg[1]`.
    pub(super) fn target(&self, pair: Pair<'_, Rule>) -> Result<Target> {
        if matches!(pair.as_rule(), Rule::search | Rule::estimate) {
            return Ok(Target::Question(Box::new(self.question(pair)?)));
        }
        let (name, rank) = if pair.as_rule() == Rule::row {
            let mut parts = pair.into_inner();
            let name = self.name(&self.need(parts.next(), "a name")?);
            (name, parts.next().map(|p| self.expr(p)).transpose()?)
        } else {
            (self.name(&pair), None)
        };
        let (result, mode) = match name.text.split_once('.') {
            Some((result, mode)) => (result.to_owned(), Some(mode.to_owned())),
            None => (name.text.clone(), None),
        };
        Ok(Target::Row { name: Name { text: result, loc: name.loc }, mode, rank })
    }

    fn question(&self, pair: Pair<'_, Rule>) -> Result<Statement> {
        let loc = self.loc(&pair);
        Ok(Statement { kind: self.statement_kind(pair)?, loc })
    }

    fn setting(&self, pair: Pair<'_, Rule>) -> Result<AxisTerm> {
        let mut prefix = "";
        let mut name = None;
        let mut domain = None;
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::price => prefix = "price.",
                Rule::list | Rule::item => domain = Some(self.domain(part)?),
                _ => name = Some(self.name(&part)),
            }
        }
        let mut name = self.need(name, "a setting")?;
        name.text.insert_str(0, prefix);
        Ok(AxisTerm { name, domain: self.need(domain, "a value")? })
    }

    /// The one name of a pair.
    pub(super) fn only_name(&self, pair: Pair<'_, Rule>) -> Result<Name> {
        Ok(self.name(&self.need(self.parts(pair).next(), "a name")?))
    }
}
