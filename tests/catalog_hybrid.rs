//! Checkpoints of hybrid architectures: precisions, weights and caches against those of a known
//! tool, and weights against published parameter counts.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use aiq::arch::library::Library;
use aiq::plan::listing::{fixed, value};
use aiq::plan::target::Target;

const GIB: f64 = 1_073_741_824.0;

fn number(library: &Library, target: &Target, more: &[(&str, f64)], name: &str) -> f64 {
    let alone = ["tp", "pp", "dp", "moe_tp", "moe_ep", "cp"].map(|axis| (axis, 1.0));
    let value = value(library, target, &fixed(&[more, &alone[..]].concat()), name);
    value.expect("a value").as_number().unwrap_or_else(|| panic!("`{name}` is no number"))
}

/// Weights that differ on purpose: checkpoint, GiB more than in the known tool, why.
const WEIGHTS: &[(&str, f64, &str)] = &[
    ("Qwen/Qwen3-VL-235B-A22B-Instruct", 1.159, "the output matrix is missing there"),
    ("Qwen/Qwen3-VL-30B-A3B-Instruct", 0.580, "the output matrix is missing there"),
    ("Qwen/Qwen3-VL-2B-Instruct", -0.580, "one matrix serves both ends"),
    ("Qwen/Qwen3-VL-4B-Instruct", -0.724, "one matrix serves both ends"),
    ("Qwen/Qwen3.5-122B-A10B", 0.832, IMAGES),
    ("Qwen/Qwen3.5-27B", 0.849, IMAGES),
    ("Qwen/Qwen3.5-35B-A3B", 0.823, IMAGES),
    ("Qwen/Qwen3.5-397B-A17B", 0.840, IMAGES),
    ("nvidia/Qwen3.5-122B-A10B-NVFP4", 0.832, IMAGES),
    ("nvidia/Qwen3.5-397B-A17B-NVFP4", 0.840, IMAGES),
    ("nvidia/Qwen3.6-27B-NVFP4", 0.849, IMAGES),
    ("nvidia/Qwen3.6-35B-A3B-NVFP4", 0.823, IMAGES),
    ("XiaomiMiMo/MiMo-V2-Flash", 0.146, "39 layers are windowed, not 9: more KV heads"),
    ("google/gemma-4-26B-A4B", -0.354, "one matrix serves both ends; the image encoder"),
    (
        "nvidia/Gemma-4-26B-A4B-NVFP4",
        -30.929,
        "its experts are quantised; one matrix of the vocabulary; the image encoder",
    ),
    ("nvidia/Gemma-4-31B-IT-NVFP4", -1.598, "one matrix serves both ends; the image encoder"),
    ("meta-llama/Llama-4-Maverick-17B-128E-Instruct", 7.245, "shared experts; the image encoder"),
    ("meta-llama/Llama-4-Scout-17B-16E-Instruct", 12.870, "shared experts; the image encoder"),
    ("nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-NVFP4", 0.188, "attention stays in 16 bits"),
    (
        "nvidia/NVIDIA-Nemotron-3.5-Lightning-30B-A3B-NVFP4",
        -0.056,
        "shared experts are in 4 bits, attention in 16",
    ),
];

const IMAGES: &str = "the image encoder";

/// Bytes a sequence of one token and of 4096 tokens keeps, where that differs on purpose.
const CACHES: &[(&str, [f64; 2], &str)] = &[
    (
        "XiaomiMiMo/MiMo-V2-Flash",
        [111_360.0, 59_965_440.0],
        "39 layers keep a window, values are 128 wide",
    ),
    ("nvidia/Llama-3_3-Nemotron-Super-49B-v1", [200_704.0, 822_083_584.0], "none there"),
    ("nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16", [49_088_512.0, 74_248_192.0], STATE),
    ("nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-NVFP4", [49_085_440.0, 61_665_280.0], STATE),
    ("nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-FP8", [170_233_856.0, 187_006_976.0], STATE),
    ("nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-NVFP4", [170_233_856.0, 187_006_976.0], STATE),
    ("nvidia/NVIDIA-Nemotron-3-Ultra-550B-A55B-BF16", [407_973_888.0, 458_293_248.0], STATE),
    ("nvidia/NVIDIA-Nemotron-3-Ultra-550B-A55B-FP8", [407_967_744.0, 433_127_424.0], STATE),
    ("nvidia/NVIDIA-Nemotron-3-Ultra-550B-A55B-NVFP4", [407_967_744.0, 433_127_424.0], STATE),
    ("nvidia/NVIDIA-Nemotron-3.5-Lightning-30B-A3B-NVFP4", [49_085_440.0, 61_665_280.0], STATE),
    ("nvidia/Nemotron-H-56B-Base-8K", [459_661_312.0, 627_392_512.0], STATE),
];
const STATE: &str = "only attention layers have a cache, Mamba layers have a state";

#[test]
fn hybrid_checkpoints_are_those_of_the_known_tool() {
    let (engine, library) = support::shipped();
    for row in support::table(include_str!("data/checkpoints_hybrid.tsv")) {
        let model = row["hf_id"];
        let target = support::target(&engine, &library, model, "b200_sxm", "trtllm");
        for choice in ["gemm", "moe", "kv", "fmha"] {
            let ours = target.choices.get(choice).and_then(|v| v.as_text()).unwrap_or("none");
            assert_eq!(ours, row[format!("inferred_{choice}").as_str()], "{model}: {choice}");
        }
        let read = |column: &str| row[column].parse::<f64>().expect("a number");
        let listed = WEIGHTS.iter().find(|w| w.0 == model);
        let more = listed.map_or(0.0, |w| w.1);
        let expected = read("weights_gib_1gpu") + read("encoder_gib") + more;
        let ours = number(&library, &target, &[], "weights") / GIB;
        // Their two columns have three decimals each.
        assert!((ours - expected).abs() < 0.002, "{model}: weights {ours}, not {expected}");
        for (i, tokens) in [1.0, 4096.0].into_iter().enumerate() {
            let listed = CACHES.iter().find(|c| c.0 == model);
            let theirs = || read(&format!("kv_bytes_{tokens}tok_tp1"));
            let expected = listed.map_or_else(theirs, |c| c.1[i]);
            let ours = number(&library, &target, &[("kv_tokens", tokens)], "kv_cache");
            assert!((ours - expected).abs() < 1.0, "{model}: {tokens} tokens: {ours}");
        }
    }
    assert!(WEIGHTS.iter().all(|w| !w.2.is_empty()) && CACHES.iter().all(|c| !c.2.is_empty()));
}

/// Published parameter counts, in billions, of checkpoints in 16 bits; those of Gemma-4 and Qwen3.5
/// are published without the image encoder, which is added here.
const PUBLISHED: &[(&str, f64)] = &[
    ("meta-llama/Llama-4-Scout-17B-16E-Instruct", 108.64),
    ("meta-llama/Llama-4-Maverick-17B-128E-Instruct", 401.58),
    ("stepfun-ai/Step-3.7-Flash", 196.0),
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
];

#[test]
fn hybrid_weights_are_the_published_parameters() {
    let (engine, library) = support::shipped();
    for (model, billions) in PUBLISHED {
        let target = support::target(&engine, &library, model, "h200_sxm", "trtllm");
        let ours = number(&library, &target, &[], "weights") / 2e9;
        assert!((ours / billions - 1.0).abs() < 0.01, "{model}: {ours} G, published {billions} G");
    }
}

#[test]
fn windows_and_states_bound_what_a_sequence_keeps() {
    let (engine, library) = support::shipped();
    let kept = |model: &str, tokens: f64, tp: f64| {
        let target = support::target(&engine, &library, model, "h200_sxm", "vllm");
        number(&library, &target, &[("kv_tokens", tokens), ("tp", tp)], "kv_cache")
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
