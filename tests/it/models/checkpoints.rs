//! Shipped checkpoints: precisions, weights and caches against those of a known tool.

use std::collections::BTreeMap;

use crate::support::worker::{Worker, shipped};
use crate::support::{read, table};

const GIB: f64 = 1_073_741_824.0;

/// Precisions that differ on purpose on h200_sxm: checkpoint, choice, what the known tool infers
/// before it looks at the system, ours, reason. An empty checkpoint is every one.
const PRECISIONS: &[(&str, &str, &str, &str, &str)] = &[
    ("", "gemm", "nvfp4", "nvfp4_wo", "Hopper has no fp4 units: weights are unpacked"),
    ("", "moe", "nvfp4", "nvfp4_wo", "Hopper has no fp4 units: weights are unpacked"),
];

/// Weights in the known tool that are counted otherwise here, in matrices of the vocabulary.
fn vocabulary_matrices(worker: &Worker<'_>) -> f64 {
    let mut matrices = 0.0;
    if worker.architecture() == "moe_decoder" {
        matrices += 1.0; // The output matrix is missing there.
    }
    if worker.is_configured("tie_word_embeddings") {
        matrices -= 1.0; // One matrix serves both ends; there it is held twice.
    }
    matrices
}

/// A number of the known tool.
fn theirs(row: &BTreeMap<&str, &str>, column: &str) -> f64 {
    row[column].parse().expect("a number")
}

#[test]
fn decoders_are_those_of_the_known_tool() {
    let mut used = vec![false; PRECISIONS.len()];
    let text = read("tests/data/checkpoints.tsv");
    for row in table(&text) {
        let model = row["hf_id"];
        let worker = Worker::new(model, "h200_sxm", "trtllm");
        for choice in ["gemm", "moe", "kv", "fmha"] {
            let theirs = row[format!("inferred_{choice}").as_str()];
            let ours = worker.precision(choice);
            if theirs == ours {
                continue;
            }
            let listed = PRECISIONS.iter().position(|(m, c, t, o, _)| {
                (m.is_empty() || *m == model) && *c == choice && *t == theirs && *o == ours
            });
            let i = listed.unwrap_or_else(|| panic!("{model}: {choice} is {ours}, not {theirs}"));
            used[i] = true;
        }
        let vocabulary = 2.0 * worker.number(&[], "vocab") * worker.number(&[], "hidden");
        let more = vocabulary_matrices(&worker) * vocabulary / GIB;
        let expected = theirs(&row, "weights_gib_1gpu") + more;
        let ours = worker.number(&[], "weights") / GIB;
        // Their column has three decimals.
        assert!((ours - expected).abs() < 0.001, "{model}: weights {ours}, not {expected}");
        for tokens in [1.0, 4096.0] {
            let expected = theirs(&row, &format!("kv_bytes_{tokens}tok_tp1"));
            let ours = worker.number(&[("kv_tokens", tokens)], "kv_cache");
            assert!((ours - expected).abs() < 1.0, "{model}: KV of {tokens}: {ours}");
        }
    }
    let idle: Vec<_> = PRECISIONS.iter().zip(&used).filter(|(_, u)| !**u).collect();
    assert!(idle.is_empty(), "listed but not seen: {idle:?}");
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
fn hybrids_are_those_of_the_known_tool() {
    let text = read("tests/data/checkpoints_hybrid.tsv");
    for row in table(&text) {
        let model = row["hf_id"];
        let worker = Worker::new(model, "b200_sxm", "trtllm");
        for choice in ["gemm", "moe", "kv", "fmha"] {
            let theirs = row[format!("inferred_{choice}").as_str()];
            assert_eq!(worker.precision(choice), theirs, "{model}: {choice}");
        }
        let more = WEIGHTS.iter().find(|w| w.0 == model).map_or(0.0, |w| w.1);
        let expected = theirs(&row, "weights_gib_1gpu") + theirs(&row, "encoder_gib") + more;
        let ours = worker.number(&[], "weights") / GIB;
        // Their two columns have three decimals each.
        assert!((ours - expected).abs() < 0.002, "{model}: weights {ours}, not {expected}");
        for (i, tokens) in [1.0, 4096.0].into_iter().enumerate() {
            let listed = CACHES.iter().find(|c| c.0 == model);
            let column = format!("kv_bytes_{tokens}tok_tp1");
            let expected = listed.map_or_else(|| theirs(&row, &column), |c| c.1[i]);
            let ours = worker.number(&[("kv_tokens", tokens)], "kv_cache");
            assert!((ours - expected).abs() < 1.0, "{model}: {tokens} tokens: {ours}");
        }
    }
    assert!(WEIGHTS.iter().all(|w| !w.2.is_empty()) && CACHES.iter().all(|c| !c.2.is_empty()));
}

#[test]
fn every_checkpoint_has_an_architecture() {
    let names: Vec<&str> = shipped().0.checkpoints.names().collect();
    assert!(names.len() >= 48, "{} checkpoints ship", names.len());
    for model in names {
        for (system, backend) in
            [("h200_sxm", "trtllm"), ("h200_sxm", "vllm"), ("b200_sxm", "sglang")]
        {
            let worker = Worker::new(model, system, backend);
            assert!(worker.number(&[], "weights") > 0.0, "{model}");
        }
    }
}
