//! Bytes of weights that one rank holds, summed over the op graph.

use crate::plan::scope::view::View;
use datafusion::logical_expr::{Expr as Df, lit};

use super::rows::rows;
use super::terms::{Env, bind, operation, weight_coordinates};
use crate::base::error::Result;
use crate::lang::ast::{Loc, Phase};
use crate::model::value::Value;
use crate::plan::expr::lower::lower;
use crate::plan::expr::lowered::Lowered;
use crate::plan::expr::names::Names;
use crate::plan::scope::Scope;

/// Bytes of weights of one rank: the op graph of prefill, shared over pipeline stages, and the
/// encoder, which every stage that has one holds whole, and the draft layers of the last stage.
pub(super) fn weights(scope: &Scope<'_>) -> Result<Lowered> {
    let total = weight_sum(scope, Phase::Context)?;
    let origin = &scope.target.architecture.name.loc;
    let stages = View { scope, inline: true }.name("pp", origin)?;
    let per_stage = match (number(&total), number(&stages)) {
        (Some(t), Some(s)) => Lowered::number(t / s),
        (_, Some(1.0)) => total,
        _ => Lowered::row(total.expr() / stages.expr()),
    };
    let encoder = weight_sum(scope, Phase::Encoder)?;
    with_drafts(scope, plus(per_stage, encoder), origin)
}

/// With the draft layers that are held: those of one run as often as `draft_copies` says.
fn with_drafts(scope: &Scope<'_>, rest: Lowered, loc: &Loc) -> Result<Lowered> {
    if !scope.defines("draft_copies")? {
        return Ok(rest);
    }
    let copies = View { scope, inline: true }.name("draft_copies", loc)?;
    if copies.value() == Some(&Value::Number(0.0)) {
        return Ok(rest);
    }
    Ok(plus(rest, weight_sum(scope, Phase::Draft)?.times(copies)))
}

fn plus(rest: Lowered, more: Lowered) -> Lowered {
    match (number(&rest), number(&more)) {
        (_, Some(0.0)) => rest,
        (Some(rest), Some(more)) => Lowered::number(rest + more),
        _ => Lowered::row(rest.expr() + more.expr()),
    }
}

fn number(value: &Lowered) -> Option<f64> {
    value.value().and_then(Value::as_number)
}

fn weight_sum(scope: &Scope<'_>, phase: Phase) -> Result<Lowered> {
    let mut sum: Option<Df> = None;
    let mut known = 0.0;
    for (_, _, bytes) in row_weights(scope, phase)? {
        match number(&bytes) {
            Some(n) => known += n,
            None => sum = Some(sum.map_or(bytes.expr(), |s| s + bytes.expr())),
        }
    }
    Ok(match sum {
        None => Lowered::number(known),
        Some(sum) => Lowered::row(sum + lit(known)),
    })
}

/// Bytes of weights of one rank by row of the phase, numbered as in
/// [`OpTerm::row`](super::terms::OpTerm::row), with its label.
///
/// # Errors
/// Unknown operations, arguments and names.
pub(in crate::plan) fn row_weights(
    scope: &Scope<'_>,
    phase: Phase,
) -> Result<Vec<(usize, String, Lowered)>> {
    let env = Env { scope, bindings: weight_coordinates(), elements: Vec::new() };
    let mut weights = Vec::new();
    let rows = rows(&env, phase)?.into_iter().enumerate();
    for (row, placed) in rows.filter(|(_, placed)| !placed.shared) {
        let operation = operation(&placed.env, placed.row)?;
        if let Some(weight) = &operation.weight {
            let bytes = lower(weight, &bind(&placed.env, operation, placed.row)?)?;
            weights.push((row, placed.row.name.text.clone(), bytes.times(placed.count)));
        }
    }
    Ok(weights)
}
