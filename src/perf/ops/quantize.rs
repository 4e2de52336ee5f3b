//! Passes that quantise activations (op tables 3.2, 3.6).

use crate::perf::op::OpSpec;
use crate::perf::roofline::Roofline;
use crate::perf::scheme::LINEAR;
use crate::perf::spec;

/// Finding the scale of an `m` by `k` tensor: reads it once at 16 bits.
pub(crate) const COMPUTE_SCALE: OpSpec = OpSpec {
    name: "compute_scale",
    text: &["quant"],
    numbers: &["m", "k"],
    table: Some(&spec::COMPUTE_SCALE),
    axes: &[LINEAR, LINEAR],
    roofline: |hardware, _, numbers| memory(hardware.mem_bw, 2.0 * numbers[0] * numbers[1]),
    ..OpSpec::PLAIN
};

/// Applying a known scale to an `m` by `k` tensor: reads 16 bits, writes 8.
pub(crate) const SCALE_MATRIX: OpSpec = OpSpec {
    name: "scale_matrix",
    text: &["quant"],
    numbers: &["m", "k"],
    table: Some(&spec::SCALE_MATRIX),
    axes: &[LINEAR, LINEAR],
    roofline: |hardware, _, numbers| memory(hardware.mem_bw, 3.0 * numbers[0] * numbers[1]),
    ..OpSpec::PLAIN
};

fn memory(bandwidth: f64, bytes: f64) -> Roofline {
    Roofline { memory: 1e3 * bytes / bandwidth, ..Roofline::default() }
}
