//! The tables `table_findings` and `table_errors`: measured rows that look wrong, and how well points
//! that are left out are predicted. Conditions on the system, backend, version and table choose what
//! is looked at; all of it takes long.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result;
use datafusion::logical_expr::Expr;

use crate::base::rows::{TableBuilder, counted};
use crate::catalog::deferred::{Deferred, Piece, RowSource, is_about, met};
use crate::catalog::{Catalog, TableFile};
use crate::perf::{self, QuantModes};

/// What is looked at.
const PLACE: [&str; 4] = ["system", "backend", "version", "table"];

/// What is told of each measured table.
#[derive(Debug, Clone, Copy)]
enum Tells {
    Findings,
    Errors,
}

/// Both tables by name.
pub(super) fn tables(
    catalog: &Catalog,
    quants: &Arc<QuantModes>,
) -> [(&'static str, Arc<dyn TableProvider>); 2] {
    let table = |tells: Tells| -> Arc<dyn TableProvider> {
        let (catalog, quants) = (catalog.clone(), Arc::clone(quants));
        Arc::new(Deferred::new(schema(tells), Files { tells, catalog, quants }))
    };
    [("table_findings", table(Tells::Findings)), ("table_errors", table(Tells::Errors))]
}

fn schema(tells: Tells) -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let real = |name: &str, unit: &str| {
        let unit = [("unit".to_owned(), unit.to_owned())].into();
        Field::new(name, DataType::Float64, true).with_metadata(unit)
    };
    let mut fields = PLACE.map(text).to_vec();
    fields.extend(match tells {
        Tells::Findings => vec![
            text("finding"),
            text("keys"),
            text("sizes"),
            real("latency", "ms"),
            real("expected", "ms"),
            text("evidence"),
            text("action"),
        ],
        Tells::Errors => vec![
            text("test"),
            text("slice"),
            text("method"),
            Field::new("points", DataType::Int64, true),
            real("median", "%"),
            real("p90", "%"),
            real("max", "%"),
        ],
    });
    Arc::new(Schema::new(fields))
}

/// The measured tables.
#[derive(Debug)]
struct Files {
    tells: Tells,
    catalog: Catalog,
    quants: Arc<QuantModes>,
}

impl RowSource for Files {
    fn decides(&self, condition: &Expr) -> bool {
        is_about(condition, &PLACE)
    }

    fn pieces(&self, state: &dyn Session, conditions: &[Expr]) -> Result<Vec<Arc<dyn Piece>>> {
        let files = self.catalog.table_files();
        let places = PLACE.iter().fold(TableBuilder::default(), |table, name| {
            table.texts(name, files.iter().map(|file| place(file, name)))
        });
        let keep = met(state, conditions, places)?;
        let kept = files.into_iter().zip(keep).filter(|(_, keep)| *keep);
        let piece = |(file, _)| {
            let (catalog, quants) = (self.catalog.clone(), Arc::clone(&self.quants));
            Arc::new(One { tells: self.tells, catalog, quants, file }) as Arc<dyn Piece>
        };
        Ok(kept.map(piece).collect())
    }
}

fn place<'f>(file: &'f TableFile, column: &str) -> &'f str {
    match column {
        "system" => &file.system,
        "backend" => &file.backend,
        "version" => &file.version,
        _ => file.table.name,
    }
}

/// One measured table.
#[derive(Debug)]
struct One {
    tells: Tells,
    catalog: Catalog,
    quants: Arc<QuantModes>,
    file: TableFile,
}

impl Piece for One {
    fn rows(&self, schema: &SchemaRef) -> crate::Result<RecordBatch> {
        let table = self.catalog.repaired(&self.file)?;
        let hardware = &self.catalog.system(&self.file.system)?.hardware;
        let (rows, columns) = match self.tells {
            Tells::Findings => {
                let found = perf::findings(&table, hardware, &self.quants);
                let column = |name: &str| -> ArrayRef {
                    let text = |f: fn(&perf::Finding) -> &str| -> ArrayRef {
                        Arc::new(StringArray::from_iter_values(found.iter().map(f)))
                    };
                    match name {
                        "finding" => text(|f| &f.kind),
                        "keys" => text(|f| &f.keys),
                        "sizes" => text(|f| &f.sizes),
                        "evidence" => text(|f| &f.evidence),
                        "action" => text(|f| f.action),
                        "latency" => Arc::new(
                            found.iter().map(|f| Some(f.latency)).collect::<Float64Array>(),
                        ),
                        _ => Arc::new(
                            found.iter().map(|f| Some(f.expected)).collect::<Float64Array>(),
                        ),
                    }
                };
                (found.len(), self.columns(schema, found.len(), column))
            }
            Tells::Errors => {
                let tests = perf::holdout(&table, hardware, &self.quants);
                let column = |name: &str| -> ArrayRef {
                    let text = |f: fn(&perf::HoldoutRow) -> &str| -> ArrayRef {
                        Arc::new(StringArray::from_iter_values(tests.iter().map(f)))
                    };
                    let real = |f: fn(&perf::HoldoutRow) -> f64| -> ArrayRef {
                        Arc::new(Float64Array::from_iter_values(tests.iter().map(f)))
                    };
                    match name {
                        "test" => text(|t| &t.test),
                        "slice" => text(|t| &t.slice),
                        "method" => text(|t| t.method),
                        "median" => real(|t| t.median),
                        "p90" => real(|t| t.p90),
                        "max" => real(|t| t.max),
                        _ => Arc::new(Int64Array::from_iter_values(
                            tests.iter().map(|t| t.points as i64),
                        )),
                    }
                };
                (tests.len(), self.columns(schema, tests.len(), column))
            }
        };
        counted(Arc::clone(schema), columns, rows)
    }
}

impl One {
    /// The columns of a schema: where the table is, and what `own` says of it.
    fn columns(
        &self,
        schema: &SchemaRef,
        rows: usize,
        own: impl Fn(&str) -> ArrayRef,
    ) -> Vec<ArrayRef> {
        let all = |name: &str| -> ArrayRef {
            Arc::new(StringArray::from_iter_values(std::iter::repeat_n(
                place(&self.file, name),
                rows,
            )))
        };
        let names = schema.fields().iter().map(|field| field.name().as_str());
        names.map(|name| if PLACE.contains(&name) { all(name) } else { own(name) }).collect()
    }
}
