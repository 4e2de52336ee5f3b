//! Steps of a plan over columns whose names are already settled. DataFusion's builder resolves
//! names on every step by walking the whole plan below, which here would be most of planning.

use crate::plan::expr::lowered::column;
use std::sync::Arc;

use crate::base::error::{Result, bug};
use datafusion::common::NullEquality;
use datafusion::logical_expr::{
    Aggregate, EmptyRelation, Expr, Filter, Join, JoinConstraint, JoinType, LogicalPlan,
    Projection, Sort, SortExpr,
};

/// All columns of a plan.
pub(crate) fn existing(plan: &LogicalPlan) -> Vec<Expr> {
    plan.schema().columns().into_iter().map(Expr::Column).collect()
}

/// One row without columns.
pub(crate) fn one_row() -> LogicalPlan {
    let schema = Arc::new(datafusion::common::DFSchema::empty());
    LogicalPlan::EmptyRelation(EmptyRelation { produce_one_row: true, schema })
}

/// Only these columns.
pub(crate) fn project(plan: LogicalPlan, exprs: Vec<Expr>) -> Result<LogicalPlan> {
    Projection::try_new(exprs, Arc::new(plan)).map(LogicalPlan::Projection).map_err(bug)
}

/// These columns beside the ones there are.
pub(crate) fn extend(
    plan: LogicalPlan,
    more: impl IntoIterator<Item = Expr>,
) -> Result<LogicalPlan> {
    let mut exprs = existing(&plan);
    exprs.extend(more);
    project(plan, exprs)
}

/// Rows that meet a condition.
pub(crate) fn filter(plan: LogicalPlan, condition: Expr) -> Result<LogicalPlan> {
    Filter::try_new(condition, Arc::new(plan)).map(LogicalPlan::Filter).map_err(bug)
}

/// One row for each group.
pub(crate) fn aggregate(
    plan: LogicalPlan,
    group: Vec<Expr>,
    aggregates: Vec<Expr>,
) -> Result<LogicalPlan> {
    Aggregate::try_new(Arc::new(plan), group, aggregates).map(LogicalPlan::Aggregate).map_err(bug)
}

/// Rows of both that agree in each pair of columns; all pairs of rows if there is none.
pub(crate) fn join(
    left: LogicalPlan,
    right: LogicalPlan,
    on: &[(String, String)],
) -> Result<LogicalPlan> {
    joined(left, right, on, JoinType::Inner)
}

/// Rows of both that agree in each pair of columns, and those that have no partner.
pub(crate) fn full_join(
    left: LogicalPlan,
    right: LogicalPlan,
    on: &[(String, String)],
) -> Result<LogicalPlan> {
    joined(left, right, on, JoinType::Full)
}

fn joined(
    left: LogicalPlan,
    right: LogicalPlan,
    on: &[(String, String)],
    kind: JoinType,
) -> Result<LogicalPlan> {
    let on = on.iter().map(|(l, r)| (column(l), column(r))).collect();
    let nulls = NullEquality::NullEqualsNothing;
    let using = JoinConstraint::On;
    Join::try_new(left.into(), right.into(), on, None, kind, using, nulls, false)
        .map(LogicalPlan::Join)
        .map_err(bug)
}

/// The first rows in an order, all if there is no limit.
pub(crate) fn sort(plan: LogicalPlan, expr: Vec<SortExpr>, limit: Option<usize>) -> LogicalPlan {
    LogicalPlan::Sort(Sort { expr, input: Arc::new(plan), fetch: limit })
}
