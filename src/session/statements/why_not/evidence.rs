//! A candidate priced with every condition and what it is about.

use crate::plan::search::branch::Purpose;

use super::whole;
use crate::base::error::Result;
use crate::model::value::number;
use crate::plan::diagnose::Judged;
use crate::plan::question::Question;
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
pub(super) fn shape(judged: &Judged) -> String {
    let row = judged.view();
    let mut shape = Vec::new();
    for name in ["mode", "system", "backend"] {
        shape.extend(row.text(name));
    }
    for name in row.names() {
        let base = name.strip_prefix("prefill_").or_else(|| name.strip_prefix("decode_"));
        let Some(value) = row.number(name) else { continue };
        match base.unwrap_or(name) {
            "tp" | "batch" | "workers" => {}
            "pp" | "dp" | "cp" | "moe_tp" | "moe_ep" if value > 1.0 => {}
            "ctx_tokens" => {}
            _ => continue,
        }
        shape.push(format!("{name}={}", number(value)));
    }
    shape.join(" ")
}
