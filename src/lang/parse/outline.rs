//! Where the parts of a text begin, for its layout.

use std::ops::Range;

use pest::Parser;
use pest::iterators::Pair;

use super::grammar::{Grammar, Rule};
use super::recover::parse;
use crate::base::error::Result;
use crate::lang::ast::Statement;
use crate::lang::lex::token_from;

/// The places of a text that matter to its layout; all are byte offsets.
#[derive(Debug, Default)]
pub struct Outline {
    /// What the text says.
    pub statements: Vec<Statement>,
    /// What is laid out as its author did: SQL, units of metrics, messages with quotes in them.
    pub verbatim: Vec<Range<usize>>,
    /// Searches and estimates.
    pub questions: Vec<Question>,
    /// Where statements, definitions, groups and rows begin.
    pub items: Vec<usize>,
    /// Rows of operations.
    pub rows: Vec<Row>,
    /// Where `use` stands for rows.
    pub uses: Vec<usize>,
}

/// A question and its clauses.
#[derive(Debug)]
pub struct Question {
    /// The whole question.
    pub range: Range<usize>,
    /// Where the statement around it begins.
    pub statement: usize,
    /// Where its clauses begin.
    pub clauses: Vec<usize>,
}

/// A row of operations: `once context attention gemm(..)`.
#[derive(Debug)]
pub struct Row {
    /// Where the block around it begins: its rows form one table.
    pub block: usize,
    /// Where the phase stands.
    pub phase: Option<usize>,
    /// Where the name of the row stands.
    pub name: usize,
    /// Where the operation stands.
    pub op: usize,
}

/// The outline of a text.
///
/// # Errors
/// The text does not parse.
pub fn outline(name: &str, text: &str) -> Result<Outline> {
    let mut outline = Outline { statements: parse(name, text)?, ..Outline::default() };
    for pair in Grammar::parse(Rule::file, text).into_iter().flatten() {
        for statement in pair.into_inner() {
            let start = statement.as_span().start();
            outline.walk(statement, start, Rule::file);
        }
    }
    Ok(outline)
}

impl Outline {
    fn walk(&mut self, pair: Pair<'_, Rule>, statement: usize, parent: Rule) {
        let rule = pair.as_rule();
        let span = pair.as_span();
        let start = span.start();
        match rule {
            Rule::sql | Rule::unit_spec => return self.verbatim.push(trimmed(&pair)),
            Rule::relation if pair.as_str().starts_with('(') => {
                return self.verbatim.push(trimmed(&pair));
            }
            // Quotes in the braces of a message end it for the lexer.
            Rule::template
                if token_from(pair.as_str(), 0)
                    .is_none_or(|t| t.range.len() < pair.as_str().len()) =>
            {
                return self.verbatim.push(trimmed(&pair));
            }
            Rule::search | Rule::estimate => {
                let clauses = pair.clone().into_inner().filter(|p| p.as_rule() == Rule::clause);
                let clauses = clauses.map(|c| c.as_span().start()).collect();
                self.questions.push(Question { range: trimmed(&pair), statement, clauses });
            }
            Rule::op_row => self.row(&pair, statement),
            Rule::use_rows => self.uses.push(start),
            _ => {}
        }
        let is_item = matches!(
            rule,
            Rule::statement
                | Rule::block
                | Rule::axis
                | Rule::metric
                | Rule::rule_def
                | Rule::definition
                | Rule::varied
                | Rule::limited
                | Rule::column
                | Rule::meaning
                | Rule::ranking
                | Rule::compromise
                | Rule::alias
                | Rule::unmodelled
                | Rule::assumed
                | Rule::pool
                | Rule::pass
                | Rule::profile
                | Rule::simulation
                | Rule::operation
                | Rule::row_set
                | Rule::section
                | Rule::group
                | Rule::use_rows
                | Rule::op_row
                | Rule::lane
                | Rule::alternative
                | Rule::weight_item
                | Rule::price_item
                | Rule::quant_item
                | Rule::clause
        ) || (rule == Rule::kw_else && parent == Rule::alternatives);
        if is_item {
            self.items.push(start);
        }
        // The rows of an engine's blocks form tables of their own.
        let statement = if rule == Rule::row_set { start } else { statement };
        for inner in pair.into_inner() {
            self.walk(inner, statement, rule);
        }
    }

    fn row(&mut self, pair: &Pair<'_, Rule>, block: usize) {
        let mut phase = None;
        let mut names = Vec::new();
        for part in pair.clone().into_inner() {
            match part.as_rule() {
                Rule::phase => phase = Some(part.as_span().start()),
                Rule::ident => names.push(part.as_span().start()),
                _ => {}
            }
        }
        if let [name, op, ..] = names[..] {
            self.rows.push(Row { block, phase, name, op });
        }
    }
}

/// The place of a pair without blanks behind it.
fn trimmed(pair: &Pair<'_, Rule>) -> Range<usize> {
    let span = pair.as_span();
    span.start()..span.start() + pair.as_str().trim_end().len()
}
