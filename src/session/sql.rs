//! SQL over every table.

use super::Session;
use crate::answer::Answer;
use crate::error::{Error, Result};
use crate::lang::ast::Loc;

impl Session {
    pub(super) fn run_sql(&mut self, _sql: &str, loc: &Loc) -> Result<Answer> {
        Err(Error::internal("AIQ0999", "not yet").at(loc.span(), "here"))
    }
}
