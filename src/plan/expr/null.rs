//! Choosing among expressions of which some may be null.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::Case;
use datafusion::logical_expr::{Expr, lit};

/// The first that is not null. One `CASE` of many branches: planning nested ones takes time that
/// grows exponentially with their depth.
pub(in crate::plan) fn first_of(mut exprs: Vec<Expr>) -> Expr {
    let last = exprs.pop().unwrap_or_else(|| lit(ScalarValue::Null));
    if exprs.is_empty() {
        return last;
    }
    let pairs = exprs.into_iter().map(|e| (Box::new(e.clone().is_not_null()), Box::new(e)));
    Expr::Case(Case::new(None, pairs.collect(), Some(Box::new(last))))
}

/// One expression, or a function of several.
pub(in crate::plan) fn several(mut exprs: Vec<Expr>, function: impl Fn(Vec<Expr>) -> Expr) -> Expr {
    if exprs.len() == 1 { exprs.remove(0) } else { function(exprs) }
}
