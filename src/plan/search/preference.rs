//! Soft objectives: `prefer METRIC < BOUND weight W`.

use datafusion::functions::core::expr_fn::greatest;
use datafusion::functions::math::expr_fn::exp;
use datafusion::logical_expr::{Expr, lit, when};

use crate::base::error::{Code, Error, Result, bug};
use crate::lang::ast::{BinaryOp, ExprKind, Preference};
use crate::model::value::Value;
use crate::plan::expr::lower::known;
use crate::plan::scope::Scope;

/// The factor by which an objective shrinks: `exp(-W * relative excess)`, 0 for a hard bound
/// that is missed.
///
/// # Errors
/// `AIQ0214` for a condition that is no comparison with a bound.
pub fn penalty(scope: &Scope<'_>, preference: &Preference) -> Result<Expr> {
    let condition = &preference.condition;
    let bad = || {
        Error::question(Code::BadPreference, "a preference compares a metric with a bound")
            .at(condition.loc.span(), "write `metric < bound`")
    };
    let ExprKind::Binary(op, left, right) = &condition.kind else { return Err(bad()) };
    let holds = scope.lower(condition)?;
    let (metric, bound) = (scope.lower(left)?, scope.lower(right)?);
    let limit = bound.value().and_then(Value::as_number).ok_or_else(bad)?;
    let excess = match op {
        BinaryOp::Lt | BinaryOp::Le => metric.expr() / lit(limit) - lit(1.0),
        BinaryOp::Gt | BinaryOp::Ge => lit(limit) / metric.expr() - lit(1.0),
        _ => return Err(bad()),
    };
    if preference.hard {
        return when(holds.expr(), lit(1.0)).otherwise(lit(0.0)).map_err(bug);
    }
    let weight = match &preference.weight {
        None => 1.0,
        Some(w) => known(w, scope)?.as_number().ok_or_else(bad)?,
    };
    Ok(exp(lit(-weight) * greatest(vec![excess, lit(0.0)])))
}
