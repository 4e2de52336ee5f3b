//! SQL over every table.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::Schema;
use datafusion::datasource::MemTable;
use datafusion::prelude::SessionContext;

use super::Session;
use super::functions::functions;
use super::run::failure;
use crate::answer::Answer;
use crate::catalog::provider::OpTableProvider;
use crate::error::{Error, Result};
use crate::lang::ast::Loc;
use crate::perf::spec::TABLES;
use crate::plan::context::full;

impl Session {
    pub(super) fn run_sql(&mut self, sql: &str, loc: &Loc) -> Result<Answer> {
        let context = self.sql_context()?;
        let cancel = self.cancel.clone();
        let work = async {
            let frame = context.sql(sql).await.map_err(failure)?;
            let schema = Arc::new(frame.schema().as_arrow().clone());
            let collect = frame.collect();
            let batches = super::run::or_cancelled(collect, &cancel).await?;
            Ok::<_, Error>((schema, batches))
        };
        let (schema, batches) = self.runtime.block_on(work).map_err(|error: Error| {
            if error.span.is_some() { error } else { error.at(loc.span(), "in this statement") }
        })?;
        self.last_plan = Some(sql.to_owned());
        let schema = batches.first().map_or(schema, RecordBatch::schema);
        let empty = Answer::message(Vec::new());
        Ok(Answer { schema: Arc::new(Schema::clone(&schema)), batches, ..empty })
    }

    /// The context for SQL, with every table, function and named result.
    fn sql_context(&mut self) -> Result<SessionContext> {
        let context = match &self.sql {
            Some(context) => context.clone(),
            None => {
                let context = full(1);
                for spec in TABLES {
                    let provider = OpTableProvider::new(&self.engine.catalog, spec);
                    context.register_table(spec.name, Arc::new(provider)).map_err(failure)?;
                }
                for function in functions(&self.engine, &self.library) {
                    context.register_udf(function);
                }
                for what in ["models", "systems"] {
                    let answer = self.shown(what)?;
                    let table = MemTable::try_new(answer.schema, vec![answer.batches]);
                    context
                        .register_table(what, Arc::new(table.map_err(failure)?))
                        .map_err(failure)?;
                }
                self.sql = Some(context.clone());
                context
            }
        };
        for (name, named) in &self.results {
            let answer = &named.answer;
            let table = MemTable::try_new(Arc::clone(&answer.schema), vec![answer.batches.clone()]);
            let _ = context.deregister_table(name.as_str());
            context
                .register_table(name.as_str(), Arc::new(table.map_err(failure)?))
                .map_err(failure)?;
        }
        Ok(context)
    }
}
