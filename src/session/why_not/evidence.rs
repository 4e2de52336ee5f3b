//! A candidate priced with every condition and what it is about.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, Float64Array, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::datasource::MemTable;

use super::{Keys, keys_of, whole};
use crate::error::Result;
use crate::plan::axes;
use crate::plan::estimate::ROW;
use crate::plan::lower::bug;
use crate::plan::question::Question;
use crate::plan::relation::Predicate;
use crate::plan::scope::Given;
use crate::plan::search::{Inputs, Purpose, paired, single};
use crate::plan::value::number;
use crate::session::Session;
use crate::session::run::failure;
use crate::session::why::cell;

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
        let schema = Arc::new(Schema::new(vec![Field::new(ROW, DataType::Float64, false)]));
        let one = RecordBatch::try_new(
            Arc::clone(&schema),
            vec![Arc::new(Float64Array::from(vec![0.0]))],
        );
        let table = MemTable::try_new(schema, vec![vec![one.map_err(bug)?]]).map_err(failure)?;
        let rows = axes::table("rows", table)?;
        let given = Given { columns: [ROW.to_owned()].into(), ..Given::default() };
        let mode = self.modes(asked)?.into_iter().next().ok_or_else(|| bug("no mode"))?;
        let inputs = Inputs {
            library: &self.library,
            asked,
            mode: &mode,
            given: &given,
            rows: Some(&rows),
            purpose: Purpose::Judge,
        };
        let pool = |i: usize| mode.pools.get(i).map_or("", |p| p.name.text.as_str());
        let first = self.engine.targets(&self.library, asked, pool(0))?;
        let first = first.first().ok_or_else(|| bug("no target"))?;
        let branch = if mode.pools.is_empty() {
            single(inputs, first)?
        } else {
            let second = self.engine.targets(&self.library, asked, pool(1))?;
            paired(inputs, [first, second.first().ok_or_else(|| bug("no target"))?])?
        };
        let context = self.context_for(0);
        let plan = context.state().optimize(&branch.plan).map_err(failure)?;
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
            shape.extend(crate::session::why::text(&self.row, name));
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
