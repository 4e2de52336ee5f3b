//! Dense matrix products.

use crate::perf::machine::{Rates, Roofline};
use crate::perf::op::{Estimate, Failure, Formula, Measurements, Origin, Probe};

/// fp8 with the scale of the activations known beforehand: never measured as such, but it is the
/// fp8 product without finding the scale.
const STATIC: &str = "fp8_static";

/// `m` by `k` times `k` by `n`. Straight in `n`, `k` and `m` alike, over a grid of `(n, k)` sites
/// each with its own `m`; a site that was not measured leaves a wider gap in its row, which the
/// blend crosses. Measurements faster than the roofline are raised to it, as the published loader does.
pub(super) const PRODUCT: Formula = Formula {
    name: "matrix_product",
    text: &["quant"],
    numbers: &["m", "n", "k"],
    raise: true,
    rates: |hardware, quants, text| {
        let quant = if text[0] == STATIC { "fp8" } else { text[0] };
        Rates::of_product(hardware, quants, quant)
    },
    roofline: |hardware, rates, numbers| {
        let [m, n, k] = [numbers[0], numbers[1], numbers[2]];
        let bytes = rates.bytes * (m * n + m * k + n * k);
        Roofline::local(hardware, rates.flops, 2.0 * m * n * k, bytes)
    },
    answer,
    ..Formula::PLAIN
};

/// The product less what its parts take, which it saves.
fn answer(
    measured: &dyn Measurements,
    numbers: &[f64],
    probe: &mut Probe,
) -> Result<Estimate, Failure> {
    let mut product = measured.lookup(0, numbers, probe)?;
    for part in 0..measured.parts() {
        let saved = measured.answer_part(part, numbers, probe)?;
        let bound = measured.roofline(numbers).total();
        let latency = (product.latency - saved.latency).max(bound);
        let origin = product.origin.max(saved.origin);
        product = Estimate::new(latency, origin).at_best(Origin::Interpolated);
    }
    Ok(product)
}
