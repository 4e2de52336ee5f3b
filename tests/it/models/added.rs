//! Checkpoints added by data alone are searched, and decode is where a bound by hand puts it.

use crate::support::binary::{answers, ask, run};
use crate::support::number;

/// Checkpoint, a tensor parallelism that was measured, bytes that a token of a sequence keeps and
/// bytes of weights, both over all ranks.
const ADDED: &[(&str, f64, f64, f64)] = &[
    ("microsoft/phi-4", 8.0, 40.0 * 2.0 * 10.0 * 128.0 * 2.0, 2.0 * 14.66e9),
    ("microsoft/Phi-4-mini-instruct", 1.0, 32.0 * 2.0 * 8.0 * 128.0 * 2.0, 2.0 * 3.836e9),
    ("CohereForAI/c4ai-command-r-v01", 2.0, 40.0 * 2.0 * 64.0 * 128.0 * 2.0, 2.0 * 34.98e9),
    ("CohereForAI/c4ai-command-r-08-2024", 2.0, 40.0 * 2.0 * 8.0 * 128.0 * 2.0, 2.0 * 32.3e9),
    ("CohereForAI/c4ai-command-r-plus", 4.0, 64.0 * 2.0 * 8.0 * 128.0 * 2.0, 2.0 * 103.8e9),
];
/// Bytes a second of one H200.
const BANDWIDTH: f64 = 4.8e12;

#[test]
fn they_are_searched() {
    for (model, ..) in ADDED {
        for backend in ["trtllm", "vllm", "sglang"] {
            let text = format!(
                "search for '{model}' on h200_sxm * 16 using {backend} serving isl = 3000, osl = 300 \
                 as agg, disagg where tpot < 50ms maximize tokens_per_gpu top 1 per mode"
            );
            assert_eq!(answers(&run(&text)).concat().len(), 2, "{model} with {backend}");
        }
    }
}

#[test]
fn decode_reads_weights_and_caches_once_a_step() {
    for (model, tp, token, weights) in ADDED {
        let text = format!(
            "estimate tp = {tp}, batch = 16 for '{model}' on h200_sxm * 8 \
             using vllm serving isl = 1000, osl = 1000 as agg"
        );
        let row = &ask(&text)[0];
        let bound = 1000.0 * (weights + 16.0 * 1500.0 * token) / tp / BANDWIDTH;
        let tpot = number(row, "tpot");
        assert!(tpot > bound && tpot < 6.0 * bound, "{model}: {tpot} ms, at least {bound} ms");
    }
}
