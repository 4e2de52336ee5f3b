//! Whether a condition or an objective can only prefer what is better.

use crate::lang::ast::{Better, BinaryOp, Expr, ExprKind};
use crate::plan::expr::over_classes::is_over_classes;
use crate::plan::scope::Scope;

/// Whether a condition or objective only ever prefers what is better in every metric it names,
/// so that dominated candidates may be dropped before it is applied.
pub(super) fn is_monotone(scope: &Scope<'_>, expr: &Expr, wanted: Option<Better>) -> bool {
    let direction = |name: &str| {
        let metrics = || scope.own.metrics.iter().chain(&scope.library.metrics);
        let of = |name: &str| metrics().find(|m| m.name.text == name).and_then(|m| m.better);
        of(name).or_else(|| of(scope.mix?.column(name)?.0))
    };
    // What is better in each class is better in all.
    let name = |e: &Expr| match &e.kind {
        ExprKind::Name(n) => direction(n),
        ExprKind::Call(f, of) if is_over_classes(f) => match of.as_slice() {
            [Expr { kind: ExprKind::Name(n), .. }] => direction(n),
            _ => None,
        },
        _ => None,
    };
    match (&expr.kind, wanted) {
        (ExprKind::Name(_) | ExprKind::Call(..), Some(wanted)) => name(expr) == Some(wanted),
        (ExprKind::Binary(op, left, right), None) => match op {
            BinaryOp::Lt | BinaryOp::Le => {
                name(left) == Some(Better::Lower) || name(right) == Some(Better::Higher)
            }
            BinaryOp::Gt | BinaryOp::Ge => {
                name(left) == Some(Better::Higher) || name(right) == Some(Better::Lower)
            }
            _ => false,
        },
        _ => false,
    }
}
