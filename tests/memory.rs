//! Memory of one GPU beside weights and KV caches.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use aiq::plan::listing::{fixed, value};

const MIB: f64 = 1_048_576.0;
const MODEL: &str = "Qwen/Qwen3-235B-A22B-FP8";

#[test]
fn every_tensor_parallelism_has_buffers_and_activations() {
    let (engine, library) = support::shipped();
    let target = support::target(&engine, &library, MODEL, "h200_sxm", "trtllm");
    for (tp, buffers, scale) in
        [(1.0, 0.0, 22.0), (2.0, 342.0, 13.0), (4.0, 392.0, 10.0), (16.0, 392.0, 10.0)]
    {
        let axes = fixed(&[("tp", tp), ("activation_tokens", 8192.0)]);
        let number = |name| {
            let value = value(&library, &target, &axes, name).expect("a value");
            value.as_number().unwrap_or_else(|| panic!("`{name}` is no number"))
        };
        assert!((number("collective_buffers") / MIB - buffers).abs() < 1e-6, "tp = {tp}");
        let activations = 2.0 * 8192.0 * 64.0 * 128.0 * scale;
        assert!((number("activations") - activations).abs() < 1.0, "tp = {tp}");
    }
}

#[test]
fn what_an_engine_gives_to_kv_caches() {
    let (engine, library) = support::shipped();
    let number = |backend: &str, tp: f64, dp: f64, name: &str| {
        let target = support::target(&engine, &library, MODEL, "h200_sxm", backend);
        let axes = fixed(&[("tp", tp), ("pp", 1.0), ("dp", dp)]);
        let value = value(&library, &target, &axes, name).expect("a value");
        value.as_number().unwrap_or_else(|| panic!("`{name}` is no number"))
    };
    let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a}, not {b}");
    near(number("trtllm", 1.0, 1.0, "static_fraction"), 0.9);
    near(number("vllm", 1.0, 1.0, "static_fraction"), 0.92);
    near(number("sglang", 1.0, 1.0, "kv_fraction"), 0.88);
    let capacity = number("sglang", 1.0, 1.0, "capacity") / MIB;
    // 512 + 1.5 of a chunk of 8192 + 1024 for each 8 ranks + 2 for each graph of a batch.
    for (tp, dp, reserve) in [
        (1.0, 1.0, 512.0 + 12288.0 + 128.0 + 512.0),
        (8.0, 1.0, 512.0 + 12288.0 + 1024.0 + 1024.0),
        (1.0, 8.0, 512.0 + 12288.0 + 128.0 + 512.0 + 3.0 * 256.0 * 8.0),
        (4.0, 2.0, 512.0 + 12288.0 + 512.0 + 1024.0 + 4.5 * 512.0 * 2.0),
    ] {
        let fraction = (1000.0 * (capacity - reserve) / capacity).round() / 1000.0;
        near(number("sglang", tp, dp, "static_fraction"), fraction);
    }
}
