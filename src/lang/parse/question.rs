//! Questions: `search`, `estimate` and their axes.

use pest::iterators::Pair;

use super::builder::Builder;
use super::grammar::Rule;
use crate::base::error::{Code, Error, Result};
use crate::lang::ast::{
    AxisTerm, BinaryOp, Change, Clauses, Domain, Estimate, EstimateInput, Expr, ExprKind,
    Hypothesis, Search, is_hypothetical,
};

impl Builder {
    pub(super) fn search(&self, pair: Pair<'_, Rule>) -> Result<Search> {
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

    pub(super) fn estimate(&self, pair: Pair<'_, Rule>) -> Result<Estimate> {
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

    pub(super) fn axis_terms(&self, pair: Pair<'_, Rule>) -> Result<Vec<AxisTerm>> {
        self.parts(pair).map(|p| self.axis_term(p)).collect()
    }

    pub(super) fn axis_term(&self, pair: Pair<'_, Rule>) -> Result<AxisTerm> {
        let mut parts = self.parts(pair);
        let name = self.name(&self.need(parts.next(), "an axis")?);
        let domain = self.domain(self.need(parts.next(), "values")?)?;
        if let Domain::Value(Expr { kind: ExprKind::Binary(BinaryOp::And, value, _), loc }) =
            &domain
        {
            let mut span = loc.span();
            span.range.start = value.loc.range.end;
            return Err(Error::question(
                Code::GivenTwiceHere,
                format!("`{}` has one value here", name.text),
            )
            .at(span, "a second condition")
            .help("axes are separated by commas"));
        }
        Ok(AxisTerm { name, domain })
    }
}

/// Moves what is known of the hardware or the tables from the axes to what the question supposes;
/// the other axes are returned.
pub(super) fn supposed(terms: Vec<AxisTerm>, clauses: &mut Clauses) -> Vec<AxisTerm> {
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
