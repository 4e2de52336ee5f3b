//! The clauses of a question.

use pest::iterators::Pair;

use super::builder::Builder;
use super::grammar::Rule;
use super::question::supposed;
use crate::base::error::{Code, Error, Result};
use crate::lang::ast::{
    Change, Class, Clauses, Distinct, Domain, Expr, Hypothesis, Mix, Name, Objective, Preference,
    Top,
};

impl Builder {
    /// Adds a clause to those of its question.
    pub(super) fn clause(&self, pair: Pair<'_, Rule>, clauses: &mut Clauses) -> Result<()> {
        let clause = self.need(pair.into_inner().next(), "a clause")?;
        match clause.as_rule() {
            Rule::for_clause => self.for_clause(clause, clauses)?,
            Rule::with_clause => {
                for part in self.parts(clause).filter(|p| p.as_rule() == Rule::hypothesis) {
                    clauses.hypotheses.push(self.hypothesis(part, false)?);
                }
            }
            Rule::on_clause => {
                for part in self.parts(clause) {
                    clauses.placements.push(self.placement(part)?);
                }
            }
            Rule::using_clause => {
                for part in self.parts(clause) {
                    let mut inner = part.into_inner().map(|p| self.name(&p));
                    clauses.frameworks.push((self.need(inner.next(), "a backend")?, inner.next()));
                }
            }
            Rule::serving_clause => self.serving_clause(clause, clauses)?,
            Rule::as_clause => clauses.modes.extend(self.parts(clause).map(|p| self.name(&p))),
            Rule::where_clause => {
                for part in self.parts(clause) {
                    clauses.filter.push(self.expr(part)?);
                }
            }
            Rule::prefer_clause => clauses.preferences.push(self.preference(clause)?),
            Rule::maximize_clause | Rule::minimize_clause | Rule::pareto_clause => {
                if clauses.objective.is_some() {
                    return Err(Error::question(
                        Code::GivenTwiceHere,
                        "a search has one objective",
                    )
                    .at(self.loc(&clause).span(), "a second one")
                    .help("for the best compromises of several, write `pareto a, b`"));
                }
                clauses.objective = Some(self.objective(clause)?);
            }
            Rule::top_clause => clauses.top = Some(self.top(clause)?),
            other => return Err(Error::internal(Code::ParserBug, format!("no clause {other:?}"))),
        }
        Ok(())
    }

    /// `for 'model', ..`, or names with values.
    fn for_clause(&self, pair: Pair<'_, Rule>, clauses: &mut Clauses) -> Result<()> {
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::hypothesis => clauses.hypotheses.push(self.hypothesis(part, true)?),
                _ => clauses.models.push(self.name(&part)),
            }
        }
        Ok(())
    }

    /// `system [* gpus]`
    fn placement(&self, pair: Pair<'_, Rule>) -> Result<(Name, Option<Expr>)> {
        let mut inner = pair.into_inner();
        let system = self.name(&self.need(inner.next(), "a system")?);
        Ok((system, inner.next().map(|p| self.expr(p)).transpose()?))
    }

    fn serving_clause(&self, pair: Pair<'_, Rule>, clauses: &mut Clauses) -> Result<()> {
        let mut terms = Vec::new();
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::mix if clauses.mix.is_some() => {
                    return Err(Error::question(Code::GivenTwiceHere, "a question has one mix")
                        .at(self.loc(&part).span(), "a second one")
                        .help("write all classes into one, separated by `;`"));
                }
                Rule::mix => clauses.mix = Some(self.mix(part)?),
                _ => terms.push(self.axis_term(part)?),
            }
        }
        let terms = supposed(terms, clauses);
        clauses.serving.extend(terms);
        Ok(())
    }

    fn objective(&self, pair: Pair<'_, Rule>) -> Result<Objective> {
        let rule = pair.as_rule();
        let mut exprs = self.parts(pair).map(|p| self.expr(p)).collect::<Result<Vec<_>>>()?;
        Ok(match rule {
            Rule::pareto_clause => Objective::Pareto(exprs),
            Rule::maximize_clause => Objective::Maximize(self.need(exprs.pop(), "an objective")?),
            _ => Objective::Minimize(self.need(exprs.pop(), "an objective")?),
        })
    }

    /// `top count [per column, ..] [distinct column, .. | distinct *]`
    fn top(&self, pair: Pair<'_, Rule>) -> Result<Top> {
        let mut parts = self.parts(pair).filter(|p| p.as_rule() != Rule::per);
        let count = self.expr(self.need(parts.next(), "a count")?)?;
        let (mut per, mut distinct) = (Vec::new(), Distinct::default());
        for part in parts {
            match part.as_rule() {
                Rule::distinct => {
                    let columns: Vec<Name> = self.parts(part).map(|p| self.name(&p)).collect();
                    distinct = match columns.is_empty() {
                        true => Distinct::Candidates,
                        false => Distinct::Columns(columns),
                    };
                }
                _ => per.push(self.name(&part)),
            }
        }
        Ok(Top { count, per, distinct })
    }

    fn hypothesis(&self, pair: Pair<'_, Rule>, each: bool) -> Result<Hypothesis> {
        let mut parts = self.parts(pair);
        let name = self.name(&self.need(parts.next(), "a name")?);
        let value = self.need(parts.next(), "a value")?;
        let change = match value.as_rule() {
            Rule::multiple => {
                let factor = self.need(self.parts(value).next(), "a factor")?;
                Change::Times(match factor.as_rule() {
                    Rule::unary => Domain::Value(self.unary(factor)?),
                    _ => self.domain(factor)?,
                })
            }
            _ => Change::To(self.domain(value)?),
        };
        Ok(Hypothesis { name, change, each })
    }

    fn mix(&self, pair: Pair<'_, Rule>) -> Result<Mix> {
        let loc = self.loc(&pair);
        let classes = self.parts(pair).map(|class| {
            let (mut name, mut share, mut terms) = (None, None, Vec::new());
            for part in self.parts(class) {
                match part.as_rule() {
                    Rule::ident => name = Some(self.name(&part)),
                    Rule::number => {
                        let loc = self.loc(&part);
                        share = Some(Expr { kind: self.number(part)?, loc });
                    }
                    _ => terms.push(self.axis_term(part)?),
                }
            }
            Ok(Class { name, share: self.need(share, "a share")?, terms })
        });
        Ok(Mix { classes: classes.collect::<Result<_>>()?, loc })
    }

    fn preference(&self, pair: Pair<'_, Rule>) -> Result<Preference> {
        let (mut condition, mut weight, mut fail_ratio, mut hard) = (None, None, None, false);
        for part in self.parts(pair) {
            let rule = part.as_rule();
            match rule {
                Rule::hard => hard = true,
                Rule::weight | Rule::fail_ratio => {
                    let value = self.expr(self.need(self.parts(part).next(), "a value")?)?;
                    *(if rule == Rule::weight { &mut weight } else { &mut fail_ratio }) =
                        Some(value);
                }
                _ => condition = Some(self.expr(part)?),
            }
        }
        Ok(Preference { condition: self.need(condition, "a condition")?, weight, fail_ratio, hard })
    }
}
