//! `prefer METRIC < BOUND fail_ratio R`: the bound may be missed by that share of the requests, which makes it
//! one on a percentile.

use crate::base::error::{Code, Error, Result};
use crate::lang::ast::{BinaryOp, Expr, ExprKind, Preference};
use crate::model::library::Library;

/// The preferences of a question with percentiles in place of such shares.
///
/// # Errors
/// `AIQ0208` for a share or a metric whose percentile nothing says.
pub(in crate::session) fn percentiles(
    library: &Library,
    preferences: &[Preference],
) -> Result<Vec<Preference>> {
    preferences.iter().map(|preference| percentile(library, preference)).collect()
}

fn percentile(library: &Library, preference: &Preference) -> Result<Preference> {
    let Some(ratio) = &preference.fail_ratio else { return Ok(preference.clone()) };
    let refused = || {
        let message =
            "`fail_ratio` is 50%, 10%, 5% or 1%, of an upper bound on ttft, tpot, itl or latency";
        Error::question(Code::NeedsSimulation, message)
            .at(ratio.loc.span(), "no such percentile is simulated")
    };
    let ExprKind::Number(share, _) = ratio.kind else { return Err(refused()) };
    let mut preference = Preference { fail_ratio: None, ..preference.clone() };
    if share == 0.0 {
        return Ok(preference);
    }
    let ExprKind::Binary(BinaryOp::Lt | BinaryOp::Le, left, _) = &mut preference.condition.kind
    else {
        return Err(refused());
    };
    let ExprKind::Name(metric) = &left.kind else { return Err(refused()) };
    let percent = 100.0 * (1.0 - share);
    let name = format!("p{}_{metric}", percent.round());
    if (percent - percent.round()).abs() > 1e-9 || !library.is_metric(&name) {
        return Err(refused());
    }
    **left = Expr { kind: ExprKind::Name(name), loc: left.loc.clone() };
    Ok(preference)
}
