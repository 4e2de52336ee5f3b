//! Op tables as DataFusion tables: files are chosen by system, backend and version, and read
//! only when a plan runs.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::streaming::StreamingTable;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, Operator, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;

use super::{Catalog, TableFile};
use crate::perf::spec::{ColumnType, TableSpec};
use crate::perf::table::{Column, RawTable};

/// Columns that choose files.
const PARTITION: [&str; 3] = ["system", "backend", "version"];

/// One op table over all systems, backends and versions.
#[derive(Debug)]
pub struct OpTableProvider {
    catalog: Catalog,
    spec: &'static TableSpec,
    schema: SchemaRef,
}

impl OpTableProvider {
    /// The table of that description.
    pub fn new(catalog: &Catalog, spec: &'static TableSpec) -> Self {
        Self { catalog: catalog.clone(), spec, schema: schema(spec) }
    }

    /// The files that can hold rows for which all filters are true.
    fn files(&self, filters: &[Expr]) -> Vec<TableFile> {
        let files = self.catalog.table_files().into_iter();
        let own = files.filter(|f| std::ptr::eq(f.table, self.spec));
        own.filter(|f| {
            let values = [&f.system, &f.backend, &f.version];
            PARTITION.iter().zip(values).all(|(column, value)| {
                filters.iter().all(|e| {
                    allowed(e, column).is_none_or(|allowed| allowed.contains(value.as_str()))
                })
            })
        })
        .collect()
    }
}

/// The values a filter allows for a column; `None` if it says nothing about it.
fn allowed(filter: &Expr, column: &str) -> Option<BTreeSet<String>> {
    let is_column = |e: &Expr| matches!(e, Expr::Column(c) if c.name == column);
    match filter {
        Expr::BinaryExpr(b) if b.op == Operator::Eq => {
            let literal = match (&*b.left, &*b.right) {
                (c, l) | (l, c) if is_column(c) => text(l)?,
                _ => return None,
            };
            Some([literal].into())
        }
        Expr::BinaryExpr(b) if b.op == Operator::Or => {
            let mut both = allowed(&b.left, column)?;
            both.extend(allowed(&b.right, column)?);
            Some(both)
        }
        Expr::InList(list) if !list.negated && is_column(&list.expr) => {
            list.list.iter().map(text).collect()
        }
        _ => None,
    }
}

fn text(e: &Expr) -> Option<String> {
    match e {
        Expr::Literal(
            ScalarValue::Utf8(Some(t))
            | ScalarValue::LargeUtf8(Some(t))
            | ScalarValue::Utf8View(Some(t)),
            _,
        ) => Some(t.clone()),
        _ => None,
    }
}

fn schema(spec: &TableSpec) -> SchemaRef {
    let mut fields: Vec<Field> =
        PARTITION.iter().map(|c| Field::new(*c, DataType::Utf8, false)).collect();
    for column in spec.columns() {
        let ty = match column.ty {
            ColumnType::Text => DataType::Utf8,
            ColumnType::Int => DataType::Int64,
        };
        fields.push(Field::new(column.name, ty, true));
    }
    let unit = [("unit".to_owned(), "ms".to_owned())].into();
    fields.push(Field::new("latency", DataType::Float64, false).with_metadata(unit));
    Arc::new(Schema::new(fields))
}

#[async_trait]
impl TableProvider for OpTableProvider {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let parts: Vec<Arc<dyn PartitionStream>> = self
            .files(filters)
            .into_iter()
            .map(|file| {
                let (catalog, schema) = (self.catalog.clone(), Arc::clone(&self.schema));
                Arc::new(FilePart { catalog, file, schema }) as Arc<dyn PartitionStream>
            })
            .collect();
        let table = StreamingTable::try_new(Arc::clone(&self.schema), parts)?;
        table.scan(session, projection, &[], limit).await
    }
}

/// One file as a partition.
#[derive(Debug)]
struct FilePart {
    catalog: Catalog,
    file: TableFile,
    schema: SchemaRef,
}

impl PartitionStream for FilePart {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (catalog, file) = (self.catalog.clone(), self.file.clone());
        let schema = Arc::clone(&self.schema);
        let read = {
            let schema = Arc::clone(&schema);
            async move {
                let raw = catalog.read(&file.path, file.table);
                let raw = raw.map_err(|e| DataFusionError::External(Box::new(e)))?;
                batch(&schema, &file, &raw)
            }
        };
        Box::pin(RecordBatchStreamAdapter::new(schema, futures::stream::once(read)))
    }
}

fn batch(schema: &SchemaRef, file: &TableFile, raw: &RawTable) -> Result<RecordBatch> {
    let rows = raw.rows;
    let mut columns: Vec<ArrayRef> = Vec::new();
    for value in [&file.system, &file.backend, &file.version] {
        columns.push(Arc::new(StringArray::from_iter_values(std::iter::repeat_n(value, rows))));
    }
    for column in file.table.columns() {
        columns.push(match (raw.columns.get(column.name), column.ty) {
            (Some(Column::Int(values)), _) => {
                Arc::new(Int64Array::from_iter_values(values.iter().map(|v| i64::from(*v))))
            }
            (Some(Column::Text { codes, values }), _) => {
                let texts = codes.iter().map(|c| values.get(*c as usize).map(String::as_str));
                Arc::new(texts.collect::<StringArray>())
            }
            (None, ColumnType::Text) => Arc::new(StringArray::new_null(rows)),
            (None, ColumnType::Int) => Arc::new(Int64Array::new_null(rows)),
        });
    }
    let latency = raw.latency.iter().map(|l| f64::from(*l));
    columns.push(Arc::new(Float64Array::from_iter_values(latency)));
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}
