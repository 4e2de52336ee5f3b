//! Tables whose rows are made when a plan runs, not when it is made.

use std::fmt::Debug;
use std::sync::Arc;

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DFSchema, DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use futures::StreamExt;
use futures::stream;

use crate::base::rows::TableBuilder;

/// Where the rows of a deferred table come from.
pub(crate) trait RowSource: Debug + Send + Sync {
    /// Whether a condition decides which pieces are made, and so needs no second look.
    fn decides(&self, condition: &Expr) -> bool {
        let _ = condition;
        false
    }

    /// The pieces that meet the conditions.
    fn pieces(&self, state: &dyn Session, conditions: &[Expr]) -> Result<Vec<Arc<dyn Piece>>>;
}

/// Rows that are made together.
pub(crate) trait Piece: Debug + Send + Sync {
    /// These rows, with the columns of `schema` only.
    fn rows(&self, schema: &SchemaRef) -> crate::Result<RecordBatch>;
}

/// Whether a condition is about some of these columns and no others, and gives the same each time.
pub(crate) fn is_about(condition: &Expr, names: &[&str]) -> bool {
    let columns = condition.column_refs();
    let own = columns.iter().all(|column| names.contains(&column.name.as_str()));
    own && !columns.is_empty() && !condition.is_volatile()
}

/// Which rows of a table meet conditions.
pub(crate) fn met(
    state: &dyn Session,
    conditions: &[Expr],
    rows: TableBuilder,
) -> Result<Vec<bool>> {
    let batch = rows.build().map_err(external)?;
    let Some(condition) = conjunction(conditions.to_vec()) else {
        return Ok(vec![true; batch.num_rows()]);
    };
    let schema = DFSchema::try_from(batch.schema())?;
    let condition = state.create_physical_expr(condition, &schema)?;
    let met = condition.evaluate(&batch)?.into_array(batch.num_rows())?;
    Ok(met.as_boolean().iter().map(|met| met == Some(true)).collect())
}

/// A table whose rows are made when a plan runs.
#[derive(Debug)]
pub(crate) struct Deferred<S> {
    schema: SchemaRef,
    source: S,
}

impl<S: RowSource> Deferred<S> {
    pub(crate) fn new(schema: SchemaRef, source: S) -> Self {
        Self { schema, source }
    }

    fn plan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        conditions: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = match projection {
            Some(columns) => Arc::new(self.schema.project(columns)?),
            None => Arc::clone(&self.schema),
        };
        let pieces = self.source.pieces(state, conditions)?;
        if pieces.is_empty() {
            return Ok(Arc::new(EmptyExec::new(schema)));
        }
        let parts = pieces.into_iter().map(|piece| {
            Arc::new(Part { schema: Arc::clone(&schema), piece }) as Arc<dyn PartitionStream>
        });
        let parts = parts.collect();
        Ok(Arc::new(StreamingTableExec::try_new(schema, parts, None, None, false, limit)?))
    }
}

// The only async function: such implementations compile slowly.
#[async_trait::async_trait]
impl<S: RowSource + 'static> TableProvider for Deferred<S> {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        conditions: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(conditions
            .iter()
            .map(|condition| match self.source.decides(condition) {
                true => TableProviderFilterPushDown::Exact,
                false => TableProviderFilterPushDown::Unsupported,
            })
            .collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.plan(state, projection, filters, limit)
    }
}

/// A piece and the columns wanted of it.
#[derive(Debug)]
struct Part {
    schema: SchemaRef,
    piece: Arc<dyn Piece>,
}

impl PartitionStream for Part {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, task: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (piece, schema) = (Arc::clone(&self.piece), Arc::clone(&self.schema));
        let size = task.session_config().batch_size().max(1);
        let batches = stream::once(async move { piece.rows(&schema).map_err(external) })
            .flat_map(move |made| stream::iter(sliced(made, size)));
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), batches))
    }
}

/// A batch in slices of a size that operators expect, so that limits and cancelling bite early.
fn sliced(made: Result<RecordBatch>, size: usize) -> Vec<Result<RecordBatch>> {
    match made {
        Err(error) => vec![Err(error)],
        Ok(batch) => (0..batch.num_rows())
            .step_by(size)
            .map(|from| Ok(batch.slice(from, size.min(batch.num_rows() - from))))
            .collect(),
    }
}

/// An error of ours as one of DataFusion's, which keeps it whole.
pub(crate) fn external(error: crate::Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}
