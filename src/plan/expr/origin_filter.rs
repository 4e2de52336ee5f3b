//! What stands beside `origin` in a comparison: the name of an origin, bare or quoted.

use crate::base::error::{Code, Error, Result, nearest};
use crate::lang::ast::{BinaryOp, Expr, ExprKind};
use crate::perf::Origin;

/// Whether a condition only says how bad an origin may be. The origin of a deployment is the worst
/// of its pools, so such a condition is one on each pool.
pub(in crate::plan) fn caps_origin(condition: &Expr) -> bool {
    let ExprKind::Binary(op, left, right) = &condition.kind else { return false };
    let is_origin = |e: &Expr| matches!(&e.kind, ExprKind::Name(n) if n == "origin");
    match op {
        BinaryOp::Lt | BinaryOp::Le => is_origin(left) && !is_origin(right),
        BinaryOp::Gt | BinaryOp::Ge => is_origin(right) && !is_origin(left),
        _ => false,
    }
}

/// The origin that one side of a comparison names, where the other side is `origin`; `knows` says
/// whether a name means something else there.
///
/// # Errors
/// `AIQ0230` for what is no origin.
pub(super) fn origin_beside(
    expr: &Expr,
    beside: &Expr,
    knows: &dyn Fn(&str) -> bool,
) -> Result<Option<Origin>> {
    let is_origin =
        |e: &Expr| matches!(&e.kind, ExprKind::Name(n) if n.rsplit('.').next() == Some("origin"));
    if !is_origin(beside) || is_origin(expr) {
        return Ok(None);
    }
    let named = |name: &str| Origin::ALL.into_iter().find(|o| o.name() == name);
    match &expr.kind {
        ExprKind::Text(text) => named(text).map(Some).ok_or_else(|| unknown(text, expr)),
        ExprKind::Name(name) if !knows(name) => Err(unknown(name, expr)),
        _ => Ok(None),
    }
}

fn unknown(name: &str, expr: &Expr) -> Error {
    let all = Origin::ALL.map(Origin::name);
    let error = Error::question(Code::NoSuchOrigin, format!("there is no origin `{name}`"))
        .at(expr.loc.span(), "unknown");
    let error = match nearest(name, all) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error,
    };
    error.help(format!("origins, best first: {}", all.join(", ")))
}
