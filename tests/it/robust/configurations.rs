//! Checkpoints and data directories of users: what makes no sense in them is named.

use serde_json::{Value, json};

use super::written;
use crate::support::binary::{aiq, stderr, stdout};
use crate::support::read;

#[test]
fn configurations_have_limits() {
    let shipped = read("models/catalog/Qwen--Qwen3-32B.json");
    let folder = tempfile::tempdir().expect("a folder");
    let model = folder.path().display().to_string();
    let estimate = format!("estimate tp = 2, batch = 8 for '{model}' as agg");
    let with = |key: &str, value: Value| {
        let mut config: Value = serde_json::from_str(&shipped).expect("JSON");
        config[key] = value;
        written(folder.path(), "config.json", &config.to_string());
    };
    for (key, value) in [
        ("num_hidden_layers", json!(-3)),
        ("num_hidden_layers", json!(64.5)),
        ("hidden_size", json!(0)),
        ("head_dim", json!(0.5)),
        ("vocab_size", json!(1e30)),
        ("num_attention_heads", json!("many")),
        ("max_position_embeddings", json!([])),
    ] {
        with(key, value);
        let output = aiq(&["-c", &estimate]);
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(3), "{key}: {text}");
        assert!(text.contains("AIQ0309") && text.contains(key) && text.contains(&model), "{text}");
    }
    for key in ["hidden_size", "num_hidden_layers", "vocab_size", "intermediate_size"] {
        with(key, Value::Null);
        let text = stderr(&aiq(&["-c", &estimate]));
        assert!(text.contains("AIQ0309") && text.contains(&format!("has no `{key}`")), "{text}");
    }
    with("num_key_value_heads", json!(7));
    let output = aiq(&["-c", &estimate]);
    assert!(stdout(&output).contains("num_key_value_heads = 7"));
}

#[test]
fn data_directories_have_limits() {
    let facts = read("systems/h200_sxm/system.yaml");
    for (from, to, said) in [
        ("mem_bw: 4800000000000", "mem_bw: 1e20", "`mem_bw` cannot be 100000000000000000000"),
        ("other_mem: 3758096384", "other_mem: -1", "`other_mem` cannot be -1"),
        ("nccl_mem.4:", "ncl_mem.4:", "did you mean `nccl_mem`?"),
        ("  nccl_mem.4: 411041792\n", "", "`misc` has no `nccl_mem.4`"),
        ("p2p_latency: 0.00001", "p2p_latency: fast", "`p2p_latency` cannot be `fast`"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let home = folder.path().join("h200_sxm");
        std::fs::create_dir(&home).expect("a folder");
        let changed = facts.replacen(from, to, 1);
        assert_ne!(changed, facts, "{from}");
        written(&home, "system.yaml", &changed);
        let data = folder.path().display().to_string();
        let output = aiq(&["--systems", &data, "-c", "estimate tp = 4"]);
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(3), "{to}: {text}");
        assert!(text.contains("AIQ0409") && text.contains(said), "{to}: {text}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    written(folder.path(), "versions.yaml", "defaults:\n  trtllm: {cusrent: '1.3.0rc20'}\n");
    let output = aiq(&["--systems", &folder.path().display().to_string(), "-c", "estimate tp = 4"]);
    let text = stderr(&output);
    assert!(text.contains("versions.yaml:2") && text.contains("`current`"), "{text}");
}
