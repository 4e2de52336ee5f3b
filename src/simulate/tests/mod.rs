//! Whole runs.

mod metrics;
mod pools;
mod properties;
mod vectors;

use super::{Line, Sheet, StepPrices};

/// A line through `at_zero + slope * size`.
fn affine(at_zero: f64, slope: f64) -> Line {
    Line::new(vec![1.0, 1e6], vec![at_zero + slope, at_zero + slope * 1e6]).unwrap()
}

/// Context steps of `10 + 0.1 * tokens` ms and decode steps of `5 + sequences + held_slope * held`.
fn vector_prices(held_slope: f64) -> StepPrices {
    let held = |sequences: f64, tokens: f64| held_slope * sequences * tokens;
    let ms = vec![held(1.0, 1.0), held(1.0, 1e6), held(1e3, 1.0), held(1e3, 1e6)];
    StepPrices {
        context_ops: affine(10.0, 0.1),
        decode_ops: affine(5.0, 1.0),
        context_attention: affine(0.0, 0.0),
        decode_attention: Sheet::new(vec![1.0, 1e3], vec![1.0, 1e6], ms).unwrap(),
        host: 0.0,
        host_per_sequence: 0.0,
    }
}
