//! `explain ops`: where the time of one candidate goes, op by op.

use super::Session;
use crate::answer::Answer;
use crate::error::{Error, Result};
use crate::lang::ast::Target;

impl Session {
    pub(super) fn explain_ops(&mut self, _target: &Target) -> Result<Answer> {
        Err(Error::internal("AIQ0999", "not yet"))
    }
}
