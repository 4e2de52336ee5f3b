//! Running plans: on one thread when small, on all when large, and stopped when asked to.

pub(crate) mod cancellable;

use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::arrow::error::ArrowError;
use datafusion::common::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::prelude::SessionContext;
use futures::StreamExt;

use super::Session;
use crate::error::{Error, Result, bug};
use crate::memory::{ANSWER, exhausted_below};
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

/// Our own error inside one of DataFusion's, or that error as ours.
pub(super) fn failure(error: DataFusionError) -> Error {
    let text = plain(&error.strip_backtrace());
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
    if let Some(error) = exhausted_below(&error) {
        return error;
    }
    match error.find_root() {
        DataFusionError::SQL(..) => Error::question("AIQ0107", text),
        DataFusionError::SchemaError(..) | DataFusionError::Plan(_) => {
            Error::question("AIQ0215", text)
        }
        DataFusionError::ArrowError(error, _) => below(error),
        DataFusionError::ParquetError(error) => Error::data(
            "AIQ0604",
            format!("a Parquet file cannot be read: {}", plain(&error.to_string())),
        ),
        DataFusionError::ObjectStore(_) | DataFusionError::IoError(_) => {
            Error::data("AIQ0604", text)
        }
        DataFusionError::Execution(_) => Error::question("AIQ0216", text),
        DataFusionError::NotImplemented(_) => Error::question("AIQ0217", text),
        // Types that do not fit are found late where they come from a file or a function.
        DataFusionError::Internal(what) => Error::question(
            "AIQ0216",
            format!("a value is not of the kind needed: {}", plain(what)),
        ),
        other => Error::internal(
            "AIQ0905",
            format!("the plan could not be run: {}", plain(&other.strip_backtrace())),
        ),
    }
}

/// A message of the engine below without what it says of itself.
fn plain(text: &str) -> String {
    const SAID: [&str; 8] = [
        "Error during planning: ",
        "Internal error: ",
        "Execution error: ",
        "External error: ",
        "Arrow error: ",
        "Parquet error: ",
        "Compute error: ",
        "This feature is not implemented: ",
    ];
    let mut text = SAID.iter().fold(text.to_owned(), |text, said| text.replace(said, ""));
    // An invitation to report what is a slip in a question.
    while let Some(from) = text.find("This issue was likely caused by a bug") {
        let rest =
            text[from..].find("/issues").map_or(text.len(), |at| from + at + "/issues".len());
        let rest = rest + text[rest..].bytes().take_while(|b| b". ".contains(b)).count();
        text.replace_range(from..rest, "");
    }
    let text = text.trim();
    let mut letters = text.chars();
    let first = letters.next().map(char::to_lowercase).into_iter().flatten();
    first.chain(letters).collect()
}

/// An error about values, in our words.
fn below(error: &ArrowError) -> Error {
    let question = |text: String| Error::question("AIQ0216", text);
    match error {
        ArrowError::CastError(why) => question(format!("a value cannot be converted: {why}")),
        ArrowError::DivideByZero => question("a division by zero".to_owned()),
        ArrowError::ArithmeticOverflow(why) => question(format!("a number is too large: {why}")),
        ArrowError::ParquetError(why) | ArrowError::IpcError(why) => {
            Error::data("AIQ0604", format!("a file cannot be read: {why}"))
        }
        ArrowError::CsvError(why) | ArrowError::JsonError(why) | ArrowError::IoError(why, _) => {
            Error::data("AIQ0604", format!("a file cannot be read: {why}"))
        }
        ArrowError::ComputeError(why)
        | ArrowError::InvalidArgumentError(why)
        | ArrowError::ParseError(why)
        | ArrowError::SchemaError(why) => question(format!("a value cannot be computed: {why}")),
        other => question(format!("a value cannot be computed: {other}")),
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
