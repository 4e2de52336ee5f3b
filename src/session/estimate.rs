//! `estimate`: one candidate, or every row of a relation.

use super::Session;
use crate::answer::Answer;
use crate::error::{Error, Result};
use crate::lang::ast::{Estimate, Loc};

impl Session {
    pub(super) fn run_estimate(&mut self, _estimate: &Estimate, loc: &Loc) -> Result<Answer> {
        Err(Error::internal("AIQ0999", "not yet").at(loc.span(), "here"))
    }
}
