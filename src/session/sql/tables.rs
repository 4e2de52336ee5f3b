//! What SQL can be asked about.

use std::sync::Arc;

use datafusion::datasource::MemTable;
use datafusion::prelude::SessionContext;
use datafusion::common::TableReference;

use super::failure;
use crate::answer::Answer;
use crate::engine::Engine;
use crate::error::Result;

/// Registers the measurements, `systems` and `models`.
pub(super) fn register(context: &SessionContext, engine: &Engine) -> Result<()> {
    crate::catalog::provider::register(context, &engine.catalog)?;
    let models = crate::arch::table::models(&engine.checkpoints);
    context.register_table("models", models).map_err(failure)?;
    Ok(())
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
