//! Running plans: on one thread when small, on all when large, and stopped when asked to.

pub(crate) mod cancellable;

use crate::plan::nodes::failure::failure;
use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::sorts::partitioned_topk::PartitionedTopKExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::prelude::SessionContext;
use futures::StreamExt;

use crate::base::error::{Result, bug};
use crate::memory::ANSWER;
use crate::session::state::Session;
use cancellable::watched;

/// Above this many candidates all cores pay.
const PARALLEL: u64 = 500_000;

/// What running a plan gave.
pub(super) struct Ran {
    pub(super) batches: Vec<RecordBatch>,
    pub(super) plan: Arc<dyn ExecutionPlan>,
    pub(super) execution: Duration,
}

impl Session {
    /// A context for a plan over that many candidates.
    pub(super) fn context_for(&self, candidates: u64) -> SessionContext {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        crate::plan::nodes::context::lean(
            if candidates > PARALLEL { cores } else { 1 },
            &self.runtime,
        )
    }

    /// The plan with what its conditions allow to leave out.
    pub(super) fn optimized(
        &self,
        context: &SessionContext,
        plan: &LogicalPlan,
    ) -> Result<LogicalPlan> {
        let (state, plan) = (context.state(), plan.clone());
        let work = async move { state.optimize(&plan).map_err(failure) };
        watched(work, false, &self.watch())
    }

    /// Plans and runs.
    pub(super) fn collect(&self, context: &SessionContext, plan: LogicalPlan) -> Result<Ran> {
        let plan = self.physical(context, &plan)?;
        self.execute(context, plan)
    }

    /// The execution plan.
    pub(super) fn physical(
        &self,
        context: &SessionContext,
        plan: &LogicalPlan,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let state = context.state();
        let plan = plan.clone();
        let work = async move { state.create_physical_plan(&plan).await.map_err(failure) };
        watched(work, false, &self.watch())
    }

    /// Runs.
    pub(super) fn execute(
        &self,
        context: &SessionContext,
        plan: Arc<dyn ExecutionPlan>,
    ) -> Result<Ran> {
        let begin = Instant::now();
        let context = context.clone();
        let several = context.copied_config().target_partitions() > 1;
        let work = async move {
            let stream = execute_stream(Arc::clone(&plan), context.task_ctx()).map_err(failure)?;
            let batches = gathered(stream, context.runtime_env()).await?;
            Ok(Ran { batches, plan, execution: begin.elapsed() })
        };
        watched(work, several, &self.watch())
    }
}

/// All rows of a stream, as long as there is memory for them.
pub(super) async fn gathered(
    mut stream: SendableRecordBatchStream,
    runtime: Arc<RuntimeEnv>,
) -> Result<Vec<RecordBatch>> {
    let reservation = MemoryConsumer::new(ANSWER).register(&runtime.memory_pool);
    let mut batches = Vec::new();
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(failure)?;
        reservation.try_grow(size(&batch)).map_err(failure)?;
        batches.push(batch);
    }
    Ok(batches)
}

/// Bytes of a batch, without what it shares with others.
pub(super) fn size(batch: &RecordBatch) -> usize {
    let of = |column: &ArrayRef| column.to_data().get_slice_memory_size().unwrap_or_default();
    batch.columns().iter().map(of).sum()
}

/// A column of an answer as numbers, if it has that column.
pub(super) fn numbers(batch: &RecordBatch, name: &str) -> Result<Option<Float64Array>> {
    let Some(column) = batch.column_by_name(name) else { return Ok(None) };
    let column = cast(column, &DataType::Float64).map_err(bug)?;
    Ok(Some(column.as_primitive::<Float64Type>().clone()))
}

/// How many rows entered the sorts that rank candidates, the deepest: those that meet all conditions.
pub(super) fn feasible(plan: &Arc<dyn ExecutionPlan>) -> u64 {
    fn deepest(plan: &Arc<dyn ExecutionPlan>, total: &mut u64) -> bool {
        // Profiles of a simulation sort their points to list them.
        if plan.downcast_ref::<AggregateExec>().is_some() {
            return false;
        }
        let mut below = false;
        for child in plan.children() {
            below |= deepest(child, total);
        }
        let ranks = plan.downcast_ref::<SortExec>().is_some()
            || plan.downcast_ref::<PartitionedTopKExec>().is_some();
        if ranks && !below {
            let input = plan.children().first().map(|c| rows(c)).unwrap_or_default();
            *total += input;
            return true;
        }
        below
    }
    let mut total = 0;
    deepest(plan, &mut total);
    total
}

/// Rows a node put out; a node that does not count passes on what its inputs did.
fn rows(plan: &Arc<dyn ExecutionPlan>) -> u64 {
    match plan.metrics().and_then(|m| m.output_rows()) {
        Some(rows) => rows as u64,
        None => plan.children().into_iter().map(rows).sum(),
    }
}
