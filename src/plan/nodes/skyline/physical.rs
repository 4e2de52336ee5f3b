//! The execution plan: collects its input and hands on the frontier of each group.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, RecordBatch, UInt64Array};
use datafusion::arrow::compute::{cast, concat_batches, take_record_batch};
use datafusion::arrow::datatypes::{DataType, Float64Type, SchemaRef};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{Distribution, EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, InputDistributionRequirements, PlanProperties,
    ReplaceChildrenOptions,
};
use futures::TryStreamExt;

use super::frontier::frontier;
use super::logical::{Criterion, write_skyline};

/// Frontier of each group of its input.
#[derive(Debug)]
pub struct SkylineExec {
    input: Arc<dyn ExecutionPlan>,
    keys: Vec<String>,
    criteria: Vec<Criterion>,
    properties: Arc<PlanProperties>,
}

impl SkylineExec {
    /// The frontier of `input` by `criteria` among rows with equal `keys`.
    pub fn new(input: Arc<dyn ExecutionPlan>, keys: Vec<String>, criteria: Vec<Criterion>) -> Self {
        let properties = Arc::new(PlanProperties::new(
            EquivalenceProperties::new(input.schema()),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Final,
            Boundedness::Bounded,
        ));
        Self { input, keys, criteria, properties }
    }
}

impl DisplayAs for SkylineExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_skyline(f, &self.keys, &self.criteria)
    }
}

impl ExecutionPlan for SkylineExec {
    fn name(&self) -> &'static str {
        "SkylineExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        InputDistributionRequirements::new(vec![Distribution::SinglePartition])
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = children.pop().unwrap_or_else(|| Arc::clone(&self.input));
        Ok(Arc::new(Self::new(input, self.keys.clone(), self.criteria.clone())))
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = children.pop().unwrap_or_else(|| Arc::clone(&self.input));
        Ok(Arc::new(Self::new(input, self.keys.clone(), self.criteria.clone())))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let stream = self.input.execute(partition, context)?;
        let schema = self.schema();
        let (keys, criteria) = (self.keys.clone(), self.criteria.clone());
        let reduced = {
            let schema = Arc::clone(&schema);
            async move {
                let batches: Vec<RecordBatch> = stream.try_collect().await?;
                reduce(&schema, &batches, &keys, &criteria)
            }
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, futures::stream::once(reduced))))
    }
}

fn reduce(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    keys: &[String],
    criteria: &[Criterion],
) -> Result<RecordBatch> {
    let all = concat_batches(schema, batches)?;
    let column = |name: &str| {
        all.column_by_name(name)
            .ok_or_else(|| DataFusionError::Internal(format!("no column {name}")))
    };
    let mut values = Vec::new();
    for criterion in criteria {
        let array = cast(column(&criterion.column)?, &DataType::Float64)?;
        values.push((array.as_primitive::<Float64Type>().clone(), criterion.higher));
    }
    let options = FormatOptions::default();
    let mut labels = Vec::new();
    for key in keys {
        labels.push(ArrayFormatter::try_new(column(key)?.as_ref(), &options)?);
    }
    let mut groups: HashMap<Vec<String>, Vec<(usize, Vec<f64>)>> = HashMap::new();
    for row in 0..all.num_rows() {
        let key = labels.iter().map(|l| l.value(row).to_string()).collect();
        let values = values.iter().map(|(array, higher)| {
            let value = if array.is_null(row) { f64::NAN } else { array.value(row) };
            if *higher { value } else { -value }
        });
        groups.entry(key).or_default().push((row, values.collect()));
    }
    let mut kept: Vec<u64> =
        groups.values().flat_map(|g| frontier(g)).map(|row| row as u64).collect();
    kept.sort_unstable();
    Ok(take_record_batch(&all, &UInt64Array::from(kept))?)
}
