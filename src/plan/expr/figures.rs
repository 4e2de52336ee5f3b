//! What no table knows and only the user can tell: prices, and other figures that must be given.

use super::lower::known;
use crate::base::error::{Code, Error, Result};
use crate::lang::ast::{AxisTerm, Domain, Expr, Loc};
use crate::model::value::Value;
use crate::plan::expr::names::Names;

/// Whether a function reads a figure that only the user can give.
pub(in crate::plan) fn is_figure(function: &str) -> bool {
    matches!(function, "price" | "unknown")
}

/// What one GPU of a system costs, $ an hour, as `set price SYSTEM = ...` gives it; of several
/// values the first counts.
///
/// # Errors
/// `AIQ0240` if no price is set, `AIQ0212` if it is no number.
pub(in crate::plan) fn price(
    system: &str,
    settings: &[AxisTerm],
    names: &dyn Names,
    loc: &Loc,
) -> Result<Value> {
    let Some(expr) = price_term(system, settings) else { return Err(no_price(system, loc)) };
    let value = known(expr, names)?;
    match value.as_number() {
        Some(price) if price >= 0.0 => Ok(Value::Number(price)),
        _ => Err(Error::question(Code::NotACount, "a price is a number from 0")
            .at(expr.loc.span(), "not a price")
            .help(format!("for instance `set price {system} = $3/gpu_hour`"))),
    }
}

/// A figure that is not known until it is set.
pub(in crate::plan) fn unknown(what: &str, loc: &Loc) -> Error {
    Error::question(Code::UnknownFigure, what.to_owned()).at(loc.span(), "is not known")
}

/// The error of a figure that is not given; `None` if it is.
pub(in crate::plan) fn missing(
    function: &str,
    argument: &str,
    settings: &[AxisTerm],
    loc: &Loc,
) -> Option<Error> {
    match function {
        "price" if price_term(argument, settings).is_some() => None,
        "price" => Some(no_price(argument, loc)),
        _ => Some(unknown(argument, loc)),
    }
}

/// Such an error as the reason of a missing value.
pub(in crate::plan) fn reason(error: &Error) -> String {
    std::iter::once(&error.message).chain(&error.help).cloned().collect::<Vec<_>>().join("; ")
}

fn price_term<'a>(system: &str, settings: &'a [AxisTerm]) -> Option<&'a Expr> {
    let wanted = format!("price.{system}");
    match settings.iter().find(|term| term.name.text == wanted) {
        Some(AxisTerm { domain: Domain::Value(expr), .. }) => Some(expr),
        _ => None,
    }
}

fn no_price(system: &str, loc: &Loc) -> Error {
    Error::question(Code::NoPriceSet, format!("no price of {system} is set"))
        .at(loc.span(), "needs the price of a GPU")
        .help(format!("`set price {system} = $3/gpu_hour` sets it"))
}
