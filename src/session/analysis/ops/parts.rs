//! What each pass contributes to a metric.
//!
//! Metrics are formulas of the model text over the times of passes. They are evaluated, by the
//! same plan as ever, once with the times as they are, once with none, and once for each pass with
//! that one alone: for a sum with factors these differences are the contributions.

use crate::base::rows;
use crate::plan::expr::col::ROW;
use crate::plan::expr::lowered::{Lowered, column};
use crate::plan::nodes::failure::failure;
use crate::plan::scope::Scope;
use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Float64Array, RecordBatch};
use datafusion::arrow::compute::{cast, concat_batches};
use datafusion::arrow::datatypes::{DataType, Field, Float64Type, Schema};
use datafusion::datasource::MemTable;
use datafusion::logical_expr::LogicalPlan;

use crate::base::error::{Code, Error, Result, bug};
use crate::plan::relation::axes;
use crate::plan::relation::chain;
use crate::plan::relation::compute;
use crate::session::state::Session;

/// A metric and what it is made of, in ms.
#[derive(Debug, Clone)]
pub(in crate::session) struct Share {
    /// Its value.
    pub(in crate::session) total: f64,
    /// Of each pass, by column, what it contributes for each ms it takes.
    pub(in crate::session) factors: BTreeMap<String, f64>,
    /// What no pass contributes.
    pub(in crate::session) fixed: f64,
    /// What passes contribute only together.
    pub(in crate::session) joint: f64,
}

/// The metrics of a candidate and what each pass contributes, from the times of the passes.
pub(in crate::session) fn shares(
    session: &Session,
    candidate: &Scope<'_>,
    metrics: &[&str],
    times: &BTreeMap<String, f64>,
) -> Result<Vec<Share>> {
    let loc = &candidate.target.architecture.name.loc;
    let lowered = metrics.iter().map(|m| candidate.named(m, loc)).collect::<Result<Vec<_>>>()?;
    let taken: Vec<&String> = times.iter().filter(|(_, t)| **t > 0.0).map(|(p, _)| p).collect();
    // As they are, none, then each alone.
    let cases = 2 + taken.len();
    let of = |pass: &String, case: usize| match case {
        0 => times.get(pass).copied().unwrap_or(0.0),
        1 => 0.0,
        n if taken[n - 2] == pass => times.get(pass).copied().unwrap_or(0.0),
        _ => 0.0,
    };
    let values = values(session, candidate, &lowered, cases, &of)?;
    let shares = values.into_iter().map(|values| {
        let (total, fixed) = (values[0], values[1]);
        let parts = taken.iter().zip(&values[2..]).map(|(pass, alone)| (*pass, alone - fixed));
        let sum: f64 = parts.clone().map(|(_, part)| part).sum();
        let joint = total - fixed - sum;
        let factors = parts.map(|(pass, part)| (pass.clone(), part / times[pass])).collect();
        let joint = if joint.abs() <= 1e-10 * total.abs() { 0.0 } else { joint };
        Share { total, factors, fixed, joint }
    });
    Ok(shares.collect())
}

/// Values of expressions of a candidate, for several cases of the times of its passes.
pub(in crate::session) fn values(
    session: &Session,
    candidate: &Scope<'_>,
    wanted: &[Lowered],
    cases: usize,
    time: &dyn Fn(&String, usize) -> f64,
) -> Result<Vec<Vec<f64>>> {
    let plan = evaluated(candidate, cases, time)?;
    let exprs = wanted.iter().enumerate().map(|(i, l)| l.expr().alias(format!("#{i}")));
    let plan = chain::extend(plan, exprs)?;
    let context = session.context_for(0);
    let plan = session.optimized(&context, &plan)?;
    let batches = session.collect(&context, plan)?.batches;
    let schema = batches.first().map(RecordBatch::schema).ok_or_else(|| bug("no rows"))?;
    let rows = concat_batches(&schema, &batches).map_err(bug)?;
    (0..wanted.len())
        .map(|i| {
            let column = rows.column_by_name(&format!("#{i}")).ok_or_else(|| bug("no column"))?;
            let column = cast(column, &DataType::Float64).map_err(bug)?;
            let numbers = column.as_primitive::<Float64Type>();
            Ok(numbers.iter().map(|n| n.unwrap_or(f64::NAN)).collect())
        })
        .collect()
}

/// A row for each case: the times of all passes, then all that is computed from them.
fn evaluated(
    candidate: &Scope<'_>,
    cases: usize,
    time: &dyn Fn(&String, usize) -> f64,
) -> Result<LogicalPlan> {
    let field = |name: &str| Field::new(name, DataType::Float64, false);
    let mut fields = vec![field(ROW)];
    let mut columns: Vec<ArrayRef> =
        vec![Arc::new(Float64Array::from_iter_values((0..cases).map(|c| c as f64)))];
    for scope in candidate.workers() {
        for pass in &scope.own.passes {
            for (name, _) in scope.pass_columns(pass)? {
                fields.push(field(&name));
                let times = (0..cases).map(|c| time(&name, c));
                columns.push(Arc::new(Float64Array::from_iter_values(times)));
            }
        }
    }
    let schema = Arc::new(Schema::new(fields));
    let batch = rows::batch(Arc::clone(&schema), columns)?;
    let table = MemTable::try_new(schema, vec![vec![batch]]).map_err(failure)?;
    let mut plan = axes::table("passes", table)?;
    for scope in candidate.pools.iter().map(|p| &**p).chain([candidate]) {
        plan = compute(plan, scope.computed().iter())?;
    }
    Ok(chain::sort(plan, vec![column(ROW).sort(true, false)], None))
}

impl Share {
    /// Fails where the metric has no value.
    pub(in crate::session) fn checked(self, metric: &str) -> Result<Self> {
        if self.total.is_finite() {
            return Ok(self);
        }
        Err(Error::data(Code::NotMeasured, format!("`{metric}` of this candidate has no value")))
    }
}
