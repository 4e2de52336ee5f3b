//! The table `coverage`. Conditions on the model, system, backend and version choose what is
//! looked at.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch, RecordBatchOptions, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::utils::conjunction;

use crate::base::error::{Code, Error};
use crate::catalog::deferred::{Deferred, Piece, RowSource, external};
use crate::session::analysis::coverage::{Coverage, Place, Row};

/// All columns.
const COLUMNS: [&str; 7] = ["model", "system", "backend", "version", "mode", "status", "reason"];
/// Those that say what to look at.
const PLACE: [&str; 3] = ["model", "system", "backend"];

/// The table.
pub(super) fn table(coverage: Coverage) -> Arc<dyn TableProvider> {
    let schema = Arc::new(fields(&COLUMNS));
    Arc::new(Deferred::new(schema, Places(Arc::new(coverage))))
}

fn fields(names: &[&str]) -> Schema {
    let text = |name: &&str| Field::new(*name, DataType::Utf8, true);
    Schema::new(names.iter().map(text).collect::<Vec<_>>())
}

#[derive(Debug)]
struct Places(Arc<Coverage>);

impl RowSource for Places {
    fn decides(&self, condition: &Expr) -> bool {
        let columns = condition.column_refs();
        !columns.is_empty()
            && columns.iter().all(|c| PLACE.contains(&c.name.as_str()))
            && !condition.is_volatile()
    }

    fn pieces(&self, state: &dyn Session, conditions: &[Expr]) -> Result<Vec<Arc<dyn Piece>>> {
        let mut places = self.0.places().map_err(external)?;
        if let Some(condition) = conjunction(conditions.to_vec()) {
            let kept = kept(state, condition, &places)?;
            let mut kept = kept.iter();
            places.retain(|_| kept.next() == Some(&true));
        }
        Ok(vec![Arc::new(Looked { coverage: Arc::clone(&self.0), places })])
    }
}

/// Which places meet the condition, evaluated as if each were a row.
fn kept(state: &dyn Session, condition: Expr, places: &[Place]) -> Result<Vec<bool>> {
    let column = |text: fn(&Place) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(places.iter().map(text)))
    };
    let columns = vec![column(|p| &p.model), column(|p| &p.system), column(|p| &p.backend)];
    let batch = RecordBatch::try_new(Arc::new(fields(&PLACE)), columns)?;
    let schema = DFSchema::try_from(batch.schema())?;
    let condition = state.create_physical_expr(condition, &schema)?;
    let met = condition.evaluate(&batch)?.into_array(places.len())?;
    Ok(met.as_boolean().iter().map(|met| met == Some(true)).collect())
}

/// The rows of some places.
#[derive(Debug)]
struct Looked {
    coverage: Arc<Coverage>,
    places: Vec<Place>,
}

impl Piece for Looked {
    fn rows(&self, schema: &SchemaRef) -> crate::Result<RecordBatch> {
        let rows = self.coverage.rows(&self.places)?;
        let column = |field: &Arc<Field>| -> ArrayRef {
            Arc::new(rows.iter().map(|row| cell(row, field.name())).collect::<StringArray>())
        };
        let columns = schema.fields().iter().map(column).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
            .map_err(|why| Error::internal(Code::EngineBug, why.to_string()))
    }
}

fn cell<'r>(row: &'r Row, column: &str) -> Option<&'r str> {
    match column {
        "model" => Some(&row.place.model),
        "system" => Some(&row.place.system),
        "backend" => Some(&row.place.backend),
        "version" => Some(&row.version),
        "mode" => Some(&row.mode),
        "status" => Some(row.cover.status.name()),
        _ => row.cover.reason.as_deref(),
    }
}
