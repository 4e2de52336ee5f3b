//! The op graph of a model at the coordinates of a pass; the entry is [`terms::pass_terms`].

pub(crate) mod rows;
pub mod terms;
pub(super) mod weights;

use super::expr::lowered::Lowered;
use super::scope::{OpGraph, Scope};
use crate::base::error::Result;
use crate::lang::ast::PassDef;

/// The op graph of the architecture that a scope is about.
pub struct ArchitectureGraph;

impl OpGraph for ArchitectureGraph {
    fn weights(&self, scope: &Scope<'_>) -> Result<Lowered> {
        weights::weights(scope)
    }

    fn reads(&self, scope: &Scope<'_>, pass: &PassDef) -> Result<()> {
        terms::terms_of(scope, pass).map(drop)
    }
}
