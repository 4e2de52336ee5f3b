//! What stands beside `origin` in a comparison: the name of an origin, bare or quoted.

use super::lower::{Lowered, Names, lower};
use crate::error::{Error, Result, nearest};
use crate::lang::ast::{BinaryOp, Expr, ExprKind};
use crate::perf::Origin;

/// Whether a condition only says how bad an origin may be. The origin of a deployment is the worst
/// of its pools, so such a condition is one on each pool.
pub(super) fn caps_origin(condition: &Expr) -> bool {
    let ExprKind::Binary(op, left, right) = &condition.kind else { return false };
    let is_origin = |e: &Expr| matches!(&e.kind, ExprKind::Name(n) if n == "origin");
    match op {
        BinaryOp::Lt | BinaryOp::Le => is_origin(left) && !is_origin(right),
        BinaryOp::Gt | BinaryOp::Ge => is_origin(right) && !is_origin(left),
        _ => false,
    }
}

/// Lowers one side of a comparison, seen beside the other.
///
/// # Errors
/// `AIQ0230` for what is no origin beside one; otherwise as [`lower`].
pub(super) fn operand(expr: &Expr, beside: &Expr, names: &dyn Names) -> Result<Lowered> {
    let is_origin =
        |e: &Expr| matches!(&e.kind, ExprKind::Name(n) if n.rsplit('.').next() == Some("origin"));
    if !is_origin(beside) || is_origin(expr) {
        return lower(expr, names);
    }
    match &expr.kind {
        ExprKind::Text(text) => match Origin::ALL.into_iter().find(|o| o.name() == &**text) {
            Some(origin) => Ok(Lowered::number(f64::from(origin as u8))),
            None => Err(unknown(text, expr)),
        },
        ExprKind::Name(name) => match lower(expr, names) {
            Err(error) if error.code == "AIQ0201" => Err(unknown(name, expr)),
            lowered => lowered,
        },
        _ => lower(expr, names),
    }
}

fn unknown(name: &str, expr: &Expr) -> Error {
    let all = Origin::ALL.map(Origin::name);
    let error = Error::question("AIQ0230", format!("there is no origin `{name}`"))
        .at(expr.loc.span(), "unknown");
    let error = match nearest(name, all) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error,
    };
    error.help(format!("origins, best first: {}", all.join(", ")))
}
