//! Dense matrix products (op tables 3.2, 6.4).

use crate::perf::op::{Failure, OpSpec, Part, Selection};
use crate::perf::origin::Origin;
use crate::perf::pricer::{Pricer, Probe};
use crate::perf::roofline::{Rates, Roofline};
use crate::perf::scheme::{LINEAR, Value};
use crate::perf::spec;

use super::quantize;

/// fp8 with the scale of the activations known beforehand: never measured as such, but it is the
/// fp8 product without finding the scale.
const STATIC: &str = "fp8_static";

/// `m` by `k` times `k` by `n`. Straight in `n`, `k` and `m` alike, over a grid of `(n, k)` sites
/// each with its own `m`; a site that was not measured leaves a wider gap in its row, which the
/// blend crosses. Measurements faster than the roofline are raised to it, as the published loader does.
pub(crate) const GEMM: OpSpec = OpSpec {
    name: "gemm",
    text: &["quant"],
    numbers: &["m", "n", "k"],
    table: Some(&spec::GEMM),
    axes: &[LINEAR, LINEAR, LINEAR],
    raise: true,
    rates: |hardware, quants, text| {
        let quant = measured_as(text[0]);
        Ok(Rates {
            flops: quants.flops(quant, hardware)?,
            bytes: quants.bytes(quant)?,
            ..Rates::default()
        })
    },
    roofline: |hardware, rates, numbers| {
        let [m, n, k] = [numbers[0], numbers[1], numbers[2]];
        let bytes = rates.bytes * (m * n + m * k + n * k);
        Roofline::local(hardware, rates.flops, 2.0 * m * n * k, bytes)
    },
    select: |text| vec![Selection::all(&[measured_as(text[0])])],
    parts: |text| match text[0] {
        STATIC => vec![Part::new(&quantize::COMPUTE_SCALE, &["fp8"])],
        _ => Vec::new(),
    },
    answer,
    ..OpSpec::PLAIN
};

fn measured_as(quant: &str) -> &str {
    if quant == STATIC { "fp8" } else { quant }
}

fn answer(pricer: &Pricer, numbers: &[f64], probe: &mut Probe) -> Result<Value, Failure> {
    let mut value = pricer.lookup(0, numbers, probe)?;
    for scale in pricer.parts() {
        let [m, k] = [numbers[0], numbers[2]];
        let saved = scale.answer(&[m, k], probe)?;
        let latency = (value.latency - saved.latency).max(pricer.roofline(numbers).total());
        value = Value::new(latency, value.origin.max(saved.origin)).at_best(Origin::Interpolated);
    }
    Ok(value)
}
