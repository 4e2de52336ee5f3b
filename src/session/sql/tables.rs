//! What SQL can be asked about.

use std::path::Path;
use std::sync::Arc;

use datafusion::common::TableReference;
use datafusion::datasource::MemTable;
use datafusion::prelude::SessionContext;

use crate::answer::Answer;
use crate::base::error::{Code, Error, Result, nearest};
use crate::base::permissions::{Permissions, no_files};
use crate::catalog::deferred::external;
use crate::engine::Engine;
use crate::plan::nodes::failure::failure;

// Where DataFusion keeps tables that name no catalog.
const CATALOG: &str = "datafusion";
const SCHEMA: &str = "public";

/// Registers the measurements, `systems` and `models`.
pub(super) fn register(context: &SessionContext, engine: &Engine) -> Result<()> {
    crate::catalog::provider::register(context, &engine.catalog)?;
    let models = crate::model::table::models(&engine.checkpoints);
    context.register_table("models", models).map_err(failure)?;
    Ok(())
}

/// That every table is there, be it a file.
pub(super) fn check(
    context: &SessionContext,
    references: &[TableReference],
    permissions: Permissions,
) -> datafusion::common::Result<()> {
    for reference in references {
        let table = reference.table();
        let path = Path::new(table);
        let is_file = path.extension().is_some() || table.contains('/');
        // An error is that of a schema that is not there.
        if context.table_exist(reference.clone()).unwrap_or(false) {
            continue;
        }
        if is_file && !permissions.files {
            return Err(external(no_files(table)));
        }
        if is_file && !path.exists() && !table.contains("://") {
            let error =
                Error::unreadable(Code::UnreadableFile, format!("there is no file `{table}`"));
            return Err(external(error));
        }
        if is_file {
            continue;
        }
        return Err(external(unknown(context, &reference.to_string())));
    }
    Ok(())
}

/// That files are files: to open a pipe is to wait for its other end, and a device may have no end.
pub(super) fn check_files(references: &[TableReference]) -> datafusion::common::Result<()> {
    for table in references.iter().map(TableReference::table) {
        let kind = Path::new(table).metadata().map(|m| m.file_type());
        if kind.is_ok_and(|kind| !kind.is_file() && !kind.is_dir()) {
            let message =
                format!("`{table}` cannot be read: it is not a file but a device or a pipe");
            return Err(external(Error::unreadable(Code::UnreadableFile, message)));
        }
    }
    Ok(())
}

fn unknown(context: &SessionContext, table: &str) -> Error {
    let schema = context.catalog(CATALOG).and_then(|c| c.schema(SCHEMA));
    let names = schema.map(|s| s.table_names()).unwrap_or_default();
    let error = Error::question(Code::NoSuchTable, format!("there is no table `{table}`"));
    match nearest(table, names.iter().map(String::as_str)) {
        _ if table.eq_ignore_ascii_case("search") => {
            error.help("a search has a name in SQL: `let a = search ..; select * from a`")
        }
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help("`show tables` lists them; a file is quoted: 'rows.csv'"),
    }
}

/// Makes an answer a table, in place of any other of that name.
pub(super) fn name(
    context: &SessionContext,
    name: &str,
    answer: &Answer,
) -> datafusion::common::Result<()> {
    let table = MemTable::try_new(Arc::clone(&answer.schema), vec![answer.batches.clone()])?;
    context.deregister_table(TableReference::bare(name))?;
    context.register_table(TableReference::bare(name), Arc::new(table))?;
    Ok(())
}
