//! `set`, `show`, `let`, `include`, `attach`.

use super::Session;
use crate::answer::Answer;
use crate::error::{Error, Result};
use crate::lang::ast::{AxisTerm, Name, Statement};

impl Session {
    pub(super) fn set(&mut self, terms: &[AxisTerm]) -> Result<Answer> {
        for term in terms {
            self.settings.retain(|s| s.name.text != term.name.text);
            self.settings.push(term.clone());
        }
        Ok(Answer::message(Vec::new()))
    }

    pub(super) fn show(&mut self, _what: &Name, _filter: Option<&Name>) -> Result<Answer> {
        Err(Error::internal("AIQ0999", "not yet"))
    }

    pub(super) fn name_result(&mut self, _name: &Name, _question: &Statement) -> Result<Answer> {
        Err(Error::internal("AIQ0999", "not yet"))
    }

    pub(super) fn include(&mut self, _file: &Name) -> Result<Vec<Answer>> {
        Err(Error::internal("AIQ0999", "not yet"))
    }

    pub(super) fn attach(&mut self, _directory: &Name) -> Result<Answer> {
        Err(Error::internal("AIQ0999", "not yet"))
    }
}
