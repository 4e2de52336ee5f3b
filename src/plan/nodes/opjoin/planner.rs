//! Turns our logical nodes into execution plans.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::FieldRef;
use datafusion::catalog::Session;
use datafusion::common::Result;
use datafusion::execution::context::QueryPlanner;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{LogicalPlan, ScalarUDF, UserDefinedLogicalNode};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_planner::{DefaultPhysicalPlanner, ExtensionPlanner, PhysicalPlanner};

use super::logical::{OpJoin, group_field};
use crate::plan::nodes::lookup::{Lookup, LookupExec};
use crate::plan::nodes::simulate::{Simulate, SimulateFunction, result_field};
use crate::plan::nodes::skyline::{Skyline, SkylineExec};

/// DataFusion's planner with our nodes.
#[derive(Debug)]
pub struct AiqPlanner;

#[async_trait]
impl QueryPlanner for AiqPlanner {
    async fn create_physical_plan(
        &self,
        plan: &LogicalPlan,
        session: &dyn Session,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let planner =
            DefaultPhysicalPlanner::with_extension_planners(vec![Arc::new(AiqExtensions)]);
        planner.create_physical_plan(plan, session).await
    }
}

/// Plans [`OpJoin`], [`Simulate`], [`Lookup`] and [`Skyline`].
struct AiqExtensions;

#[async_trait]
impl ExtensionPlanner for AiqExtensions {
    async fn plan_extension(
        &self,
        planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _logical: &[&LogicalPlan],
        inputs: &[Arc<dyn ExecutionPlan>],
        session: &dyn Session,
        context: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        plan_node(planner, node, inputs, session, context)
    }
}

fn plan_node(
    planner: &dyn PhysicalPlanner,
    node: &dyn UserDefinedLogicalNode,
    inputs: &[Arc<dyn ExecutionPlan>],
    session: &dyn Session,
    context: &PhysicalPlanningContext,
) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let Some(input) = inputs.first() else {
        return Ok(None);
    };
    let any = node.as_any();
    if let Some(join) = any.downcast_ref::<OpJoin>() {
        return plan_op_join(planner, join, input, session, context).map(Some);
    }
    if let Some(simulate) = any.downcast_ref::<Simulate>() {
        return plan_simulate(planner, simulate, input, session, context).map(Some);
    }
    if let Some(lookup) = any.downcast_ref::<Lookup>() {
        let keys = lookup.sides.iter().map(|side| side.keys.clone()).collect();
        let plan = LookupExec::try_new(Arc::clone(input), inputs[1..].to_vec(), keys)?;
        return Ok(Some(Arc::new(plan)));
    }
    if let Some(skyline) = any.downcast_ref::<Skyline>() {
        return Ok(Some(Arc::new(SkylineExec::new(
            Arc::clone(input),
            skyline.keys.clone(),
            skyline.criteria.clone(),
        ))));
    }
    Ok(None)
}

/// The columns of an input, as they are.
fn columns_of(input: &Arc<dyn ExecutionPlan>) -> Vec<(Arc<dyn PhysicalExpr>, String)> {
    let schema = input.schema();
    let column = |(index, field): (usize, &FieldRef)| {
        let column: Arc<dyn PhysicalExpr> = Arc::new(Column::new(field.name(), index));
        (column, field.name().clone())
    };
    schema.fields().iter().enumerate().map(column).collect()
}

/// A projection: the input's columns, then one call for each group.
fn plan_op_join(
    planner: &dyn PhysicalPlanner,
    join: &OpJoin,
    input: &Arc<dyn ExecutionPlan>,
    session: &dyn Session,
    context: &PhysicalPlanningContext,
) -> Result<Arc<dyn ExecutionPlan>> {
    let mut columns = columns_of(input);
    for group in &join.groups {
        let arguments = group
            .arguments
            .iter()
            .map(|e| planner.create_physical_expr(e, join.input.schema(), session, context))
            .collect::<Result<Vec<_>>>()?;
        let function = Arc::new(ScalarUDF::new_from_shared_impl(Arc::<
            super::function::PriceFunction,
        >::clone(&group.function)));
        let call = ScalarFunctionExpr::new(
            &format!("price[{}]", group.column),
            function,
            arguments,
            Arc::new(group_field(group)),
            Arc::clone(session.config().options()),
        );
        columns.push((Arc::new(call), group.column.clone()));
    }
    Ok(Arc::new(ProjectionExec::try_new(columns, Arc::clone(input))?))
}

/// A projection: the input's columns, then the results of the simulation.
fn plan_simulate(
    planner: &dyn PhysicalPlanner,
    node: &Simulate,
    input: &Arc<dyn ExecutionPlan>,
    session: &dyn Session,
    context: &PhysicalPlanningContext,
) -> Result<Arc<dyn ExecutionPlan>> {
    let mut columns = columns_of(input);
    let arguments = node
        .arguments
        .iter()
        .map(|(_, e)| planner.create_physical_expr(e, node.input.schema(), session, context))
        .collect::<Result<Vec<_>>>()?;
    let call = ScalarFunctionExpr::new(
        "simulate",
        Arc::new(ScalarUDF::new_from_impl(SimulateFunction::new(node))),
        arguments,
        Arc::new(result_field(&node.column)),
        Arc::clone(session.config().options()),
    );
    columns.push((Arc::new(call), node.column.clone()));
    Ok(Arc::new(ProjectionExec::try_new(columns, Arc::clone(input))?))
}
