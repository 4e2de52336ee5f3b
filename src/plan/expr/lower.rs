//! Expressions of the language to expressions of a plan. What is known when the plan is made is
//! folded; the rest becomes DataFusion expressions over columns.

use datafusion::logical_expr::{Expr as Df, Operator, binary_expr, when};

use super::elements::{Within, elements};
use super::functions;
use super::lowered::Lowered;
use super::names::Names;
use super::origin_filter;
use super::over_classes::{self, Samples};
use crate::base::cancel;
use crate::base::error::{Code, Error, Result, bug};
use crate::lang::ast::{BinaryOp, Each, Expr, ExprKind, Item, Loc};
use crate::lang::units::Unit;
use crate::model::value::Value;

/// Lowers an expression.
///
/// # Errors
/// Unknown names and functions, and units that do not fit.
pub fn lower(expr: &Expr, names: &dyn Names) -> Result<Lowered> {
    cancel::point()?;
    match &expr.kind {
        ExprKind::Number(n, unit) => Ok(Lowered::number(*n).with_unit(*unit)),
        ExprKind::Text(t) => Ok(Lowered::known(Value::text(t))),
        ExprKind::Bool(b) => Ok(Lowered::known(Value::Bool(*b))),
        ExprKind::Null => Ok(Lowered::known(Value::Null)),
        ExprKind::Name(name) => names.name(name, &expr.loc),
        ExprKind::Call(function, arguments) => call(expr, function, arguments, names),
        ExprKind::Neg(inner) => {
            let (at, inner) = (inner, lower(inner, names)?);
            check_number(&inner, at, "a sign")?;
            Ok(match inner.value() {
                Some(Value::Number(n)) => Lowered::number(-n).with_unit(inner.unit),
                _ => Lowered::row(Df::Negative(Box::new(inner.expr()))).with_unit(inner.unit),
            })
        }
        ExprKind::Not(inner) => {
            let value = lower(inner, names)?;
            check_condition(&value, inner)?;
            Ok(match value.value() {
                Some(Value::Bool(b)) => Lowered::known(Value::Bool(!b)),
                Some(Value::Null) => Lowered::known(Value::Null),
                _ => Lowered::row(Df::Not(Box::new(value.expr()))),
            })
        }
        ExprKind::Binary(op, left, right) => binary(*op, left, right, names),
        ExprKind::If(condition, then, otherwise) => {
            let condition = lower(condition, names)?;
            if let Some(value) = condition.value() {
                return lower(if *value == Value::Bool(true) { then } else { otherwise }, names);
            }
            let (then, otherwise) = (lower(then, names)?, lower(otherwise, names)?);
            let unit = if then.unit == Unit::None { otherwise.unit } else { then.unit };
            let case = when(condition.expr(), then.expr()).otherwise(otherwise.expr());
            let condition = same_kind(&then, &otherwise, expr)?;
            Ok(Lowered::row(case.map_err(bug)?).with_unit(unit).with_condition(condition))
        }
        ExprKind::In(subject, items) => within(subject, items, names),
        ExprKind::Sum(term, each) => sum(term, each, names),
    }
}

/// Lowers an expression whose value must be known when the plan is made.
///
/// # Errors
/// `AIQ0205` when it depends on the row.
pub fn known(expr: &Expr, names: &dyn Names) -> Result<Value> {
    let lowered = lower(expr, names)?;
    lowered.value().cloned().ok_or_else(|| {
        Error::question(Code::NotKnownBeforehand, "this must be the same for every candidate")
            .at(expr.loc.span(), "depends on the candidate")
    })
}

/// Whether both branches are conditions.
fn same_kind(then: &Lowered, otherwise: &Lowered, at: &Expr) -> Result<bool> {
    let null = |l: &Lowered| l.value() == Some(&Value::Null);
    if then.is_condition() != otherwise.is_condition() && !null(then) && !null(otherwise) {
        return Err(Error::question(
            Code::WrongKind,
            "one branch is a condition, the other is not",
        )
        .at(at.loc.span(), "has no one kind"));
    }
    Ok(then.is_condition() || otherwise.is_condition())
}

/// Refuses what is no condition: a number, a text, a quantity.
///
/// # Errors
/// `AIQ0206`.
pub(in crate::plan) fn check_condition(value: &Lowered, expr: &Expr) -> Result<()> {
    if !value.is_condition() && value.value() != Some(&Value::Null) {
        return Err(Error::question(Code::WrongKind, "a condition is needed here")
            .at(expr.loc.span(), "has no answer of yes or no"));
    }
    Ok(())
}

/// Refuses a condition where a number is needed.
///
/// # Errors
/// `AIQ0206`.
pub(in crate::plan) fn check_number(value: &Lowered, expr: &Expr, what: &str) -> Result<()> {
    if value.is_condition() || matches!(value.value(), Some(Value::Text(_))) {
        return Err(Error::question(Code::WrongKind, format!("{what} needs numbers"))
            .at(expr.loc.span(), "not a number"));
    }
    Ok(())
}

fn call(expr: &Expr, function: &str, arguments: &[Expr], names: &dyn Names) -> Result<Lowered> {
    if over_classes::is_over_classes(function) {
        return over_all_classes(function, arguments, names, &expr.loc);
    }
    let lowered = arguments.iter().map(|a| lower(a, names)).collect::<Result<Vec<_>>>()?;
    let texts: Option<Vec<&str>> = lowered.iter().map(|l| l.value()?.as_text()).collect();
    if let Some(texts) = texts
        && let Some(value) = names.fact(function, &texts, &expr.loc)?
    {
        return Ok(Lowered::known(value));
    }
    if functions::is_arithmetic(function) {
        let what = format!("`{function}`");
        lowered.iter().zip(arguments).try_for_each(|(l, a)| check_number(l, a, &what))?;
    }
    functions::call(function, &lowered, &expr.loc)
}

/// A function over the classes of a mix; where all requests are alike, the value itself.
fn over_all_classes(
    function: &str,
    arguments: &[Expr],
    names: &dyn Names,
    loc: &Loc,
) -> Result<Lowered> {
    let (value, weight) = over_classes::arguments(function, arguments, loc)?;
    let Some(mixed) = names.mixed() else { return lower(value, names) };
    let shares = mixed.shares();
    let (mut values, mut weights) = (Vec::new(), Vec::new());
    for class in 0..shares.len() {
        mixed.at_class(class, &mut || {
            values.push(lower(value, names)?);
            weights.extend(weight.map(|w| lower(w, names)).transpose()?);
            Ok(())
        })?;
    }
    over_classes::combine(function, Samples { shares, values, weights }, value.loc.text(), loc)
}

/// One side of a comparison: beside `origin` stands the name of an origin.
fn operand(expr: &Expr, beside: &Expr, names: &dyn Names) -> Result<Lowered> {
    match origin_filter::origin_beside(expr, beside, &|name| names.knows(name, &expr.loc))? {
        Some(origin) => Ok(Lowered::number(f64::from(origin as u8))),
        None => lower(expr, names),
    }
}

/// The sum of a term over the elements of a list.
fn sum(term: &Expr, each: &Each, names: &dyn Names) -> Result<Lowered> {
    let (mut known, mut rest, mut unit) = (0.0, None::<Df>, Unit::None);
    for element in elements(each, names)? {
        let value = lower(term, &Within { names, element: &element })?;
        unit = if unit == Unit::None { value.unit } else { unit };
        match value.value() {
            Some(Value::Number(n)) => known += n * element.count,
            Some(_) => {
                return Err(Error::question(Code::WrongKind, "a sum needs numbers")
                    .at(term.loc.span(), "not a number"));
            }
            None => {
                let part = value.times(Lowered::number(element.count)).expr();
                rest = Some(rest.map_or(part.clone(), |sum| sum + part));
            }
        }
    }
    Ok(match rest {
        None => Lowered::number(known),
        Some(rest) => Lowered::row(rest + datafusion::logical_expr::lit(known)),
    }
    .with_unit(unit))
}

fn within(subject: &Expr, items: &[Item], names: &dyn Names) -> Result<Lowered> {
    let value = lower(subject, names)?;
    let mut any: Option<Lowered> = None;
    for item in items {
        let test = match item {
            Item::One(one) => {
                let one_of = operand(one, subject, names)?;
                compare(BinaryOp::Eq, &value, subject, &one_of, one)?
            }
            Item::Range { low, high, .. } => {
                let bounds = [operand(low, subject, names)?, operand(high, subject, names)?];
                let low = compare(BinaryOp::Ge, &value, subject, &bounds[0], low)?;
                let high = compare(BinaryOp::Le, &value, subject, &bounds[1], high)?;
                logic(BinaryOp::And, low, high)
            }
        };
        any = Some(match any {
            None => test,
            Some(before) => logic(BinaryOp::Or, before, test),
        });
    }
    Ok(any.unwrap_or_else(|| Lowered::known(Value::Bool(false))))
}

fn binary(op: BinaryOp, left: &Expr, right: &Expr, names: &dyn Names) -> Result<Lowered> {
    if op.is_comparison() {
        let (l, r) = (operand(left, right, names)?, operand(right, left, names)?);
        return compare(op, &l, left, &r, right);
    }
    let l = lower(left, names)?;
    if matches!(op, BinaryOp::And | BinaryOp::Or) {
        // A side that decides alone spares the other, so `is_moe and experts / x` is safe.
        let decides = l.value() == Some(&Value::Bool(op == BinaryOp::Or));
        if decides {
            return Ok(l);
        }
        let r = lower(right, names)?;
        check_condition(&l, left)?;
        check_condition(&r, right)?;
        return Ok(logic(op, l, r));
    }
    let r = lower(right, names)?;
    let unit = match op {
        BinaryOp::Add | BinaryOp::Sub => {
            check_units(&l, left, &r, right)?;
            if l.unit == Unit::None { r.unit } else { l.unit }
        }
        BinaryOp::Mul if l.unit == Unit::None => r.unit,
        BinaryOp::Mul | BinaryOp::Div if r.unit == Unit::None => l.unit,
        _ => Unit::None,
    };
    let (a, b) = (l.value().and_then(Value::as_number), r.value().and_then(Value::as_number));
    if let (Some(a), Some(b)) = (a, b) {
        let n = match op {
            BinaryOp::Add => a + b,
            BinaryOp::Sub => a - b,
            BinaryOp::Mul => a * b,
            _ => a / b,
        };
        return Ok(Lowered::number(n).with_unit(unit));
    }
    if l.value() == Some(&Value::Null) || r.value() == Some(&Value::Null) {
        return Ok(Lowered::known(Value::Null));
    }
    for (side, expr) in [(&l, left), (&r, right)] {
        check_number(side, expr, "arithmetic")?;
    }
    let operator = match op {
        BinaryOp::Add => Operator::Plus,
        BinaryOp::Sub => Operator::Minus,
        BinaryOp::Mul => Operator::Multiply,
        _ => Operator::Divide,
    };
    Ok(Lowered::row(binary_expr(l.expr(), operator, r.expr())).with_unit(unit))
}

fn logic(op: BinaryOp, left: Lowered, right: Lowered) -> Lowered {
    let neutral = Value::Bool(op == BinaryOp::And);
    match (left.value(), right.value()) {
        (Some(v), _) if *v == neutral => right,
        (_, Some(v)) if *v == neutral => left,
        (Some(Value::Bool(b)), _) | (_, Some(Value::Bool(b))) => Lowered::known(Value::Bool(*b)),
        _ => {
            let operator = if op == BinaryOp::And { Operator::And } else { Operator::Or };
            Lowered::row(binary_expr(left.expr(), operator, right.expr()))
        }
    }
}

fn compare(
    op: BinaryOp,
    left: &Lowered,
    left_expr: &Expr,
    right: &Lowered,
    right_expr: &Expr,
) -> Result<Lowered> {
    check_units(left, left_expr, right, right_expr)?;
    if let (Some(l), Some(r)) = (left.value(), right.value()) {
        let known = match (op, l, r) {
            (BinaryOp::Eq, l, r) => Some(same(l, r)),
            (BinaryOp::Ne, l, r) => Some(!same(l, r)),
            (_, Value::Number(a), Value::Number(b)) => Some(match op {
                BinaryOp::Lt => a < b,
                BinaryOp::Le => a <= b,
                BinaryOp::Gt => a > b,
                _ => a >= b,
            }),
            (_, Value::Null, _) | (_, _, Value::Null) => None,
            _ => {
                return Err(Error::question(Code::WrongKind, "these cannot be compared")
                    .at(left_expr.loc.span(), "a number cannot be compared with text"));
            }
        };
        return Ok(Lowered::known(known.map_or(Value::Null, Value::Bool)));
    }
    for (side, expr) in [(left, left_expr), (right, right_expr)] {
        if matches!(side.value(), Some(Value::Text(_))) {
            return Err(Error::question(Code::WrongKind, "a number is compared with a text")
                .at(expr.loc.span(), "a text"));
        }
        let null = left.value().or(right.value()) == Some(&Value::Null);
        if side.is_condition() && left.is_condition() != right.is_condition() && !null {
            let error = Error::question(Code::WrongKind, "a number is compared with a condition")
                .at(expr.loc.span(), "a condition");
            return Err(match chained(expr) {
                Some(middle) => error.help(format!(
                    "bounds on both sides are two conditions: `{middle} > .. and {middle} < ..`"
                )),
                None => error,
            });
        }
    }
    let operator = match op {
        BinaryOp::Eq => Operator::Eq,
        BinaryOp::Ne => Operator::NotEq,
        BinaryOp::Lt => Operator::Lt,
        BinaryOp::Le => Operator::LtEq,
        BinaryOp::Gt => Operator::Gt,
        _ => Operator::GtEq,
    };
    Ok(Lowered::row(binary_expr(left.expr(), operator, right.expr())))
}

/// Equality of known values; texts compare without regard to case.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Text(a), Value::Text(b)) => a.eq_ignore_ascii_case(b),
        _ => left == right,
    }
}

/// What stands in the middle of `a < b < c`, by its left part.
fn chained(left: &Expr) -> Option<&str> {
    match &left.kind {
        ExprKind::Binary(op, _, middle) if op.is_comparison() => {
            matches!(middle.kind, ExprKind::Name(_)).then(|| middle.loc.text())
        }
        _ => None,
    }
}

/// Refuses `ttft < 300` and `ttft < memory`.
fn check_units(left: &Lowered, left_expr: &Expr, right: &Lowered, right_expr: &Expr) -> Result<()> {
    if left.unit.accepts(right.unit) {
        return Ok(());
    }
    for (literal, other, other_expr) in
        [(left_expr, right, right_expr), (right_expr, left, left_expr)]
    {
        let ExprKind::Number(n, Unit::None) = literal.kind else {
            continue;
        };
        let what = other_expr.loc.text();
        let error = Error::question(
            Code::MissingUnit,
            format!("`{what}` is {}, `{}` has no unit", other.unit.noun(), literal.loc.text()),
        );
        let label = match other.unit.examples(n) {
            Some(examples) => format!("write {examples}"),
            None => "needs a unit".to_owned(),
        };
        return Err(error.at(literal.loc.span(), label));
    }
    // Plain products lose their unit; only two known units can contradict each other.
    if left.unit == Unit::None || right.unit == Unit::None {
        return Ok(());
    }
    Err(Error::question(
        Code::MixedUnits,
        format!(
            "`{}` is {}, `{}` is {}",
            left_expr.loc.text(),
            left.unit.noun(),
            right_expr.loc.text(),
            right.unit.noun()
        ),
    )
    .at(
        right_expr.loc.span(),
        format!("expected {}, found {}", left.unit.noun(), right.unit.noun()),
    ))
}
