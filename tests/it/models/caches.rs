//! What a sequence keeps: windows, states, latent vectors and the keys of an index.

use crate::support::worker::Worker;

#[test]
fn windows_and_states_bound_what_a_sequence_keeps() {
    let kept = |model: &str, tokens: f64, tp: f64| {
        let worker = Worker::new(model, "h200_sxm", "vllm");
        worker.number(&[("kv_tokens", tokens), ("tp", tp)], "kv_cache")
    };
    // A quarter of the layers of Llama-4 keeps everything, the others one chunk of 8192 tokens.
    let scout = "meta-llama/Llama-4-Scout-17B-16E-Instruct";
    let layer = 8.0 * 128.0 * 2.0 * 2.0;
    let expected = layer * (12.0 * 32768.0 + 36.0 * 8192.0);
    assert!((kept(scout, 32768.0, 1.0) - expected).abs() < 1.0);
    // States are split over ranks, KV heads are copied when there are fewer than ranks.
    let qwen = "Qwen/Qwen3.5-35B-A3B";
    let state = kept(qwen, 0.0, 1.0);
    assert!((kept(qwen, 0.0, 4.0) - state / 4.0).abs() < 1.0);
    let cache = |tp| kept(qwen, 1000.0, tp) - kept(qwen, 0.0, tp);
    assert!((cache(4.0) - cache(1.0) / 2.0).abs() < 1.0);
}

#[test]
fn caches_of_one_sequence() {
    let kept = |model: &str| {
        Worker::new(model, "h200_sxm", "sglang").number(&[("kv_tokens", 4096.0)], "kv_cache")
    };
    // A latent vector a layer, in 16 bits where decoding from 8 is slower.
    assert_eq!(kept("deepseek-ai/DeepSeek-V3"), 2.0 * 143_917_056.0);
    // With the keys of an index and their scales.
    assert_eq!(kept("deepseek-ai/DeepSeek-V3.2"), 192_888_832.0);
    assert_eq!(kept("zai-org/GLM-5"), 410_222_592.0);
    // A window, compressed tokens, what is being compressed.
    assert_eq!(kept("sgl-project/DeepSeek-V4-Pro-FP8"), 39_682_048.0);
    assert_eq!(kept("sgl-project/DeepSeek-V4-Flash-FP8"), 26_877_952.0);
    // Few latent layers, states of the others.
    assert_eq!(kept("moonshotai/Kimi-K3"), 2_360_107_008.0);
    // Keys and values, and the keys of an index in 57 of 60 layers.
    let plain = 503_316_480.0;
    let index = 4096.0 * 57.0 * 128.0 * 2.0;
    assert_eq!(kept("MiniMaxAI/MiniMax-M3"), plain + index);
}
