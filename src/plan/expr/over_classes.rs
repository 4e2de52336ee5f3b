//! Functions over the classes of a mix: their mean, largest or smallest value.

use datafusion::functions::core::expr_fn::{greatest, least};
use datafusion::logical_expr::{Expr as Df, lit, when};

use super::lowered::Lowered;
use crate::base::error::{Code, Error, Result, bug};
use crate::lang::ast::{Expr, Loc};
use crate::model::value::Value;

/// Functions over the classes of a mix.
const FUNCTIONS: [&str; 3] = ["mean", "largest", "smallest"];

/// Whether a function is one over the classes of a mix.
pub(crate) fn is_over_classes(function: &str) -> bool {
    FUNCTIONS.contains(&function)
}

/// The value of a function over classes and the weight it is given, if any: `mean(a)`,
/// `mean(a, weight)`, `largest(a)`, `smallest(a)`.
///
/// # Errors
/// `AIQ0207` for other arguments.
pub(super) fn arguments<'e>(
    function: &str,
    arguments: &'e [Expr],
    loc: &Loc,
) -> Result<(&'e Expr, Option<&'e Expr>)> {
    match (function, arguments) {
        (_, [value]) => Ok((value, None)),
        ("mean", [value, weight]) => Ok((value, Some(weight))),
        _ => {
            Err(Error::question(Code::WrongArguments, format!("`{function}` has other arguments"))
                .at(loc.span(), "cannot be called like this")
                .help("write mean(a), mean(a, weight), largest(a) or smallest(a)"))
        }
    }
}

/// What a function over classes is applied to, class by class.
pub(super) struct Samples {
    /// The share of each class in all requests.
    pub(super) shares: Vec<f64>,
    /// The value in each.
    pub(super) values: Vec<Lowered>,
    /// How much it counts beside its share; empty: all the same.
    pub(super) weights: Vec<Lowered>,
}

/// The value of a function over all classes.
///
/// # Errors
/// `AIQ0276` for what has no mean; `text` is how the value was written.
pub(super) fn combine(function: &str, samples: Samples, text: &str, loc: &Loc) -> Result<Lowered> {
    let Samples { mut shares, values, weights } = samples;
    let unit = values.first().map(|v| v.unit).unwrap_or_default();
    if !weights.is_empty() {
        let known: Option<Vec<f64>> = weights.iter().map(number).collect();
        match known {
            Some(known) => {
                let weighted: Vec<f64> = shares.iter().zip(known).map(|(s, w)| s * w).collect();
                let sum: f64 = weighted.iter().sum();
                if sum > 0.0 {
                    shares = weighted.iter().map(|w| w / sum).collect();
                }
            }
            None => {
                let products: Vec<Lowered> =
                    values.iter().zip(&weights).map(|(v, w)| v.clone().times(w.clone())).collect();
                let sums = mean(&shares, &products).zip(mean(&shares, &weights));
                let plain = mean(&shares, &values);
                let ((products, weights), plain) =
                    sums.zip(plain).ok_or_else(|| varied(text, loc))?;
                // Where nothing weighs anything, all weigh the same.
                let weighted = when(weights.expr().eq(lit(0.0)), plain.expr())
                    .otherwise(products.expr() / weights.expr());
                return Ok(Lowered::row(weighted.map_err(bug)?).with_unit(unit));
            }
        }
    }
    let found = match function {
        "largest" => extreme(&values, f64::max, greatest),
        "smallest" => extreme(&values, f64::min, least),
        _ => mean(&shares, &values),
    };
    Ok(found.ok_or_else(|| varied(text, loc))?.with_unit(unit))
}

/// What classes do not agree in and has no mean.
pub(in crate::plan) fn varied(name: &str, loc: &Loc) -> Error {
    Error::question(
        Code::NoMeanOverClasses,
        format!("`{name}` differs between the classes of the mix"),
    )
    .at(loc.span(), "has no mean")
    .help("ask for one class with `serving isl = ...`")
}

fn number(value: &Lowered) -> Option<f64> {
    value.value().and_then(Value::as_number)
}

/// The mean of numbers; of anything else the one value, if all have it.
pub(in crate::plan) fn mean(shares: &[f64], values: &[Lowered]) -> Option<Lowered> {
    let numbers: Option<Vec<f64>> = values.iter().map(number).collect();
    if let Some(numbers) = numbers {
        // Equal numbers have exactly themselves as mean.
        let first = numbers.first()?;
        let beyond: f64 = shares.iter().zip(&numbers).map(|(share, n)| share * (n - first)).sum();
        return Some(Lowered::number(first + beyond));
    }
    if let Some(one) = the_one(values) {
        return one;
    }
    let first = values.first()?;
    if values.iter().all(|v| v.expr() == first.expr()) {
        return Some(first.clone());
    }
    if values.iter().any(Lowered::is_condition) {
        return None;
    }
    let parts = shares.iter().zip(values).map(|(share, v)| lit(*share) * v.expr());
    parts.reduce(|a, b| a + b).map(Lowered::row)
}

/// Where some value is no number: the one that all have, if there is one.
fn the_one(values: &[Lowered]) -> Option<Option<Lowered>> {
    let other = |v: &Lowered| v.value().is_some_and(|v| v.as_number().is_none());
    if !values.iter().any(other) {
        return None;
    }
    let first = values.first()?;
    let null = values.iter().any(|v| v.value() == Some(&Value::Null));
    if null {
        return Some(Some(Lowered::known(Value::Null)));
    }
    Some(values.iter().all(|v| v.value() == first.value()).then(|| first.clone()))
}

fn extreme(
    values: &[Lowered],
    known: impl Fn(f64, f64) -> f64,
    row: impl Fn(Vec<Df>) -> Df,
) -> Option<Lowered> {
    let numbers: Option<Vec<f64>> = values.iter().map(number).collect();
    if let Some(numbers) = numbers {
        return numbers.into_iter().reduce(known).map(Lowered::number);
    }
    if let Some(one) = the_one(values) {
        return one;
    }
    let mut exprs: Vec<Df> = values.iter().map(Lowered::expr).collect();
    exprs.dedup();
    match exprs.as_slice() {
        [_] => values.first().cloned(),
        _ if values.iter().any(Lowered::is_condition) => None,
        _ => Some(Lowered::row(row(exprs))),
    }
}
