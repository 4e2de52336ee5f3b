//! Statements that ask or set something.

use pest::iterators::Pair;

use super::{Builder, Rule};
use crate::error::{Error, Result};
use crate::lang::ast::{
    Assertion, AxisTerm, BinaryOp, Change, Class, Clauses, Destination, Domain, Estimate,
    EstimateInput, Expr, ExprKind, FileValue, Hypothesis, Mix, Name, Objective, Preference, Search,
    Statement, StatementKind, Target, Top, is_hypothetical,
};

impl Builder {
    pub(super) fn statement_kind(&self, pair: Pair<'_, Rule>) -> Result<StatementKind> {
        Ok(match pair.as_rule() {
            Rule::sql => StatementKind::Sql(pair.as_str().trim().to_owned()),
            Rule::search => StatementKind::Search(self.search(pair)?),
            Rule::estimate => StatementKind::Estimate(self.estimate(pair)?),
            Rule::explain => self.explain(pair)?,
            Rule::explain_ops => {
                let target = self.parts(pair).find(|p| p.as_rule() != Rule::ops);
                StatementKind::ExplainOps(self.target(self.need(target, "a target")?)?)
            }
            Rule::explain_metric => {
                let mut parts = self.parts(pair);
                let metric = self.name(&self.need(parts.next(), "a metric")?);
                let target = self.target(self.need(parts.next(), "a target")?)?;
                StatementKind::ExplainMetric(metric, target)
            }
            Rule::why_not => {
                let (mut terms, mut name) = (Vec::new(), None);
                for part in self.parts(pair) {
                    match part.as_rule() {
                        Rule::axes => terms = self.axis_terms(part)?,
                        Rule::not => {}
                        _ => name = Some(self.name(&part)),
                    }
                }
                StatementKind::WhyNot(terms, self.need(name, "a result")?)
            }
            Rule::diff | Rule::diff_tables | Rule::diff_question => {
                StatementKind::Diff(self.diff(pair)?)
            }
            Rule::sensitivity => {
                let (mut target, mut inputs, mut by) = (None, Vec::new(), None);
                for part in self.parts(pair) {
                    match part.as_rule() {
                        Rule::path => inputs.push(self.name(&part)),
                        Rule::expr => by = Some(self.expr(part)?),
                        _ => target = Some(self.target(part)?),
                    }
                }
                StatementKind::Sensitivity { target: self.need(target, "a result")?, inputs, by }
            }
            Rule::frontier => {
                let mut parts = self.parts(pair);
                let metric = self.name(&self.need(parts.next(), "a metric")?);
                StatementKind::Frontier(metric, parts.next().map(|p| self.target(p)).transpose()?)
            }
            Rule::plot => self.plot(pair)?,
            Rule::save => {
                let (mut names, mut to, mut platform) = (Vec::new(), None, None);
                for part in self.parts(pair) {
                    match part.as_rule() {
                        Rule::destination => to = Some(self.destination(part)?),
                        _ if to.is_some() => platform = Some(self.name(&part)),
                        _ => names.push(self.name(&part)),
                    }
                }
                StatementKind::Save { names, to: self.need(to, "a directory")?, platform }
            }
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
            Rule::generate => {
                let mut parts = self.parts(pair);
                let row = self.target(self.need(parts.next(), "a row")?)?;
                let to = self.destination(self.need(parts.next(), "a directory")?)?;
                let (mut names, mut values) = (Vec::new(), Vec::new());
                for part in parts {
                    match part.as_rule() {
                        Rule::with_values => {
                            let own = self.parts(part).filter(|p| p.as_rule() == Rule::with_value);
                            values = own.map(|p| self.file_value(p)).collect::<Result<_>>()?;
                        }
                        _ => names.push(self.name(&part)),
                    }
                }
                let mut names = names.into_iter();
                let (platform, api) = (names.next(), names.next());
                StatementKind::Generate { row, to, platform, api, values }
            }
            Rule::include => StatementKind::Include(self.only_name(pair)?),
            Rule::assertion => StatementKind::Assert(self.assertion(pair)?),
            Rule::attach => StatementKind::Attach(self.only_name(pair)?),
            other => {
                return Err(Error::internal("AIQ0901", format!("no statement {other:?}")));
            }
        })
    }

    fn assertion(&self, pair: Pair<'_, Rule>) -> Result<Assertion> {
        let mut parts = self.parts(pair).map(|p| self.expr(p));
        let value = self.need(parts.next(), "a claim")??;
        Ok(match (parts.next().transpose()?, parts.next().transpose()?) {
            (Some(tolerance), Some(target)) => Assertion::Within { value, tolerance, target },
            _ => Assertion::Holds(value),
        })
    }

    fn only_name(&self, pair: Pair<'_, Rule>) -> Result<Name> {
        Ok(self.name(&self.need(self.parts(pair).next(), "a name")?))
    }

    fn question(&self, pair: Pair<'_, Rule>) -> Result<Statement> {
        let loc = self.loc(&pair);
        Ok(Statement { kind: self.statement_kind(pair)?, loc })
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

    /// A question, or a row of a named result: `a`, `a[2]`, `a.disagg[1]`.
    fn target(&self, pair: Pair<'_, Rule>) -> Result<Target> {
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

    fn plot(&self, pair: Pair<'_, Rule>) -> Result<StatementKind> {
        let (mut target, mut axes, mut color, mut to) = (None, Vec::<Expr>::new(), None, None);
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::expr => axes.push(self.expr(part)?),
                Rule::plot_axes => {
                    axes = self.parts(part).map(|p| self.expr(p)).collect::<Result<_>>()?;
                }
                Rule::color_by => color = Some(self.only_name(part)?),
                Rule::destination => to = Some(self.destination(part)?),
                _ => target = Some(self.target(part)?),
            }
        }
        let mut axes = axes.into_iter();
        let axes = axes.next().zip(axes.next());
        Ok(StatementKind::Plot { target: self.need(target, "a target")?, axes, color, to })
    }

    fn destination(&self, pair: Pair<'_, Rule>) -> Result<Destination> {
        let (mut path, mut force) = (None, false);
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::string => path = Some(self.name(&part)),
                Rule::force => force = true,
                _ => {}
            }
        }
        Ok(Destination { path: self.need(path, "a path")?, force })
    }

    /// A file of values, or a key with its value.
    fn file_value(&self, pair: Pair<'_, Rule>) -> Result<FileValue> {
        let mut parts = self.parts(pair);
        let name = self.name(&self.need(parts.next(), "a value")?);
        Ok(match parts.next() {
            None => FileValue::File(name),
            Some(value) => FileValue::One(AxisTerm { name, domain: self.domain(value)? }),
        })
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

    fn axis_terms(&self, pair: Pair<'_, Rule>) -> Result<Vec<AxisTerm>> {
        self.parts(pair).map(|p| self.axis_term(p)).collect()
    }

    fn axis_term(&self, pair: Pair<'_, Rule>) -> Result<AxisTerm> {
        let mut parts = self.parts(pair);
        let name = self.name(&self.need(parts.next(), "an axis")?);
        let domain = self.domain(self.need(parts.next(), "values")?)?;
        if let Domain::Value(Expr { kind: ExprKind::Binary(BinaryOp::And, value, _), loc }) =
            &domain
        {
            let mut span = loc.span();
            span.range.start = value.loc.range.end;
            return Err(Error::question("AIQ0104", format!("`{}` has one value here", name.text))
                .at(span, "a second condition")
                .help("axes are separated by commas"));
        }
        Ok(AxisTerm { name, domain })
    }

    fn search(&self, pair: Pair<'_, Rule>) -> Result<Search> {
        let mut axes = Vec::new();
        let mut clauses = Clauses::default();
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::axes => axes = supposed(self.axis_terms(part)?, &mut clauses),
                _ => self.clause(part, &mut clauses)?,
            }
        }
        Ok(Search { axes, clauses })
    }

    fn estimate(&self, pair: Pair<'_, Rule>) -> Result<Estimate> {
        let mut input = EstimateInput::One(Vec::new());
        let mut clauses = Clauses::default();
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::from => {}
                Rule::axes => {
                    let terms = supposed(self.axis_terms(part)?, &mut clauses);
                    input = EstimateInput::One(terms);
                }
                Rule::relation => input = EstimateInput::Relation(relation_sql(&part)),
                _ => self.clause(part, &mut clauses)?,
            }
        }
        Ok(Estimate { input, clauses })
    }

    pub(super) fn clause(&self, pair: Pair<'_, Rule>, clauses: &mut Clauses) -> Result<()> {
        let clause = self.need(pair.into_inner().next(), "a clause")?;
        let loc = self.loc(&clause);
        let rule = clause.as_rule();
        let parts = self.parts(clause);
        match rule {
            Rule::for_clause => {
                for part in parts {
                    match part.as_rule() {
                        Rule::hypothesis => {
                            clauses.hypotheses.push(self.hypothesis(part, true)?);
                        }
                        _ => clauses.models.push(self.name(&part)),
                    }
                }
            }
            Rule::with_clause => {
                for part in parts.filter(|p| p.as_rule() == Rule::hypothesis) {
                    clauses.hypotheses.push(self.hypothesis(part, false)?);
                }
            }
            Rule::on_clause => {
                for part in parts {
                    let mut inner = part.into_inner();
                    let system = self.name(&self.need(inner.next(), "a system")?);
                    let gpus = inner.next().map(|p| self.expr(p)).transpose()?;
                    clauses.placements.push((system, gpus));
                }
            }
            Rule::using_clause => {
                for part in parts {
                    let mut inner = part.into_inner().map(|p| self.name(&p));
                    clauses.frameworks.push((self.need(inner.next(), "a backend")?, inner.next()));
                }
            }
            Rule::serving_clause => {
                let mut terms = Vec::new();
                for part in parts {
                    match part.as_rule() {
                        Rule::mix if clauses.mix.is_some() => {
                            return Err(Error::question("AIQ0104", "a question has one mix")
                                .at(self.loc(&part).span(), "a second one")
                                .help("write all classes into one, separated by `;`"));
                        }
                        Rule::mix => clauses.mix = Some(self.mix(part)?),
                        _ => terms.push(self.axis_term(part)?),
                    }
                }
                let terms = supposed(terms, clauses);
                clauses.serving.extend(terms);
            }
            Rule::as_clause => clauses.modes.extend(parts.map(|p| self.name(&p))),
            Rule::where_clause => {
                for part in parts {
                    clauses.filter.push(self.expr(part)?);
                }
            }
            Rule::prefer_clause => clauses.preferences.push(self.preference(parts)?),
            Rule::maximize_clause | Rule::minimize_clause | Rule::pareto_clause => {
                if clauses.objective.is_some() {
                    return Err(Error::question("AIQ0104", "a search has one objective")
                        .at(loc.span(), "a second one")
                        .help("for the best compromises of several, write `pareto a, b`"));
                }
                let mut exprs = parts.map(|p| self.expr(p)).collect::<Result<Vec<_>>>()?;
                clauses.objective = Some(match rule {
                    Rule::pareto_clause => Objective::Pareto(exprs),
                    Rule::maximize_clause => {
                        Objective::Maximize(self.need(exprs.pop(), "an objective")?)
                    }
                    _ => Objective::Minimize(self.need(exprs.pop(), "an objective")?),
                });
            }
            Rule::top_clause => {
                let mut parts = parts.filter(|p| p.as_rule() != Rule::per);
                let count = self.expr(self.need(parts.next(), "a count")?)?;
                let (mut per, mut distinct) = (Vec::new(), Vec::new());
                for part in parts {
                    match part.as_rule() {
                        Rule::distinct => {
                            distinct.extend(self.parts(part).map(|p| self.name(&p)));
                        }
                        _ => per.push(self.name(&part)),
                    }
                }
                clauses.top = Some(Top { count, per, distinct });
            }
            other => return Err(Error::internal("AIQ0901", format!("no clause {other:?}"))),
        }
        Ok(())
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

    fn preference<'i>(&self, parts: impl Iterator<Item = Pair<'i, Rule>>) -> Result<Preference> {
        let (mut condition, mut weight, mut fail_ratio, mut hard) = (None, None, None, false);
        for part in parts {
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

/// Facts among axes are suppositions; the rest.
fn supposed(terms: Vec<AxisTerm>, clauses: &mut Clauses) -> Vec<AxisTerm> {
    let (facts, rest) = terms.into_iter().partition(|t: &AxisTerm| is_hypothetical(&t.name.text));
    let as_supposed =
        |t: AxisTerm| Hypothesis { name: t.name, change: Change::To(t.domain), each: false };
    let facts: Vec<AxisTerm> = facts;
    clauses.hypotheses.extend(facts.into_iter().map(as_supposed));
    rest
}

/// SQL that selects a relation: a file, a table or a query in parentheses.
fn relation_sql(pair: &Pair<'_, Rule>) -> String {
    let text = pair.as_str().trim();
    match text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
        Some(query) => query.to_owned(),
        None => format!("select * from {text}"),
    }
}
