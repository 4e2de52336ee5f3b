//! SQL over every table: the measurements, the systems, the models, named results and files.

mod coverage;
mod deployments;
mod diagnose;
mod functions;
mod headers;
mod kinds;
mod prices;
mod sanity;
mod tables;
#[cfg(test)]
mod tests;
mod writes;

use crate::plan::nodes::failure::failure;
use crate::session::state::Database;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use datafusion::common::DataFusionError;
use datafusion::config::Dialect;
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::logical_expr::{DdlStatement, LogicalPlan, LogicalPlanBuilder};
use datafusion::prelude::SessionContext;

use diagnose::diagnose;

use super::analysis::coverage::Coverage;
use super::run::cancellable::{Batches, streamed, watched};
use super::run::gathered;
use crate::answer::Answer;
use crate::base::error::{Code, Error, Kind, Result};
use crate::base::permissions::Permissions;
use crate::lang::ast::{Clauses, Loc};
use crate::perf::Evidence;
use crate::plan::question::{NoNames, Question};
use crate::session::state::Session;

/// How many operators a statement may have, should each stand inside the one before.
const MAX_OPERATORS: usize = 3000;

impl Session {
    /// Hands a statement to DataFusion.
    pub(super) fn run_sql(&mut self, sql: &str, loc: &Loc) -> Result<Answer> {
        let answer = self.ask(sql, loc);
        self.last_plan = Some(sql.to_owned());
        answer.map_err(|error| placed(damaged(error, loc), loc))
    }

    /// The plan of a statement, which is not run.
    pub(super) fn plan_sql(&mut self, sql: &str, loc: &Loc) -> Result<LogicalPlan> {
        check_size(sql)?;
        let context = self.database()?;
        let (permissions, metrics) = (self.permissions, self.metric_names());
        let (text, at) = (sql.to_owned(), loc.clone());
        let work = async move {
            let plan = planned(&context, &text, permissions).await;
            plan.map_err(|e| failure(diagnose(e, &text, &at, &metrics)))
        };
        watched(work, false, &self.watch()).map_err(|error| placed(error, loc))
    }

    /// The rows of a statement as they come.
    pub(super) fn sql_rows(&mut self, sql: &str, loc: &Loc) -> Result<Batches> {
        check_size(sql)?;
        self.last_plan = Some(sql.to_owned());
        let context = self.database()?;
        let (permissions, metrics) = (self.permissions, self.metric_names());
        let (text, at) = (sql.to_owned(), loc.clone());
        let work = async move {
            let plan = planned(&context, &text, permissions).await;
            let plan = plan.map_err(|e| failure(diagnose(e, &text, &at, &metrics)))?;
            writes::check(&plan, permissions, &at)?;
            let mismatch = kinds::mismatch(&plan, &at);
            stream(&context, plan).await.map_err(|error| named(error, mismatch))
        };
        let loc = loc.clone();
        streamed(work, &self.watch(), move |error| placed(damaged(error, &loc), &loc))
    }

    fn ask(&mut self, sql: &str, loc: &Loc) -> Result<Answer> {
        check_size(sql)?;
        let context = self.database()?;
        let (permissions, metrics) = (self.permissions, self.metric_names());
        let (sql, loc) = (sql.to_owned(), loc.clone());
        let work = async move {
            let plan = planned(&context, &sql, permissions).await;
            let plan = plan.map_err(|e| failure(diagnose(e, &sql, &loc, &metrics)))?;
            writes::check(&plan, permissions, &loc)?;
            let mismatch = kinds::mismatch(&plan, &loc);
            let rows = async {
                let stream = stream(&context, plan).await?;
                let schema = stream.schema();
                Ok((gathered(stream, context.runtime_env()).await?, schema))
            };
            rows.await.map_err(|error| named(error, mismatch))
        };
        let (batches, schema) = watched(work, false, &self.watch())?;
        Ok(headers::named(Answer { batches, ..Answer::empty(schema) }))
    }

    fn metric_names(&self) -> BTreeSet<String> {
        self.library.all_metrics().map(|metric| metric.name.text.clone()).collect()
    }

    /// Whether SQL knows a table of that name.
    pub(super) fn is_table(&mut self, name: &str) -> Result<bool> {
        Ok(self.database()?.table_exist(name).unwrap_or(false))
    }

    /// What prices may rest on by the settings.
    fn evidence(&self) -> Result<Evidence> {
        let asked = Question::new(&[], &Clauses::default(), &self.settings, &NoNames)?;
        let choices = self.engine.evidence(&self.library, &asked, "")?;
        Ok(choices.into_iter().next().unwrap_or_default())
    }

    /// The context with everything there is to ask at this moment.
    fn database(&mut self) -> Result<SessionContext> {
        let evidence = self.evidence()?;
        if self.sql.is_none() {
            let context =
                crate::plan::nodes::context::full(1, &self.runtime, self.permissions.files);
            tables::register(&context, &self.engine)?;
            functions::register(&context, &self.engine, &self.library, &evidence);
            context.register_table("deployments", deployments::table()?).map_err(failure)?;
            for (name, table) in sanity::tables(&self.engine.catalog, &self.library.quants) {
                context.register_table(name, table).map_err(failure)?;
            }
            let quants = Arc::clone(&self.library.quants);
            self.sql = Some(Database { context, quants, evidence: evidence.clone() });
        }
        let Some(database) = &mut self.sql else {
            return Err(crate::Error::internal(Code::EngineBug, "no SQL context"));
        };
        if !Arc::ptr_eq(&database.quants, &self.library.quants) || database.evidence != evidence {
            functions::register(&database.context, &self.engine, &self.library, &evidence);
            database.evidence = evidence;
            database.quants = Arc::clone(&self.library.quants);
        }
        if !database.context.table_exist("coverage").map_err(failure)? {
            let coverage = Coverage::new(&self.engine, &self.library, &self.settings);
            let table = coverage::table(coverage);
            database.context.register_table("coverage", table).map_err(failure)?;
        }
        for (name, result) in &self.results {
            tables::name(&database.context, name, &result.answer).map_err(failure)?;
        }
        Ok(database.context.clone())
    }
}

/// A value that cannot be converted, as the comparison that asks for it where that is known.
fn named(error: Error, mismatch: Option<Error>) -> Error {
    match mismatch {
        Some(mismatch) if error.kind == Kind::Question => mismatch,
        _ => error,
    }
}

/// An error that is about a place, be it the whole statement.
fn placed(error: Error, loc: &Loc) -> Error {
    error.within(loc.span(), "in this statement")
}

/// A plan that ended without a word read a damaged file, if it read one.
fn damaged(error: Error, loc: &Loc) -> Error {
    let parts = loc.text().split(['\'', '"']);
    match parts.skip(1).step_by(2).find(|text| Path::new(text).is_file()) {
        Some(file) if error.kind == Kind::Aborted => Error::unreadable(
            Code::UnreadableFile,
            format!("`{file}` cannot be read: it is damaged"),
        ),
        _ => error,
    }
}

/// Refuses statements so large that walking their expressions would exhaust the stack.
fn check_size(sql: &str) -> Result<()> {
    let words = sql.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let joins = ["and", "or", "not", "like", "is", "when", "union", "except", "intersect"];
    let words = words.filter(|w| joins.iter().any(|j| w.eq_ignore_ascii_case(j))).count();
    let signs = sql.chars().filter(|c| "+-*/%<>=|&^".contains(*c)).count();
    if words + signs > MAX_OPERATORS {
        return Err(Error::question(Code::TooDeep, "the statement is too large")
            .help(format!("it has more than {MAX_OPERATORS} operators")));
    }
    Ok(())
}

/// The rows of a statement as they come.
async fn stream(context: &SessionContext, plan: LogicalPlan) -> Result<SendableRecordBatchStream> {
    let plan = match plan {
        LogicalPlan::Ddl(DdlStatement::CreateMemoryTable(mut made)) => {
            // The engine below would gather the rows without a look at the limit.
            let frame = context.execute_logical_plan(made.input.as_ref().clone()).await;
            let rows = frame.map_err(failure)?.execute_stream().await.map_err(failure)?;
            let schema = rows.schema();
            let rows = gathered(rows, context.runtime_env()).await?;
            let table = MemTable::try_new(schema, vec![rows]).map_err(failure)?;
            let scan = LogicalPlanBuilder::scan("rows", provider_as_source(Arc::new(table)), None);
            made.input = Arc::new(scan.and_then(LogicalPlanBuilder::build).map_err(failure)?);
            LogicalPlan::Ddl(DdlStatement::CreateMemoryTable(made))
        }
        plan => plan,
    };
    let frame = context.execute_logical_plan(plan).await.map_err(failure)?;
    frame.execute_stream().await.map_err(failure)
}

/// The plan of a statement.
async fn planned(
    context: &SessionContext,
    sql: &str,
    permissions: Permissions,
) -> datafusion::common::Result<LogicalPlan> {
    let state = context.state();
    let statement = state.sql_to_statement(sql, &Dialect::Generic)?;
    let references = state.resolve_table_references(&statement)?;
    tables::check_files(&references)?;
    let planned = state.statement_to_plan(statement).await;
    if matches!(&planned, Err(error) if matches!(error.find_root(), DataFusionError::Plan(_))) {
        // Statements that make a table name one that is not there, so only now.
        tables::check(context, &references, permissions)?;
    }
    planned
}
