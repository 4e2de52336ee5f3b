//! `explain`, `explain ops`, `plot`, and why nothing is feasible.

use super::Session;
use crate::answer::Answer;
use crate::error::{Error, Result};
use crate::lang::ast::{Expr, Name, Target};
use crate::plan::question::Question;

impl Session {
    pub(super) fn explain(&mut self, _analyze: bool, _target: &Target) -> Result<Answer> {
        Err(Error::internal("AIQ0999", "not yet"))
    }

    pub(super) fn explain_ops(&mut self, _target: &Target) -> Result<Answer> {
        Err(Error::internal("AIQ0999", "not yet"))
    }

    pub(super) fn plot(
        &mut self,
        _target: &Target,
        _axes: Option<&(Expr, Expr)>,
        _to: Option<&Name>,
    ) -> Result<Answer> {
        Err(Error::internal("AIQ0999", "not yet"))
    }

    pub(super) fn why_none(&self, _asked: &Question) -> Result<Vec<String>> {
        Ok(vec!["nothing meets all conditions".to_owned()])
    }
}
