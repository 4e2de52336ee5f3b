//! The table `deployments`: times of real deployments, which predictions are compared with.

use std::io::Cursor;
use std::sync::Arc;

use datafusion::arrow::csv::ReaderBuilder;
use datafusion::arrow::csv::reader::Format;
use datafusion::catalog::TableProvider;
use datafusion::datasource::MemTable;

use crate::base::error::{Result, bug};
use crate::plan::nodes::failure::failure;

/// The rows that ship. `systems/SOURCES.md` says where they come from.
const ROWS: &str = include_str!("../../../systems/deployments.csv");

/// The table.
pub(super) fn table() -> Result<Arc<dyn TableProvider>> {
    let format = Format::default().with_header(true);
    let (schema, _) = format.infer_schema(Cursor::new(ROWS), None).map_err(bug)?;
    let schema = Arc::new(schema);
    let reader = ReaderBuilder::new(Arc::clone(&schema)).with_format(format);
    let batches = reader.build(Cursor::new(ROWS)).map_err(bug)?;
    let batches = batches.collect::<Result<Vec<_>, _>>().map_err(bug)?;
    Ok(Arc::new(MemTable::try_new(schema, vec![batches]).map_err(failure)?))
}
