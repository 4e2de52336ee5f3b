//! The table `deployments`: times of real deployments, which predictions are compared with.

use std::io::Cursor;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::csv::ReaderBuilder;
use datafusion::arrow::csv::reader::Format;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::logical_expr::Expr;

use crate::base::error::{Result, bug};
use crate::catalog::deferred::{Deferred, Piece, RowSource};

/// The rows that ship. `systems/SOURCES.md` says where they come from.
const ROWS: &str = include_str!("../../../systems/deployments.csv");

/// Of so many rows one is looked at for the types of the columns.
const SAMPLED: usize = 20;

/// The table. Its rows are read where a query asks for them.
pub(super) fn table() -> Result<Arc<dyn TableProvider>> {
    let (header, rows) = ROWS.split_once('\n').ok_or_else(|| bug("no header"))?;
    let sample: Vec<&str> = [header].into_iter().chain(rows.lines().step_by(SAMPLED)).collect();
    let (schema, _) = format().infer_schema(Cursor::new(sample.join("\n")), None).map_err(bug)?;
    let schema = Arc::new(schema);
    Ok(Arc::new(Deferred::new(Arc::clone(&schema), Deployments(schema))))
}

fn format() -> Format {
    Format::default().with_header(true)
}

/// All rows, with all columns.
#[derive(Debug, Clone)]
struct Deployments(SchemaRef);

impl RowSource for Deployments {
    fn pieces(
        &self,
        _: &dyn Session,
        _: &[Expr],
    ) -> datafusion::common::Result<Vec<Arc<dyn Piece>>> {
        Ok(vec![Arc::new(self.clone())])
    }
}

impl Piece for Deployments {
    fn rows(&self, schema: &SchemaRef) -> Result<RecordBatch> {
        let reader = ReaderBuilder::new(Arc::clone(&self.0)).with_format(format());
        let batches = reader.build(Cursor::new(ROWS)).map_err(bug)?;
        let batches = batches.collect::<Result<Vec<_>, _>>().map_err(bug)?;
        let all = concat_batches(&self.0, &batches).map_err(bug)?;
        let places = schema.fields().iter().map(|field| self.0.index_of(field.name()));
        let places = places.collect::<Result<Vec<_>, _>>().map_err(bug)?;
        all.project(&places).map_err(bug)
    }
}
