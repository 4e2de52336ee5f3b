//! A candidate priced with every condition and what it is about.

use crate::plan::search::branch::Purpose;

use super::whole;
use crate::base::error::Result;
use crate::model::library::Library;
use crate::plan::diagnose::Judged;
use crate::plan::question::Question;
use crate::session::analysis::shape::shape;
use crate::session::state::Session;
use crate::session::statements::estimate::one_row;

impl Session {
    /// Prices the one candidate of a question under all its conditions.
    pub(super) fn judge(&self, asked: &Question) -> Result<Judged> {
        let branch = self.branch_of(asked, &one_row()?, Purpose::Judge)?;
        let context = self.context_for(0);
        let plan = self.optimized(&context, &branch.plan)?;
        let row = whole(&self.collect(&context, plan)?.batches)?;
        Ok(Judged { row, predicates: branch.predicates })
    }
}

/// What a candidate is, in short.
pub(super) fn described(library: &Library, judged: &Judged) -> String {
    let row = judged.view();
    let mut words: Vec<String> =
        ["mode", "system", "backend"].into_iter().filter_map(|name| row.text(name)).collect();
    words.extend(shape(library, &row));
    words.join(" ")
}
