//! SQL of a text is planned, not run, where all that it reads is known.

use crate::plan::expr::col::Col;
use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::logical_expr::{DdlStatement, LogicalPlan};

use crate::answer::Answer;
use crate::base::error::{Kind, Result};
use crate::lang::ast::{Loc, Name, Statement};
use crate::session::state::Prepared;
use crate::session::state::{Named, Session};

/// Names of tables and results whose columns are not known without running something.
#[derive(Default)]
pub(super) struct Open(BTreeSet<String>);

impl Open {
    pub(super) fn add(&mut self, name: &str) {
        self.0.insert(name.to_owned());
    }

    fn is_in(&self, sql: &str) -> bool {
        self.0.iter().any(|name| super::mentions(sql, name))
    }
}

impl Session {
    /// What is wrong with SQL. A file that is not there may be written by a statement before.
    pub(super) fn look_sql(&mut self, sql: &str, loc: &Loc, open: &mut Open) -> Result<()> {
        if open.is_in(sql) || self.described(sql, loc)?.is_some() {
            return Ok(());
        }
        let plan = match self.plan_sql(sql, loc) {
            Err(error) if error.kind == Kind::Unreadable => return Ok(()),
            plan => plan?,
        };
        match plan {
            LogicalPlan::Ddl(DdlStatement::CreateMemoryTable(made)) => open.add(made.name.table()),
            LogicalPlan::Ddl(DdlStatement::CreateView(made)) => open.add(made.name.table()),
            LogicalPlan::Ddl(DdlStatement::CreateExternalTable(made)) => {
                open.add(made.name.table());
            }
            _ => {}
        }
        Ok(())
    }

    /// A named search as a table without rows.
    pub(super) fn name_plan(
        &mut self,
        name: &Name,
        question: &Statement,
        planned: &Prepared,
        open: &mut Open,
    ) {
        open.0.remove(&name.text);
        let rank = Arc::new(Field::new("rank", DataType::Int64, false));
        let schema = planned.plan.schema();
        let own = schema.fields().iter().filter(|f| !Col::is_hidden(f.name())).cloned();
        let schema = Schema::new(std::iter::once(rank).chain(own).collect::<Vec<_>>());
        let answer = Answer::empty(Arc::new(schema));
        self.results.insert(name.text.clone(), Named { answer, question: question.clone() });
    }
}
