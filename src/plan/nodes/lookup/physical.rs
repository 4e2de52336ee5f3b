//! The execution plan: collects the sides, then streams the candidates.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, RecordBatch, UInt32Array};
use datafusion::arrow::compute::{concat_batches, filter, filter_record_batch, take};
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{Distribution, EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, InputDistributionRequirements, PlanProperties,
    ReplaceChildrenOptions,
};
use futures::{StreamExt, TryStreamExt};
use tokio::sync::OnceCell;

use super::index::Index;

/// A side in places of columns.
#[derive(Debug, Clone)]
struct Places {
    /// Keys in the input.
    input: Vec<usize>,
    /// Keys in the side.
    keys: Vec<usize>,
    /// What is looked up.
    values: Vec<usize>,
}

/// Looks up each row of its first input in the others.
pub struct LookupExec {
    input: Arc<dyn ExecutionPlan>,
    sides: Vec<Arc<dyn ExecutionPlan>>,
    keys: Vec<Vec<(String, String)>>,
    places: Vec<Places>,
    indexes: Arc<OnceCell<Vec<Index>>>,
    properties: Arc<PlanProperties>,
}

impl LookupExec {
    /// Looks up rows of `input` in `sides` by `keys`: names in the input, then in the side.
    ///
    /// # Errors
    /// A key that is no column.
    pub fn try_new(
        input: Arc<dyn ExecutionPlan>,
        sides: Vec<Arc<dyn ExecutionPlan>>,
        keys: Vec<Vec<(String, String)>>,
    ) -> Result<Self> {
        let own = input.schema();
        let mut fields: Vec<_> = own.fields().iter().cloned().collect();
        let mut places = Vec::new();
        for (side, keys) in sides.iter().zip(&keys) {
            let schema = side.schema();
            let place = Places {
                input: keys.iter().map(|(k, _)| own.index_of(k)).collect::<Result<_, _>>()?,
                keys: keys.iter().map(|(_, k)| schema.index_of(k)).collect::<Result<_, _>>()?,
                values: Vec::new(),
            };
            let values = (0..schema.fields().len()).filter(|i| !place.keys.contains(i)).collect();
            let place = Places { values, ..place };
            fields.extend(place.values.iter().map(|i| Arc::clone(&schema.fields()[*i])));
            places.push(place);
        }
        let schema = Arc::new(Schema::new_with_metadata(fields, own.metadata().clone()));
        let properties = Arc::new(PlanProperties::new(
            EquivalenceProperties::new(schema),
            input.properties().output_partitioning().clone(),
            EmissionType::Incremental,
            Boundedness::Bounded,
        ));
        Ok(Self { input, sides, keys, places, indexes: Arc::default(), properties })
    }

    fn with_inputs(&self, mut children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<Self>> {
        if children.len() != 1 + self.sides.len() {
            return Err(DataFusionError::Internal("a lookup keeps its inputs".to_owned()));
        }
        let sides = children.split_off(1);
        let input = children.swap_remove(0);
        Self::try_new(input, sides, self.keys.clone()).map(Arc::new)
    }
}

impl fmt::Debug for LookupExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LookupExec").field("keys", &self.keys).finish_non_exhaustive()
    }
}

impl DisplayAs for LookupExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LookupExec: by ")?;
        for (i, keys) in self.keys.iter().enumerate() {
            let keys: Vec<&str> = keys.iter().map(|(key, _)| key.as_str()).collect();
            write!(f, "{}({})", if i > 0 { ", " } else { "" }, keys.join(", "))?;
        }
        Ok(())
    }
}

impl ExecutionPlan for LookupExec {
    fn name(&self) -> &'static str {
        "LookupExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        std::iter::once(&self.input).chain(&self.sides).collect()
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        let sides = self.sides.iter().map(|_| Distribution::SinglePartition);
        InputDistributionRequirements::new(
            std::iter::once(Distribution::UnspecifiedDistribution).chain(sides).collect(),
        )
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self.with_inputs(children)?)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self.with_inputs(children)?)
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let input = self.input.execute(partition, Arc::clone(&context))?;
        let schema = self.schema();
        let (indexes, places, sides) =
            (Arc::clone(&self.indexes), self.places.clone(), self.sides.clone());
        let out = Arc::clone(&schema);
        let looked_up = async move {
            indexes.get_or_try_init(|| build(&sides, &places, &context)).await?;
            Ok::<_, DataFusionError>(input.map(move |batch| {
                let indexes = indexes.get().map_or(&[][..], Vec::as_slice);
                look_up(batch?, &out, &places, indexes)
            }))
        };
        let stream = futures::stream::once(looked_up).try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, stream)))
    }
}

/// Indexes all sides, one after the other.
async fn build(
    sides: &[Arc<dyn ExecutionPlan>],
    places: &[Places],
    context: &Arc<TaskContext>,
) -> Result<Vec<Index>> {
    let mut indexes = Vec::new();
    for (side, places) in sides.iter().zip(places) {
        let batches: Vec<RecordBatch> = side.execute(0, Arc::clone(context))?.try_collect().await?;
        let all = concat_batches(&side.schema(), &batches)?;
        indexes.push(Index::new(&all, &places.keys, &places.values)?);
    }
    Ok(indexes)
}

/// A batch with the values of all sides, without the rows that have no match.
fn look_up(
    batch: RecordBatch,
    schema: &SchemaRef,
    places: &[Places],
    indexes: &[Index],
) -> Result<RecordBatch> {
    let mut batch = batch;
    let mut values: Vec<ArrayRef> = Vec::new();
    for (index, places) in indexes.iter().zip(places) {
        let found = index.find(&batch, &places.input)?;
        let rows: UInt32Array = if found.iter().all(Option::is_some) {
            found.into_iter().collect()
        } else {
            let matched: BooleanArray = found.iter().map(|row| Some(row.is_some())).collect();
            batch = filter_record_batch(&batch, &matched)?;
            values = values.iter().map(|v| filter(v, &matched)).collect::<Result<_, _>>()?;
            found.into_iter().flatten().collect::<Vec<u32>>().into()
        };
        for column in &index.values {
            values.push(take(column, &rows, None)?);
        }
    }
    let mut columns = batch.columns().to_vec();
    columns.extend(values);
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}
