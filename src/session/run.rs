//! Running plans: on one thread when small, on all when large, and stopped when asked to.

use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::arrow::array::RecordBatch;
use datafusion::common::DataFusionError;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::{ExecutionPlan, collect};
use datafusion::prelude::SessionContext;

use super::Session;
use crate::answer::CancelHandle;
use crate::error::{Error, Result};

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
        crate::plan::context::lean(if candidates > PARALLEL { cores } else { 1 })
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
        self.runtime.block_on(state.create_physical_plan(plan)).map_err(failure)
    }

    /// Runs.
    pub(super) fn execute(
        &self,
        context: &SessionContext,
        plan: Arc<dyn ExecutionPlan>,
    ) -> Result<Ran> {
        let begin = Instant::now();
        let cancel = self.cancel.clone();
        let several = context.copied_config().target_partitions() > 1;
        let work = async move {
            let batches =
                or_cancelled(collect(Arc::clone(&plan), context.task_ctx()), &cancel).await?;
            Ok(Ran { batches, plan, execution: begin.elapsed() })
        };
        if !several {
            return self.runtime.block_on(work);
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .build()
            .map_err(|e| Error::internal("AIQ0903", format!("no runtime: {e}")))?;
        runtime.block_on(work)
    }
}

/// Waits for the work, looking now and then whether it should stop.
pub(super) async fn or_cancelled<T>(
    work: impl Future<Output = datafusion::common::Result<T>>,
    cancel: &CancelHandle,
) -> Result<T> {
    let mut work = std::pin::pin!(work);
    let polled = std::future::poll_fn(|context| {
        if cancel.is_cancelled() {
            return std::task::Poll::Ready(None);
        }
        work.as_mut().poll(context).map(Some)
    });
    match polled.await {
        Some(result) => result.map_err(failure),
        None => Err(Error::question("AIQ0904", "the statement was cancelled")),
    }
}

/// Our own error inside one of DataFusion's, or that error as ours.
pub(super) fn failure(error: DataFusionError) -> Error {
    let text = error.strip_backtrace();
    let mut at: &(dyn std::error::Error + 'static) = &error;
    loop {
        if let Some(own) = at.downcast_ref::<Error>() {
            return own.clone();
        }
        match at.source() {
            Some(next) => at = next,
            None => break,
        }
    }
    match error.find_root() {
        DataFusionError::SQL(..) => Error::question("AIQ0107", text),
        DataFusionError::SchemaError(..) | DataFusionError::Plan(_) => {
            Error::question("AIQ0215", text)
        }
        DataFusionError::ObjectStore(_) | DataFusionError::IoError(_) => {
            Error::data("AIQ0604", text)
        }
        DataFusionError::ArrowError(..) | DataFusionError::Execution(_) => {
            Error::question("AIQ0216", text)
        }
        DataFusionError::NotImplemented(_) => Error::question("AIQ0217", text),
        _ => Error::internal("AIQ0905", text),
    }
}

/// How many rows entered the sorts that rank candidates: those that meet all conditions.
pub(super) fn feasible(plan: &Arc<dyn ExecutionPlan>) -> u64 {
    fn deepest(plan: &Arc<dyn ExecutionPlan>, total: &mut u64) -> bool {
        let mut below = false;
        for child in plan.children() {
            below |= deepest(child, total);
        }
        if plan.downcast_ref::<SortExec>().is_some() && !below {
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
