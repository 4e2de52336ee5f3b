//! The function that simulates the requests of each row.

use std::any::type_name;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::arrow::array::{ArrayRef, Float64Builder, StringBuilder, StructArray};
use datafusion::arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use super::arguments::{Arguments, Row, Unusable};
use super::logical::{Profile, Simulate};
use crate::simulate::{Outcome, Quantiles, Summary};

/// Results of a simulation: times in ms, rates per second, shares of one.
pub const RESULTS: [&str; 35] = [
    "ttft",
    "tpot",
    "itl",
    "latency",
    "p50_ttft",
    "p90_ttft",
    "p95_ttft",
    "p99_ttft",
    "p50_tpot",
    "p90_tpot",
    "p95_tpot",
    "p99_tpot",
    "p50_itl",
    "p90_itl",
    "p95_itl",
    "p99_itl",
    "p50_latency",
    "p90_latency",
    "p95_latency",
    "p99_latency",
    "queue_time",
    "request_rate",
    "mean_batch",
    "preemptions",
    "cache_peak",
    "unstable",
    "turn",
    "goodput",
    "goodput_share",
    "p50_ttft_wait",
    "p50_ttft_prompt",
    "p50_ttft_front",
    "p99_ttft_wait",
    "p99_ttft_prompt",
    "p99_ttft_front",
];

/// Why a row has no results.
pub const REASON: &str = "reason";

/// Type of the results.
pub(super) fn result_type() -> DataType {
    let number = |name: &&str| Field::new(*name, DataType::Float64, true);
    let reason = Field::new(REASON, DataType::Utf8, true);
    DataType::Struct(Fields::from_iter(RESULTS.iter().map(number).chain([reason])))
}

/// Type of the column of the results.
pub fn result_field(column: &str) -> Field {
    Field::new(column, result_type(), true)
}

/// Simulates the requests of each row.
pub struct SimulateFunction {
    names: Vec<String>,
    /// The profiles, by the argument that is one.
    profiles: BTreeMap<String, Profile>,
    signature: Signature,
    id: u64,
}

static NEXT_ID: AtomicU64 = AtomicU64::new(0);

impl SimulateFunction {
    /// The function of a node.
    pub fn new(node: &Simulate) -> Self {
        let profile = |(name, value): &(String, Expr)| {
            let Expr::Column(column) = value else { return None };
            let found = node.profiles.iter().find(|profile| profile.column == column.name)?;
            Some((name.clone(), found.clone()))
        };
        Self {
            names: node.arguments.iter().map(|(name, _)| name.clone()).collect(),
            profiles: node.arguments.iter().filter_map(profile).collect(),
            signature: Signature::any(node.arguments.len(), Volatility::Immutable),
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
        }
    }
}

impl fmt::Debug for SimulateFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(type_name::<Self>()).field("names", &self.names).finish_non_exhaustive()
    }
}

// Each function holds the profiles of its own plan, so identity is that of the instance.
impl PartialEq for SimulateFunction {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for SimulateFunction {}

impl Hash for SimulateFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

/// The results of one row, in the order of [`RESULTS`].
fn results(row: &Row<'_, '_>) -> Results {
    let outcome = row.simulated()?;
    let front = row.front()?;
    let good = row
        .bounds()?
        .map(|bounds| [outcome.goodput(&bounds, front), outcome.goodput_share(&bounds, front)]);
    let summary = outcome.summary(front);
    Ok(summary.map_or([None; RESULTS.len()], |summary| values(&outcome, &summary, good)))
}

/// Results of some rows.
type Results = std::result::Result<[Option<f64>; RESULTS.len()], Unusable>;

/// The results of all rows, on all cores; each row is simulated by itself, so that it is the same on any
/// number of them.
fn all_results(arguments: &Arguments<'_>, rows: usize) -> Vec<Results> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from).min(rows.max(1));
    let every = |first: usize| {
        (first..rows).step_by(cores).map(|row| (row, results(&arguments.row(row)))).collect()
    };
    let mut all: Vec<(usize, Results)> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..cores).map(|core| scope.spawn(move || every(core))).collect();
        let mut all: Vec<_> = every(0);
        for other in others {
            match other.join() {
                Ok(more) => all.extend::<Vec<_>>(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    });
    all.sort_by_key(|(row, _)| *row);
    all.into_iter().map(|(_, results)| results).collect()
}

fn values(
    outcome: &Outcome,
    summary: &Summary,
    good: Option<[f64; 2]>,
) -> [Option<f64>; RESULTS.len()] {
    let (ttft, latency) = (Some(summary.ttft), Some(summary.latency));
    let (tpot, itl) = (summary.tpot, summary.itl);
    let mean = |of: Option<Quantiles>| of.map(|q| q.mean);
    let shares = |of: Option<Quantiles>| {
        [of.map(|q| q.p50), of.map(|q| q.p90), of.map(|q| q.p95), of.map(|q| q.p99)]
    };
    let mut all = [None; RESULTS.len()];
    let means = [mean(ttft), mean(tpot), mean(itl), mean(latency)];
    let percentiles = [ttft, tpot, itl, latency].map(shares).concat();
    let rest = [
        Some(summary.queue_time),
        Some(summary.request_rate),
        Some(outcome.mean_batch),
        Some(outcome.preemptions as f64),
        Some(outcome.cache_peak as f64),
        Some(f64::from(u8::from(outcome.unstable))),
        Some(summary.turn),
        good.map(|[rate, _]| rate),
        good.map(|[_, share]| share),
    ];
    let parts = summary.first_token.iter().flat_map(|f| [f.wait, f.prompt, f.front]).map(Some);
    let values = means.into_iter().chain(percentiles).chain(rest).chain(parts);
    all.iter_mut().zip(values).for_each(|(place, value)| *place = value);
    all
}

impl ScalarUDFImpl for SimulateFunction {
    fn name(&self) -> &'static str {
        "simulate"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(result_type())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let arguments = Arguments::new(&self.names, &args.args, &self.profiles, rows)?;
        let mut columns: Vec<Float64Builder> =
            RESULTS.iter().map(|_| Float64Builder::with_capacity(rows)).collect();
        let mut reasons = StringBuilder::new();
        for found in all_results(&arguments, rows) {
            let values = found.as_ref().map_or([None; RESULTS.len()], |values| *values);
            columns.iter_mut().zip(values).for_each(|(column, value)| column.append_option(value));
            reasons.append_option(found.err().map(|why| why.to_string()));
        }
        let DataType::Struct(fields) = result_type() else {
            return Err(DataFusionError::Internal("results are a struct".to_owned()));
        };
        let columns = columns.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef);
        let columns = columns.chain([Arc::new(reasons.finish()) as ArrayRef]).collect();
        Ok(ColumnarValue::Array(Arc::new(StructArray::try_new(fields, columns, None)?)))
    }
}
