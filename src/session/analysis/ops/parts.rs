//! What each pass contributes to a metric.
//!
//! Metrics are formulas of the model text over the times of passes. They are evaluated, by the
//! same plan as ever, once with the times as they are, and for each pass with that one a little
//! longer and a little shorter: what a metric changes by for each ms of a pass, times what the pass
//! takes, is its contribution. Twice the time of everything is twice the metric, so these sum up to
//! it, but for what is no time of a pass: that of the host and the front end (Euler's theorem on homogeneous
//! functions).

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

/// How much longer and shorter a pass is made, as a share.
const STEP: f64 = 1e-4;

/// A metric and what it is made of, in ms.
#[derive(Debug, Clone)]
pub(in crate::session) struct Share {
    /// Its value.
    pub(in crate::session) total: f64,
    /// Of each pass, by column, what it contributes for each ms it takes.
    pub(in crate::session) factors: BTreeMap<String, f64>,
    /// What no pass contributes.
    pub(in crate::session) host: f64,
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
    // As they are, then each a little longer and a little shorter.
    let cases = 1 + 2 * taken.len();
    let of = |pass: &String, case: usize| {
        let scale = match case.checked_sub(1) {
            Some(n) if taken[n / 2] == pass => 1.0 + if n % 2 == 0 { STEP } else { -STEP },
            _ => 1.0,
        };
        scale * times.get(pass).copied().unwrap_or(0.0)
    };
    let values = values(session, candidate, &lowered, cases, &of)?;
    let shares = values.into_iter().map(|values| {
        let total = values[0];
        let changes = values[1..].chunks(2).map(|pair| (pair[0] - pair[1]) / (2.0 * STEP));
        let parts: Vec<f64> = changes.collect();
        let host = total - parts.iter().sum::<f64>();
        let host = if host.abs() <= 1e-6 * total.abs() { 0.0 } else { host };
        let factors =
            taken.iter().zip(parts).map(|(pass, part)| ((*pass).clone(), part / times[*pass]));
        Share { total, factors: factors.collect(), host }
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
