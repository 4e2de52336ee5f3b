//! A candidate priced with every condition and what it is about.

use crate::plan::search::branch::Purpose;
use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;

use super::{Keys, keys_of, whole};
use crate::arch::value::number;
use crate::error::Result;
use crate::plan::question::Question;
use crate::plan::relation::Predicate;
use crate::session::analysis::diagnosis::cell;
use crate::session::state::Session;
use crate::session::statements::estimate::one_row;

/// What was found of a candidate.
pub(super) struct Judged {
    /// One row: the answer's columns, its sort keys, and of each condition `holds{i}`,
    /// `message{i}`, `distance{i}`, `bound{i}`, `value{i}` and `limit{i}` where it has them.
    pub(super) row: RecordBatch,
    /// The conditions.
    pub(super) predicates: Vec<Predicate>,
}

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

impl Judged {
    /// Its sort keys.
    pub(super) fn keys(&self) -> Result<Keys> {
        keys_of(&self.row, 0)
    }

    /// Whether it meets a condition; `None` where that is unknown.
    pub(super) fn holds(&self, i: usize) -> Option<bool> {
        let column =
            cast(self.row.column_by_name(&format!("holds{i}"))?, &DataType::Boolean).ok()?;
        let column = column.as_boolean();
        (!column.is_null(0)).then(|| column.value(0))
    }

    /// What it is, in short.
    pub(super) fn shape(&self) -> String {
        let schema = self.row.schema();
        let mut shape = Vec::new();
        for name in ["mode", "system", "backend"] {
            shape.extend(crate::session::analysis::diagnosis::text(&self.row, name));
        }
        for field in schema.fields() {
            let name = field.name();
            let base = name.strip_prefix("prefill_").or_else(|| name.strip_prefix("decode_"));
            let Some(value) = cell(&self.row, name) else { continue };
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
}
