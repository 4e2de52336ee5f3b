//! `top N per COLUMNS distinct COLUMNS`: which of the ranked rows count.

use crate::plan::expr::col::Col;
use crate::plan::expr::lowered::column;
use std::collections::BTreeSet;

use datafusion::functions_window::expr_fn::row_number;
use datafusion::logical_expr::{
    Expr, ExprFunctionExt, LogicalPlan, LogicalPlanBuilder, SortExpr, lit,
};

use super::answer::columns_of;
use crate::base::error::{Code, Result, bug};
use crate::lang::ast::Name;
use crate::plan::question::{Question, unknown};
use crate::plan::relation::chain;

/// Keeps the best row of those that agree in the distinct columns, then the first rows of each
/// combination of the columns that rows are counted per.
pub(in crate::plan) fn counted(
    plan: LogicalPlan,
    asked: &Question,
    order: &[SortExpr],
) -> Result<LogicalPlan> {
    let names: Vec<String> =
        columns_of(plan.schema()).into_iter().filter(|n| !Col::is_hidden(n)).collect();
    let columns = |asked: &[Name]| -> Result<Vec<Expr>> {
        asked.iter().map(|n| Ok(column(&plain(n, &names)?))).collect()
    };
    let per = columns(&asked.per)?;
    let mut plan = plan;
    if !asked.distinct.is_empty() {
        let mut distinct = asked.distinct.clone();
        if asked.by_layout {
            // What a row has no column for cannot be seen to differ.
            distinct.retain(|name| names.contains(&name.text.replace('.', "_")));
        }
        let by = per.iter().cloned().chain(columns(&distinct)?).collect();
        plan = first(plan, by, order, 1, Col::OfItsKind)?;
    }
    if per.is_empty() { Ok(plan) } else { first(plan, per, order, asked.top, Col::Place) }
}

/// The first `count` rows of each combination of `by`.
fn first(
    plan: LogicalPlan,
    by: Vec<Expr>,
    order: &[SortExpr],
    count: usize,
    place: Col,
) -> Result<LogicalPlan> {
    let rows = row_number().partition_by(by).order_by(order.to_vec()).build().map_err(bug)?;
    let plan =
        LogicalPlanBuilder::from(plan).window(vec![rows.alias(place.to_string())]).map_err(bug)?;
    chain::filter(plan.build().map_err(bug)?, place.expr().lt_eq(lit(count as u64)))
}

/// The column of a name: `prefill.tp` is `prefill_tp`.
fn plain(name: &Name, names: &[String]) -> Result<String> {
    let text = name.text.replace('.', "_");
    if names.contains(&text) {
        return Ok(text);
    }
    Err(unknown(Code::NoSuchColumn, "answer column", &Name { text, loc: name.loc.clone() }, names))
}

/// The columns that each have a frontier of their own, as a plan of answers names them.
pub(in crate::plan) fn each(asked: &Question, plan: &LogicalPlan) -> Result<Vec<String>> {
    let names: Vec<String> =
        columns_of(plan.schema()).into_iter().filter(|n| !Col::is_hidden(n)).collect();
    asked.each.iter().map(|n| plain(n, &names)).collect()
}

/// What a pool is asked to keep apart, so that no candidate goes for another one's sake that
/// counts by itself.
pub(in crate::plan) fn apart(asked: &Question, pool: &str) -> BTreeSet<String> {
    let columns = asked
        .per
        .iter()
        .chain(&asked.distinct)
        .chain(&asked.each)
        .map(|n| n.text.replace('.', "_"));
    columns.filter_map(|c| Some(c.strip_prefix(pool)?.strip_prefix('_')?.to_owned())).collect()
}
