//! Expressions, literals and domains.

use pest::iterators::Pair;
use pest::pratt_parser::{Assoc, Op, PrattParser};

use super::builder::Builder;
use super::grammar::Rule;
use crate::base::error::{Code, Error, Result};
use crate::lang::ast::{BinaryOp, Expr, ExprKind, Item, Loc, Stride};
use crate::lang::lex::leading_word;
use crate::lang::quote::unquoted;

fn pratt() -> &'static PrattParser<Rule> {
    static PRATT: std::sync::OnceLock<PrattParser<Rule>> = std::sync::OnceLock::new();
    PRATT.get_or_init(|| {
        let left = |r| Op::infix(r, Assoc::Left);
        PrattParser::new()
            .op(left(Rule::or))
            .op(left(Rule::and))
            .op(left(Rule::eq)
                | left(Rule::ne)
                | left(Rule::lt)
                | left(Rule::le)
                | left(Rule::gt)
                | left(Rule::ge))
            .op(left(Rule::add) | left(Rule::sub))
            .op(left(Rule::mul) | left(Rule::div))
    })
}

/// Two operands of an operator as an expression.
fn joined(l: Expr, op: BinaryOp, r: Expr) -> Expr {
    let range = l.loc.range.start..r.loc.range.end;
    let loc = Loc { source: std::sync::Arc::clone(&l.loc.source), range };
    Expr { kind: ExprKind::Binary(op, Box::new(l), Box::new(r)), loc }
}

/// Joins two operands. As in SQL each `not` before them reaches up to the next `and` or `or`:
/// `not a < b` is `not (a < b)`.
fn negated(l: Expr, op: BinaryOp, r: Expr) -> Expr {
    let reaches = !matches!(op, BinaryOp::And | BinaryOp::Or);
    let (mut operand, mut negations) = (l, 0);
    // One in brackets belongs to the operand.
    for _ in 0..if reaches { leading_nots(operand.loc.text()) } else { 0 } {
        match operand.kind {
            ExprKind::Not(inner) => operand = *inner,
            kind => {
                operand = Expr { kind, loc: operand.loc };
                break;
            }
        }
        negations += 1;
    }
    (0..negations).fold(joined(operand, op, r), |inner, _| {
        let loc = inner.loc.clone();
        Expr { kind: ExprKind::Not(Box::new(inner)), loc }
    })
}

/// How many times a text begins with `not`.
fn leading_nots(text: &str) -> usize {
    let mut rest = text;
    std::iter::from_fn(|| {
        let word = leading_word(rest);
        word.eq_ignore_ascii_case("not").then(|| rest = rest[word.len()..].trim_start())
    })
    .count()
}

impl Builder {
    pub(super) fn expr(&self, pair: Pair<'_, Rule>) -> Result<Expr> {
        // A chain of operators leans to the left: one level of the tree for each.
        let operators = pair.clone().into_inner().filter(|p| p.as_rule() != Rule::unary).count();
        self.deeper(operators + 1, self.loc(&pair), || self.chain(pair))
    }

    fn chain(&self, pair: Pair<'_, Rule>) -> Result<Expr> {
        pratt()
            .map_primary(|p| self.unary(p))
            .map_infix(|l, op, r| {
                let op = self.binary_op(&op)?;
                Ok(negated(l?, op, r?))
            })
            .parse(pair.into_inner())
    }

    fn binary_op(&self, pair: &Pair<'_, Rule>) -> Result<BinaryOp> {
        Ok(match pair.as_rule() {
            Rule::or => BinaryOp::Or,
            Rule::and => BinaryOp::And,
            Rule::eq => BinaryOp::Eq,
            Rule::ne => BinaryOp::Ne,
            Rule::lt => BinaryOp::Lt,
            Rule::le => BinaryOp::Le,
            Rule::gt => BinaryOp::Gt,
            Rule::ge => BinaryOp::Ge,
            Rule::add => BinaryOp::Add,
            Rule::sub => BinaryOp::Sub,
            Rule::mul => BinaryOp::Mul,
            Rule::div => BinaryOp::Div,
            other => {
                return Err(Error::internal(Code::ParserBug, format!("no operator {other:?}")));
            }
        })
    }

    /// `prefix* primary postfix?`. A minus belongs to the operand behind it alone.
    pub(super) fn unary(&self, pair: Pair<'_, Rule>) -> Result<Expr> {
        let prefixes = pair.clone().into_inner().filter(|p| p.as_rule() == Rule::prefix).count();
        self.deeper(prefixes, self.loc(&pair), || self.operand(pair))
    }

    fn operand(&self, pair: Pair<'_, Rule>) -> Result<Expr> {
        let loc = self.loc(&pair);
        let mut prefixes = Vec::new();
        let mut result: Option<Expr> = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::prefix => prefixes.push(part.as_str().starts_with('-')),
                Rule::postfix => {
                    let subject = self.need(result.take(), "an operand")?;
                    result = Some(self.postfix(subject, part)?);
                }
                _ => result = Some(self.primary(part)?),
            }
        }
        let mut value = self.need(result, "an operand")?;
        // With its parentheses, so that the text of an expression is what was typed.
        value.loc = loc.clone();
        for negative in prefixes.into_iter().rev() {
            let kind = match value.kind {
                ExprKind::Number(n, unit) if negative => ExprKind::Number(-n, unit),
                kind => {
                    let inner = Box::new(Expr { kind, loc: value.loc });
                    if negative { ExprKind::Neg(inner) } else { ExprKind::Not(inner) }
                }
            };
            value = Expr { kind, loc: loc.clone() };
        }
        Ok(value)
    }

    fn postfix(&self, subject: Expr, pair: Pair<'_, Rule>) -> Result<Expr> {
        let loc = Loc {
            source: std::sync::Arc::clone(&self.source),
            range: subject.loc.range.start..self.loc(&pair).range.end,
        };
        // The subject is repeated for each item, so chains would grow with every level.
        if within(&subject) {
            return Err(Error::question(
                Code::GivenTwiceHere,
                "`in` and `between` cannot be chained",
            )
            .at(subject.loc.span(), "has one inside")
            .help("give the inner condition a name with `let`"));
        }
        let inner = self.need(pair.into_inner().next(), "a postfix")?;
        let rule = inner.as_rule();
        let kind = if rule == Rule::between {
            let mut bounds = self.parts(inner).map(|p| self.unary(p));
            let low = self.need(bounds.next(), "a bound")??;
            let high = self.need(bounds.next(), "a bound")??;
            ExprKind::In(Box::new(subject), vec![Item::Range { low, high, stride: Stride::One }])
        } else {
            let list = self.parts(inner).find(|p| p.as_rule() == Rule::list);
            let items = self.list(self.need(list, "a list")?)?;
            let within = ExprKind::In(Box::new(subject), items);
            if rule == Rule::not_in {
                ExprKind::Not(Box::new(Expr { kind: within, loc: loc.clone() }))
            } else {
                within
            }
        };
        Ok(Expr { kind, loc })
    }

    fn primary(&self, pair: Pair<'_, Rule>) -> Result<Expr> {
        let loc = self.loc(&pair);
        let kind = match pair.as_rule() {
            Rule::expr => return self.expr(pair),
            Rule::number => self.number(pair)?,
            Rule::string => ExprKind::Text(unquoted(pair.as_str())),
            Rule::boolean => ExprKind::Bool(pair.as_str().eq_ignore_ascii_case("true")),
            Rule::null => ExprKind::Null,
            Rule::path => ExprKind::Name(pair.as_str().to_owned()),
            Rule::call => {
                let mut parts = self.parts(pair);
                let name = self.need(parts.next(), "a function name")?.as_str().to_owned();
                ExprKind::Call(name, parts.map(|p| self.expr(p)).collect::<Result<_>>()?)
            }
            Rule::sum_over => {
                let mut parts = self.parts(pair);
                let term = self.expr(self.need(parts.next(), "a term")?)?;
                ExprKind::Sum(
                    Box::new(term),
                    Box::new(self.each(self.need(parts.next(), "a list")?)?),
                )
            }
            Rule::conditional => {
                let mut parts = self.parts(pair).map(|p| self.expr(p).map(Box::new));
                let condition = self.need(parts.next(), "a condition")??;
                let then = self.need(parts.next(), "a then")??;
                ExprKind::If(condition, then, self.need(parts.next(), "an else")??)
            }
            other => {
                return Err(Error::internal(Code::ParserBug, format!("no expression {other:?}")));
            }
        };
        Ok(Expr { kind, loc })
    }
}

/// Whether an expression has an `in` or a `between`.
fn within(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::In(..) => true,
        ExprKind::Neg(inner) | ExprKind::Not(inner) | ExprKind::Sum(inner, _) => within(inner),
        ExprKind::Binary(_, left, right) => within(left) || within(right),
        ExprKind::If(condition, then, otherwise) => {
            within(condition) || within(then) || within(otherwise)
        }
        ExprKind::Call(_, arguments) => arguments.iter().any(within),
        ExprKind::Number(..)
        | ExprKind::Text(_)
        | ExprKind::Bool(_)
        | ExprKind::Null
        | ExprKind::Name(_) => false,
    }
}
