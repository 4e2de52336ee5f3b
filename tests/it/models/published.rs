//! Weights are those of published parameter counts: a checkpoint is added by a line.

use crate::support::worker::{Worker, shipped};

/// Parameters of a checkpoint: what it weighs in 16 bits.
fn parameters(model: &str) -> f64 {
    let search =
        format!("gemm = 'bfloat16', moe = 'bfloat16' for '{model}' on h200_sxm * 8 using sglang");
    Worker::defined(&shipped().1, &search).number(&[], "weights") / 2.0
}

/// Published parameter counts in billions, without prediction layers.
const PUBLISHED: &[(&str, f64)] = &[
    ("meta-llama/Meta-Llama-3.1-8B", 8.030),
    ("meta-llama/Meta-Llama-3.1-70B", 70.554),
    ("meta-llama/Meta-Llama-3.1-405B", 405.85),
    ("mistralai/Mixtral-8x7B-v0.1", 46.703),
    ("mistralai/Mixtral-8x22B-v0.1", 140.63),
    ("Qwen/Qwen3-0.6B", 0.596),
    ("Qwen/Qwen3-1.7B", 1.721),
    ("Qwen/Qwen3-8B", 8.191),
    ("Qwen/Qwen3-32B", 32.762),
    ("Qwen/Qwen3-30B-A3B", 30.532),
    ("Qwen/Qwen3-235B-A22B", 235.09),
    ("Qwen/Qwen3-Coder-480B-A35B-Instruct", 480.15),
    ("meta-llama/Llama-3.2-1B-Instruct", 1.236),
    ("meta-llama/Llama-3.2-3B-Instruct", 3.213),
    ("meta-llama/Llama-3.3-70B-Instruct", 70.554),
    ("mistralai/Mistral-7B-Instruct-v0.3", 7.248),
    ("mistralai/Mistral-Small-24B-Instruct-2501", 23.572),
    ("Qwen/Qwen2.5-0.5B-Instruct", 0.494),
    ("Qwen/Qwen2.5-1.5B-Instruct", 1.544),
    ("Qwen/Qwen2.5-3B-Instruct", 3.086),
    ("Qwen/Qwen2.5-7B-Instruct", 7.616),
    ("Qwen/Qwen2.5-14B-Instruct", 14.770),
    ("Qwen/Qwen2.5-32B-Instruct", 32.764),
    ("Qwen/Qwen2.5-72B-Instruct", 72.706),
    ("Qwen/Qwen3-4B", 4.022),
    ("Qwen/Qwen3-14B", 14.768),
    ("microsoft/phi-4", 14.660),
    ("microsoft/Phi-4-mini-instruct", 3.836),
    ("CohereForAI/c4ai-command-r-v01", 34.981),
    ("CohereForAI/c4ai-command-r-08-2024", 32.296),
    ("CohereForAI/c4ai-command-r-plus", 103.811),
    ("XiaomiMiMo/MiMo-7B-Base", 7.62),
    ("meta-llama/Llama-4-Scout-17B-16E-Instruct", 108.64),
    ("meta-llama/Llama-4-Maverick-17B-128E-Instruct", 401.58),
    ("stepfun-ai/Step-3.7-Flash", 196.0),
    // Those of Gemma-4 and Qwen3.5 are published without the image encoder, which is added here.
    ("google/gemma-4-26B-A4B", 25.2 + 0.548),
    ("nvidia/Llama-3_3-Nemotron-Super-49B-v1", 49.87),
    ("nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16", 31.6),
    ("nvidia/NVIDIA-Nemotron-3-Ultra-550B-A55B-BF16", 550.0),
    ("nvidia/Nemotron-H-56B-Base-8K", 56.0),
    ("Qwen/Qwen3.5-27B", 27.0 + 0.456),
    ("Qwen/Qwen3.5-122B-A10B", 122.0 + 0.446),
    ("Qwen/Qwen3.5-397B-A17B", 397.0 + 0.451),
    ("Qwen/Qwen3-VL-2B-Instruct", 2.127),
    ("Qwen/Qwen3-VL-4B-Instruct", 4.438),
    ("Qwen/Qwen3-VL-8B-Instruct", 8.767),
    ("Qwen/Qwen3-VL-32B-Instruct", 33.36),
    ("Qwen/Qwen3-VL-30B-A3B-Instruct", 31.07),
    ("Qwen/Qwen3-VL-235B-A22B-Instruct", 235.7),
    ("deepseek-ai/DeepSeek-V3", 671.03),
    ("deepseek-ai/DeepSeek-R1", 671.03),
    ("moonshotai/Kimi-K2-Instruct", 1026.4),
    ("moonshotai/Kimi-K2.5", 1026.4),
    ("deepseek-ai/DeepSeek-V3.2", 671.9),
    ("zai-org/GLM-5", 744.0),
    ("deepseek-ai/DeepSeek-V4-Flash", 284.0),
    // Without the image encoder, of about 2.
    ("MiniMaxAI/MiniMax-M3", 426.0),
];

#[test]
fn weights_are_the_published_parameters() {
    for (model, billions) in PUBLISHED {
        let ours = parameters(model) / 1e9;
        assert!((ours / billions - 1.0).abs() < 0.01, "{model}: {ours} G, published {billions} G");
    }
}

#[test]
fn weights_of_the_largest() {
    let size = |model| parameters(model) / 1e12;
    // Published with one decimal: 1.6 T.
    let pro = size("deepseek-ai/DeepSeek-V4-Pro");
    assert!((1.55..1.65).contains(&pro), "{pro} T");
    // No count is published. Routed experts by hand: 92 layers of 896 experts, three matrices of a
    // latent width of 3584; all else is attention, shared experts and the vocabulary.
    let experts = 92.0 * 896.0 * 3.0 * 3584.0 * 3072.0 / 1e12;
    let k3 = size("moonshotai/Kimi-K3");
    assert!((1.0..1.04).contains(&(k3 / experts)), "{k3} T, experts {experts} T");
}
