//! Passes that quantise activations.

use crate::perf::machine::Roofline;
use crate::perf::op::Formula;

/// Finding the scale of an `m` by `k` tensor: reads it once at 16 bits.
pub(super) const COMPUTE_SCALE: Formula = Formula {
    name: "compute_scale",
    text: &["quant"],
    numbers: &["m", "k"],
    roofline: |hardware, _, numbers| Roofline::of_memory(hardware, 2.0 * numbers[0] * numbers[1]),
    ..Formula::PLAIN
};

/// Applying a known scale to an `m` by `k` tensor: reads 16 bits, writes 8.
pub(super) const SCALE_MATRIX: Formula = Formula {
    name: "scale_matrix",
    roofline: |hardware, _, numbers| Roofline::of_memory(hardware, 3.0 * numbers[0] * numbers[1]),
    ..COMPUTE_SCALE
};
