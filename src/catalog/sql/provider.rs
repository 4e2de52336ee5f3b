//! The measurements as SQL tables: one for each operation, and `systems`.

use crate::base::error::Code;
use crate::base::rows::TableBuilder;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, OnceLock};

use datafusion::arrow::array::{
    ArrayRef, Float64Array, Int64Array, RecordBatch, RecordBatchOptions, StringArray,
    new_null_array,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::Session;
use datafusion::common::Result;
use datafusion::logical_expr::Expr;
use datafusion::prelude::SessionContext;

use super::deferred::{Deferred, Piece, RowSource, is_about, met};
use super::systems_table;
use crate::catalog::files::damaged;
use crate::catalog::releases::{Catalog, TableFile};
use crate::perf::{Column, ColumnType, RawTable, TABLES, TableSpec};

/// Columns that tell files apart, not rows within one.
const PARTITION: [&str; 3] = ["system", "backend", "version"];
/// Metadata key of a column's unit.
const UNIT: &str = "unit";

/// Registers every op table under its name, and `systems`.
///
/// # Errors
/// Damaged system files; a context that takes no tables.
pub fn register(context: &SessionContext, catalog: &Catalog) -> crate::Result<()> {
    let files = Arc::new(Files { catalog: catalog.clone(), list: OnceLock::new() });
    let failed = |error: datafusion::common::DataFusionError| {
        crate::Error::internal(Code::EngineBug, error.strip_backtrace())
    };
    for spec in TABLES.iter() {
        let schema = schema(spec);
        let source = OpFiles { spec, files: Arc::clone(&files) };
        let table = Arc::new(Deferred::new(schema, source));
        context.register_table(spec.name, table).map_err(failed)?;
    }
    let systems = systems_table::systems(catalog)?;
    context.register_table("systems", Arc::new(systems)).map_err(failed)?;
    Ok(())
}

/// The rows of some files of an op table, all of that table.
pub(crate) fn rows(
    catalog: &Catalog,
    spec: &'static TableSpec,
    files: Vec<TableFile>,
) -> Deferred<impl RowSource + use<>> {
    let files = Arc::new(Files { catalog: catalog.clone(), list: OnceLock::from(files) });
    Deferred::new(schema(spec), OpFiles { spec, files })
}

/// The files of a catalog, listed when first asked for.
struct Files {
    catalog: Catalog,
    list: OnceLock<Vec<TableFile>>,
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Files").field(&self.list.get().map(Vec::len)).finish()
    }
}

/// The files of one op table.
#[derive(Debug)]
struct OpFiles {
    spec: &'static TableSpec,
    files: Arc<Files>,
}

impl RowSource for OpFiles {
    fn decides(&self, condition: &Expr) -> bool {
        is_about(condition, &PARTITION)
    }

    fn pieces(&self, state: &dyn Session, conditions: &[Expr]) -> Result<Vec<Arc<dyn Piece>>> {
        let catalog = &self.files.catalog;
        let listed = self.files.list.get_or_init(|| catalog.table_files());
        let own: Vec<&TableFile> =
            listed.iter().filter(|f| std::ptr::eq(f.table, self.spec)).collect();
        let texts: [fn(&TableFile) -> &str; 3] = [|f| &f.system, |f| &f.backend, |f| &f.version];
        let columns = PARTITION.iter().zip(texts);
        let places = columns.fold(TableBuilder::default(), |table, (name, text)| {
            table.texts(name, own.iter().map(|file| text(file)))
        });
        let keep = met(state, conditions, places)?;
        let piece = |file: &TableFile| {
            Arc::new(OpFile { catalog: catalog.clone(), file: file.clone() }) as Arc<dyn Piece>
        };
        Ok(own.iter().zip(keep).filter(|(_, keep)| *keep).map(|(file, _)| piece(file)).collect())
    }
}

/// One file of a table.
#[derive(Debug)]
struct OpFile {
    catalog: Catalog,
    file: TableFile,
}

impl Piece for OpFile {
    fn rows(&self, schema: &SchemaRef) -> crate::Result<RecordBatch> {
        let file = &self.file;
        let raw = self.catalog.read(&file.path, file.table)?;
        let columns = schema.fields().iter().map(|field| self.column(field, &raw)).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(raw.rows));
        RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
            .map_err(|why| damaged(&file.path, why))
    }
}

impl OpFile {
    fn column(&self, field: &Field, raw: &RawTable) -> ArrayRef {
        let all = |text: &str| -> ArrayRef {
            Arc::new(StringArray::from_iter_values(std::iter::repeat_n(text, raw.rows)))
        };
        match field.name().as_str() {
            "system" => return all(&self.file.system),
            "backend" => return all(&self.file.backend),
            "version" => return all(&self.file.version),
            "latency" => {
                let latency = raw.latency.iter().map(|&ms| f64::from(ms));
                return Arc::new(Float64Array::from_iter_values(latency));
            }
            _ => {}
        }
        match raw.columns.get(field.name()) {
            Some(Column::Int(values)) => {
                Arc::new(Int64Array::from_iter_values(values.iter().map(|&v| i64::from(v))))
            }
            Some(Column::Text { codes, values }) => {
                let names = codes.iter().map(|&code| values.get(code as usize));
                Arc::new(names.collect::<StringArray>())
            }
            None => new_null_array(field.data_type(), raw.rows),
        }
    }
}

/// Which file, then the keys, axes and notes, then the latency.
fn schema(spec: &TableSpec) -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let mut fields: Vec<Field> = PARTITION.iter().map(|name| text(name)).collect();
    let mut seen: BTreeSet<&str> = PARTITION.into();
    for column in spec.columns().filter(|c| seen.insert(c.name)) {
        fields.push(match column.ty {
            ColumnType::Text => text(column.name),
            ColumnType::Int => Field::new(column.name, DataType::Int64, true),
        });
    }
    fields.push(
        Field::new("latency", DataType::Float64, true)
            .with_metadata([(UNIT.to_owned(), "ms".to_owned())].into()),
    );
    Arc::new(Schema::new(fields))
}
