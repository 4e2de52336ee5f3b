//! Memory of one GPU beside weights and KV caches.

use crate::support::worker::Worker;

const MIB: f64 = 1_048_576.0;
const MODEL: &str = "Qwen/Qwen3-235B-A22B-FP8";

#[test]
fn every_tensor_parallelism_has_buffers_and_activations() {
    let worker = Worker::new(MODEL, "h200_sxm", "trtllm");
    for (tp, buffers, scale) in
        [(1.0, 0.0, 22.0), (2.0, 342.0, 13.0), (4.0, 392.0, 10.0), (16.0, 392.0, 10.0)]
    {
        let number = |name| worker.number(&[("tp", tp), ("activation_tokens", 8192.0)], name);
        assert!((number("collective_buffers") / MIB - buffers).abs() < 1e-6, "tp = {tp}");
        let activations = 2.0 * 8192.0 * 64.0 * 128.0 * scale;
        assert!((number("activations") - activations).abs() < 1.0, "tp = {tp}");
    }
}

#[test]
fn what_an_engine_gives_to_kv_caches() {
    let number = |backend: &str, tp: f64, dp: f64, name: &str| {
        Worker::new(MODEL, "h200_sxm", backend).number(&[("tp", tp), ("dp", dp)], name)
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

#[test]
fn activations_follow_the_width_of_the_model() {
    // Two checkpoints of one network whose files differ in a head size without meaning.
    let size = |model| {
        let worker = Worker::new(model, "h200_sxm", "sglang");
        worker.number(&[("activation_tokens", 8192.0)], "activations")
    };
    assert_eq!(size("zai-org/GLM-5"), size("zai-org/GLM-5.2"));
}
