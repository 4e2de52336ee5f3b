//! Every shipped checkpoint: inferred precisions, weights and KV caches, against those of a known
//! tool and against published parameter counts.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use aiq::Engine;
use aiq::arch::library::Library;
use aiq::plan::listing::{fixed, value};
use aiq::plan::target::Target;

const GIB: f64 = 1_073_741_824.0;

/// A worker of one GPU that holds everything.
const ALONE: [(&str, f64); 7] = [
    ("tp", 1.0),
    ("pp", 1.0),
    ("dp", 1.0),
    ("moe_tp", 1.0),
    ("moe_ep", 1.0),
    ("cp", 1.0),
    ("wide_ep", 0.0),
];

fn number(library: &Library, target: &Target, more: &[(&str, f64)], name: &str) -> f64 {
    let axes = fixed(&[&ALONE[..], more].concat());
    let value = value(library, target, &axes, name).expect("a value");
    value.as_number().unwrap_or_else(|| panic!("`{name}` is no number"))
}

fn chosen(target: &Target, name: &str) -> String {
    let value = target.choices.get(name).and_then(|v| v.as_text());
    value.unwrap_or("none").to_owned()
}

/// Precisions that differ on purpose on h200_sxm: checkpoint, choice, what the known tool infers
/// before it looks at the system, ours, reason. An empty checkpoint is every one.
const PRECISIONS: &[(&str, &str, &str, &str, &str)] = &[
    ("", "gemm", "nvfp4", "nvfp4_wo", "Hopper has no fp4 units: weights are unpacked"),
    ("", "moe", "nvfp4", "nvfp4_wo", "Hopper has no fp4 units: weights are unpacked"),
];

/// Weights in the known tool that are counted otherwise here, in matrices of the vocabulary.
fn vocabulary_matrices(target: &Target, tied: bool) -> f64 {
    let mut matrices = 0.0;
    if target.architecture.name.text == "moe_decoder" {
        matrices += 1.0; // The output matrix is missing there.
    }
    if tied {
        matrices -= 1.0; // One matrix serves both ends; there it is held twice.
    }
    matrices
}

#[test]
fn checkpoints_are_those_of_the_known_tool() {
    let (engine, library) = support::shipped();
    let rows = support::table(include_str!("data/checkpoints.tsv"));
    let mut used = vec![false; PRECISIONS.len()];
    for row in &rows {
        let model = row["hf_id"];
        let target = support::target(&engine, &library, model, "h200_sxm", "trtllm");
        for choice in ["gemm", "moe", "kv", "fmha"] {
            let (theirs, ours) =
                (row[format!("inferred_{choice}").as_str()], chosen(&target, choice));
            if theirs == ours {
                continue;
            }
            let listed = PRECISIONS.iter().position(|(m, c, t, o, _)| {
                (m.is_empty() || *m == model) && *c == choice && *t == theirs && *o == ours
            });
            let i = listed.unwrap_or_else(|| panic!("{model}: {choice} is {ours}, not {theirs}"));
            used[i] = true;
        }
        let tied = target.config.get("tie_word_embeddings").to_string() == "true";
        let vocabulary = 2.0
            * number(&library, &target, &[], "vocab")
            * number(&library, &target, &[], "hidden");
        let theirs: f64 = row["weights_gib_1gpu"].parse().expect("GiB");
        let expected = theirs + vocabulary_matrices(&target, tied) * vocabulary / GIB;
        let ours = number(&library, &target, &[], "weights") / GIB;
        // Their column has three decimals.
        assert!((ours - expected).abs() < 0.001, "{model}: weights {ours}, not {expected}");
        for tokens in [1.0, 4096.0] {
            let theirs: f64 =
                row[format!("kv_bytes_{tokens}tok_tp1").as_str()].parse().expect("bytes");
            let ours = number(&library, &target, &[("kv_tokens", tokens)], "kv_cache");
            assert!((ours - theirs).abs() < 1.0, "{model}: KV of {tokens}: {ours}, not {theirs}");
        }
    }
    let idle: Vec<_> = PRECISIONS.iter().zip(&used).filter(|(_, u)| !**u).collect();
    assert!(idle.is_empty(), "listed but not seen: {idle:?}");
}

/// Published parameter counts, in billions, of checkpoints in 16 bits.
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
    // Without the prediction layer that the checkpoint also holds.
    ("XiaomiMiMo/MiMo-7B-Base", 7.62),
];

#[test]
fn every_checkpoint_has_an_architecture() {
    let (engine, library) = support::shipped();
    let names: Vec<&str> = engine.checkpoints.names().collect();
    assert!(names.len() >= 48, "{} checkpoints ship", names.len());
    for model in names {
        for (system, backend) in
            [("h200_sxm", "trtllm"), ("h200_sxm", "vllm"), ("b200_sxm", "sglang")]
        {
            let target = support::target(&engine, &library, model, system, backend);
            assert!(number(&library, &target, &[], "weights") > 0.0, "{model}");
        }
    }
}

#[test]
fn weights_are_the_published_parameters() {
    let (engine, library) = support::shipped();
    for (model, billions) in PUBLISHED {
        let target = support::target(&engine, &library, model, "h200_sxm", "trtllm");
        let ours = number(&library, &target, &[], "weights") / 2e9;
        assert!((ours / billions - 1.0).abs() < 0.01, "{model}: {ours} G, published {billions} G");
    }
}

/// Inferred precisions of a checkpoint that is not shipped, by the quantisation it declares.
fn inferred(
    engine: &Engine,
    library: &Library,
    system: &str,
    backend: &str,
    quant: &str,
) -> [String; 4] {
    let directory = tempfile::tempdir().expect("a directory");
    let base = include_str!("../models/catalog/meta-llama--Meta-Llama-3.1-8B.json");
    let base = base.trim_end().strip_suffix('}').expect("an object");
    let text = format!("{base}, \"quantization_config\": {quant}}}");
    std::fs::write(directory.path().join("config.json"), text).expect("a file");
    let name = directory.path().to_str().expect("a path");
    let target = support::target(engine, library, name, system, backend);
    ["gemm", "moe", "kv", "fmha"].map(|choice| chosen(&target, choice))
}

#[test]
fn quantisation_is_inferred_from_what_a_checkpoint_declares() {
    let (engine, library) = support::shipped();
    let cases = [
        (
            "h200_sxm",
            r#"{"quant_method": "fp8", "activation_scheme": "static"}"#,
            "fp8_static fp8 fp8 fp8",
        ),
        (
            "h200_sxm",
            r#"{"quant_method": "fp8", "activation_scheme": "dynamic"}"#,
            "fp8 fp8 fp8 fp8",
        ),
        (
            "h200_sxm",
            r#"{"quant_method": "fp8", "weight_block_size": [128, 128]}"#,
            "fp8_block fp8_block fp8 fp8",
        ),
        (
            "h200_sxm",
            r#"{"quant_algo": "NVFP4", "quant_method": "modelopt"}"#,
            "nvfp4_wo nvfp4_wo fp8 fp8",
        ),
        (
            "b200_sxm",
            r#"{"quant_algo": "NVFP4", "quant_method": "modelopt"}"#,
            "nvfp4 nvfp4 fp8 fp8",
        ),
        ("h200_sxm", r#"{"quant_method": "mxfp4"}"#, "bfloat16 w4a16_mxfp4 bfloat16 bfloat16"),
        ("b200_sxm", r#"{"quant_method": "mxfp4"}"#, "bfloat16 w4a8_mxfp4_mxfp8 bfloat16 bfloat16"),
        (
            "h200_sxm",
            r#"{"quant_method": "compressed-tensors", "config_groups": {"group_0": {"weights":
                {"num_bits": 4, "type": "int"}}}}"#,
            "int4_wo int4_wo bfloat16 bfloat16",
        ),
        (
            "h200_sxm",
            r#"{"quant_method": "compressed-tensors", "kv_cache_scheme": {"num_bits": 8,
                "type": "float"}, "config_groups": {"group_0": {"weights":
                {"num_bits": 4, "type": "int"}}}}"#,
            "int4_wo int4_wo fp8 fp8",
        ),
        (
            "h200_sxm",
            r#"{"quant_method": "compressed-tensors", "kv_cache_scheme": "FP8", "config_groups":
                {"group_0": {"weights": {"num_bits": 8, "type": "int"}}}}"#,
            "int8_wo int8_wo fp8 fp8",
        ),
        (
            "h200_sxm",
            r#"{"quant_method": "compressed-tensors", "kv_cache_scheme": {"num_bits": 16,
                "type": "float"}, "config_groups": {"group_0": {"weights":
                {"num_bits": 8, "type": "int"}}}}"#,
            "int8_wo int8_wo bfloat16 bfloat16",
        ),
        (
            "h200_sxm",
            r#"{"quant_method": "compressed-tensors", "ignore": ["lm_head"], "config_groups":
                {"group_0": {"input_activations": {"dynamic": true}, "weights":
                {"num_bits": 8, "type": "float", "strategy": "channel"}}}}"#,
            "fp8 fp8 fp8 fp8",
        ),
        (
            "h200_sxm",
            r#"{"quant_method": "compressed-tensors", "ignore": ["re:.*self_attn.*", "lm_head"],
                "config_groups": {"group_0": {"weights": {"num_bits": 4, "type": "int"}}}}"#,
            "bfloat16 int4_wo bfloat16 bfloat16",
        ),
    ];
    for (system, quant, expected) in cases {
        let ours = inferred(&engine, &library, system, "trtllm", quant).join(" ");
        assert_eq!(ours, expected, "{system} {quant}");
    }
}
