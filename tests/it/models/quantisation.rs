//! Precisions are inferred from the quantisation that a checkpoint declares.

use crate::support::read;
use crate::support::worker::Worker;

/// Inferred precisions of a checkpoint that is not shipped, by the quantisation it declares.
fn inferred(system: &str, quant: &str) -> String {
    let directory = tempfile::tempdir().expect("a directory");
    let base = read("models/catalog/meta-llama--Meta-Llama-3.1-8B.json");
    let base = base.trim_end().strip_suffix('}').expect("an object");
    let text = format!("{base}, \"quantization_config\": {quant}}}");
    std::fs::write(directory.path().join("config.json"), text).expect("a file");
    let worker = Worker::new(directory.path().to_str().expect("a path"), system, "trtllm");
    ["gemm", "moe", "kv", "fmha"].map(|choice| worker.precision(choice)).join(" ")
}

#[test]
fn quantisation_is_inferred_from_what_a_checkpoint_declares() {
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
        assert_eq!(inferred(system, quant), expected, "{system} {quant}");
    }
}
