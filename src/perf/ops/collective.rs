//! Collectives: the framework's all-reduce and the library's (op tables 3.5, 3.6).

use crate::error::Error;
use crate::perf::hardware::Hardware;
use crate::perf::op::{Failure, OpSpec, Selection};
use crate::perf::origin::Origin;
use crate::perf::pricer::{Pricer, Probe};
use crate::perf::roofline::{Rates, Roofline};
use crate::perf::scheme::{LINEAR, Value};
use crate::perf::spec;

/// The framework's all-reduce of 16-bit elements. Kernels launched eagerly count only where none
/// was captured in a graph, as serving replays graphs.
pub(crate) const ALL_REDUCE: OpSpec = OpSpec {
    name: "all_reduce",
    numbers: &["ranks", "elements"],
    table: Some(&spec::ALL_REDUCE),
    axes: &[LINEAR],
    rates: |_, _, _| Ok(Rates { bytes: 2.0 * 2.0, ..Rates::default() }),
    roofline,
    select: |_| vec![Selection::of(&[], |kernel| !kernel.ends_with("_eager")), Selection::all(&[])],
    answer,
    ..OpSpec::PLAIN
};

/// A library collective: `all_reduce`, `all_gather`, `reduce_scatter` or `alltoall`.
pub(crate) const NCCL: OpSpec = OpSpec {
    name: "nccl",
    text: &["op", "dtype"],
    numbers: &["ranks", "elements"],
    table: Some(&spec::NCCL),
    axes: &[LINEAR],
    rates: |_, quants, text| {
        let bytes = if text[1] == "half" { 2.0 } else { quants.bytes(text[1])? };
        // An all-reduce is a reduce-scatter and an all-gather.
        let passes = if text[0] == "all_reduce" { 2.0 } else { 1.0 };
        Ok(Rates { bytes: passes * bytes, ..Rates::default() })
    },
    roofline,
    answer,
    ..OpSpec::PLAIN
};

/// Each rank sends all but its own share of the elements.
fn roofline(hardware: &Hardware, rates: &Rates, numbers: &[f64]) -> Roofline {
    let [ranks, elements] = [numbers[0].max(1.0), numbers[1]];
    let bytes = rates.bytes * elements * (ranks - 1.0) / ranks;
    Roofline { link: 1e3 * bytes / hardware.link_bw(ranks), ..Roofline::default() }
}

fn answer(pricer: &Pricer, numbers: &[f64], probe: &mut Probe) -> Result<Value, Failure> {
    let [ranks, elements] = [numbers[0], numbers[1]];
    if ranks < 1.0 {
        let message = format!("{}: `ranks` cannot be {ranks}", pricer.op().name);
        return Err(Error::question("AIQ0407", message).into());
    }
    if ranks == 1.0 {
        return Ok(Value::new(0.0, Origin::Measured));
    }
    let mut rows = 0;
    let mut measured = pricer.finder(rows)?.collected("ranks")?;
    if measured.is_empty() && pricer.has_finder(1) {
        rows = 1;
        measured = pricer.finder(rows)?.collected("ranks")?;
    }
    let mut at = |ranks: f64| pricer.lookup(rows, &[ranks, elements], probe);
    let upper = measured.partition_point(|&r| f64::from(r) < ranks);
    match (upper.checked_sub(1).map(|i| measured[i]), measured.get(upper)) {
        (_, Some(&high)) if f64::from(high) == ranks => at(ranks),
        (Some(low), Some(&high)) => {
            let (low, high) = (f64::from(low), f64::from(high));
            let (a, b) = (at(low)?, at(high)?);
            let latency = a.latency + (b.latency - a.latency) * (ranks - low) / (high - low);
            Ok(Value::new(latency, a.origin.max(b.origin)).at_best(Origin::Transferred))
        }
        (Some(edge), None) | (None, Some(&edge)) => {
            // A donor may have measured what the first source did not.
            match at(ranks) {
                Err(Failure::Miss(_)) => {}
                answer => return answer,
            }
            let edge = f64::from(edge);
            let value = at(edge)?;
            let latency = value.latency * fan_out(pricer.hardware(), edge, ranks);
            Ok(Value::new(latency, value.origin).at_best(Origin::Transferred))
        }
        (None, None) => at(ranks),
    }
}

/// How much longer `to` ranks take than `from` measured ones: by each rank's traffic and by the
/// slowest link. It knows no time per hop.
fn fan_out(hardware: &Hardware, from: f64, to: f64) -> f64 {
    let traffic = |ranks: f64| (ranks - 1.0) / ranks / hardware.link_bw(ranks);
    traffic(to) / traffic(from)
}
