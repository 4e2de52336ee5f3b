//! The table `coverage`. Conditions on the model, system, backend and version choose what is
//! looked at.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result;
use datafusion::logical_expr::Expr;

use crate::base::rows::{TableBuilder, counted};
use crate::catalog::deferred::{Deferred, Piece, RowSource, external, is_about, met};
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
        is_about(condition, &PLACE)
    }

    fn pieces(&self, state: &dyn Session, conditions: &[Expr]) -> Result<Vec<Arc<dyn Piece>>> {
        let mut places = self.0.places().map_err(external)?;
        let texts: [fn(&Place) -> &str; 3] = [|p| &p.model, |p| &p.system, |p| &p.backend];
        let columns =
            PLACE.iter().zip(texts).fold(TableBuilder::default(), |table, (name, text)| {
                table.texts(name, places.iter().map(text))
            });
        let kept = met(state, conditions, columns)?;
        let mut kept = kept.iter();
        places.retain(|_| kept.next() == Some(&true));
        Ok(vec![Arc::new(Looked { coverage: Arc::clone(&self.0), places })])
    }
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
        counted(Arc::clone(schema), columns, rows.len())
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
