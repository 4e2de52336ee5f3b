//! Every engine, mode, platform and kind of model: what is written is what the engines and
//! platforms accept and what the row says.

use std::process::Command;

use serde_json::Value;

use super::case::{Case, after, check, matrix, value, yaml};
use crate::support::binary::{rows, stderr, stdout};
use crate::support::read;

/// Flags that an engine of the shipped tables accepts.
fn tables(names: &[&str]) -> Vec<String> {
    let mut flags = Vec::new();
    for name in names {
        let text = read(&format!("models/deploy/flags/{name}.tsv"));
        flags.extend(text.lines().skip(1).filter_map(|l| Some(l.split_once('\t')?.0.to_owned())));
    }
    flags
}

/// What the program of a case accepts, of the version that its record names.
fn accepted(case: &Case) -> Vec<String> {
    let record = yaml(&case.text("generator.yaml"));
    let version = record["flags_version"].as_str().expect("a version");
    let engine = format!("{}-{version}", case.backend);
    let runtime = format!("dynamo-{}-1.3.1", case.backend);
    match (case.backend, case.platform) {
        ("trtllm", "engine") => tables(&[&format!("trtllm-serve-{version}")]),
        ("trtllm", _) => tables(&[&runtime, "dynamo-common-1.3.1"]),
        (_, "llm_d" | "engine") => tables(&[&engine]),
        _ => tables(&[&engine, &runtime, "dynamo-common-1.3.1"]),
    }
}

pub(super) fn schema(name: &str) -> jsonschema::Validator {
    let text = read(&format!("tests/data/generate/{name}"));
    let schema: Value = serde_json::from_str(&text).expect("JSON");
    jsonschema::validator_for(&schema).expect("a schema")
}

pub(super) fn schema_errors(validator: &jsonschema::Validator, graph: &Value) -> Vec<String> {
    validator.iter_errors(graph).map(|e| e.to_string()).collect()
}

#[test]
fn every_file_of_the_matrix_is_valid() {
    let cases = matrix();
    let graph = schema("dgd_v1beta1.schema.json");
    let values = schema("llm-d-modelservice.values.schema.json");
    let keys = tables(&["trtllm-1.3.0rc23"]);
    // What was measured: a model that drops out of the matrix is noticed.
    let count = |model: &str| cases.iter().filter(|c| c.model == model).count();
    let counts = ["dense", "moe", "large", "oss"].map(count);
    assert_eq!(counts, [44; 4], "two systems, two modes, eleven pairs of engine and platform");
    for case in cases {
        let place = case.directory.display();
        let workers = case.workers();
        let sum: u64 = workers.values().map(|w| w.0).sum();
        assert_eq!(sum, case.number("gpus_used"), "{place}");
        let known = accepted(case);
        for (role, prefix) in case.roles() {
            let argv = &workers.get(role).unwrap_or_else(|| panic!("no {role} in {place}")).1;
            for flag in argv.iter().filter(|w| w.starts_with("--")) {
                assert!(known.contains(flag), "{place}: {flag}");
            }
            limits(case, role, prefix, argv, &keys);
        }
        for name in case.names() {
            let text = case.text(&name);
            sound_text(&name, &text);
            if name.ends_with(".sh") {
                let path = case.directory.join(&name);
                let bash = Command::new("bash").arg("-n").arg(&path).output().expect("bash");
                assert!(bash.status.success(), "{}", stderr(&bash));
            }
        }
        let predicted = case.row["concurrency"].as_f64().expect("a load").round() as u64;
        let bench = case.text("bench.sh");
        assert!(bench.contains(&format!("\nrun {predicted} {predicted} ")), "{bench}: {predicted}");
        match case.platform {
            "dynamo" => {
                let errors = schema_errors(&graph, &case.manifest());
                assert!(errors.is_empty(), "{place}: {errors:?}");
                assert_eq!(case.manifest()["apiVersion"], "nvidia.com/v1beta1");
            }
            "llm_d" => {
                let errors = schema_errors(&values, &case.manifest());
                assert!(errors.is_empty(), "{place}: {errors:?}");
            }
            "engine" => assert!(case.names().contains(&"run_0.sh".to_owned()), "{place}"),
            _ => {
                for name in case.names().iter().filter(|n| n.starts_with("run_")) {
                    let text = case.text(name);
                    let front = text.contains("dynamo.frontend");
                    assert_eq!(front, name == "run_0.sh", "one frontend: {place}/{name}");
                    assert!(text.contains("ETCD_ENDPOINTS") && text.contains("NATS_SERVER"));
                }
            }
        }
        let checked = check(&case.directory);
        let said = stderr(&checked);
        let record = yaml(&case.text("generator.yaml"));
        let version = |key: &str| record[key].as_str().expect("a version").to_owned();
        let (measured, runs) = (version("measured_version"), version("engine_version"));
        let other = format!("priced for version {measured}, the files run {runs}\n");
        let expected = if measured == runs { "" } else { &other };
        assert!(checked.status.success() && said == expected, "{place}: {said}");
        let read = &rows(&checked)[0];
        assert_eq!(read["gpus_used"].as_u64(), Some(case.number("gpus_used")));
    }
}

/// No absent value became a word, and nothing is asked for that no engine has.
fn sound_text(name: &str, text: &str) {
    let text = text.replace("/dev/null", "");
    for word in ["None", "null", "NaN", "deepep_moe", "WIDEEP", "v1alpha1"] {
        let found = text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|w| w == word);
        assert!(!found, "{name}: {word}");
    }
    assert!(!text.contains("--cuda-graph-bs "), "{name}: a flag on its way out");
}

/// What the engine is told is what was searched.
fn limits(case: &Case, role: &str, prefix: &str, argv: &[String], keys: &[String]) {
    let n = |name: &str| case.number(&format!("{prefix}{name}"));
    let place = case.directory.display();
    let (tp, pp, dp, batch) = (n("tp"), n("pp"), n("dp"), n("batch"));
    let mut sizes: Vec<u64> = Vec::new();
    match case.backend {
        "vllm" => {
            let on_chart = case.platform == "llm_d";
            if on_chart {
                assert!(after(argv, "--model").is_none(), "the chart says the model");
                assert!(after(argv, "--tensor-parallel-size").is_none());
                let key = if role == "agg" { "decode" } else { role };
                let parallel = &case.manifest()[key]["parallelism"];
                assert_eq!(
                    (parallel["tensor"].as_u64(), parallel["data"].as_u64()),
                    (Some(tp), Some(dp))
                );
            } else {
                assert_eq!(value(argv, "--tensor-parallel-size"), tp.to_string(), "{place}");
                let data = after(argv, "--data-parallel-size").map_or("1".into(), |v| v.join(" "));
                assert_eq!(data, dp.to_string(), "{place}");
            }
            assert_eq!(value(argv, "--max-num-seqs"), (batch * pp).to_string(), "{place}");
            assert!(value(argv, "--gpu-memory-utilization").parse::<f64>().expect("a share") > 0.5);
            let transfer = after(argv, "--kv-transfer-config").is_some();
            assert_eq!(transfer, role != "agg", "KV caches are handed over between pools only");
            let experts = after(argv, "--enable-expert-parallel").is_some();
            assert_eq!(experts, n("moe_ep") > 1, "{place}");
            if let Some(list) = after(argv, "--cudagraph-capture-sizes") {
                sizes = list.iter().map(|s| s.parse().expect("a size")).collect();
            }
        }
        "sglang" => {
            let cp = case.row[format!("{prefix}cp")].as_u64().unwrap_or(1);
            assert_eq!(value(argv, "--tp-size"), (tp * dp * cp).to_string(), "{place}");
            assert_eq!(value(argv, "--max-running-requests"), (batch * pp * dp).to_string());
            assert_eq!(after(argv, "--enable-dp-attention").is_some(), dp > 1, "{place}");
            assert_eq!(after(argv, "--attn-cp-size").is_some(), cp > 1, "{place}");
            assert!(value(argv, "--mem-fraction-static").parse::<f64>().expect("a share") > 0.5);
            if let Some(list) = after(argv, "--cuda-graph-bs-decode") {
                sizes = list.iter().map(|s| s.parse().expect("a size")).collect();
            }
        }
        _ => {
            let text = case.text(&format!("{role}_config.yaml"));
            let engine = yaml(&text);
            assert_eq!(engine["tensor_parallel_size"], tp * dp, "{place}");
            assert_eq!(engine["max_batch_size"], batch, "{place}");
            assert_eq!(engine["max_num_tokens"].as_u64().expect("a limit") % 32, 0);
            assert_eq!(engine["kv_cache_config"]["free_gpu_memory_fraction"], 0.9);
            known("", &engine, keys);
            if let Some(list) = engine["cuda_graph_config"]["batch_sizes"].as_array() {
                sizes = list.iter().map(|s| s.as_u64().expect("a size")).collect();
            }
            if case.platform == "dynamo" {
                let manifest = case.text("k8s_deploy.yaml");
                assert!(manifest.contains("kind: ConfigMap"), "{place}");
                assert!(manifest.contains(r#"command: ["python3", "-m", "dynamo.trtllm"]"#));
            }
        }
    }
    assert_eq!(sizes.is_empty(), role == "prefill", "{place}");
    assert!(sizes.windows(2).all(|w| w[0] < w[1]), "{place}: {sizes:?}");
    assert!(sizes.iter().all(|s| *s <= batch), "{place}: {sizes:?} over {batch}");
}

fn known(prefix: &str, value: &Value, keys: &[String]) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                known(&path, inner, keys);
            }
        }
        _ => assert!(keys.iter().any(|k| k == prefix), "{prefix}"),
    }
}

#[test]
fn scripts_are_clean() {
    if Command::new("shellcheck").arg("--version").output().is_err() {
        println!("skipped: shellcheck is not installed");
        return;
    }
    for case in matrix() {
        for name in case.names().iter().filter(|n| n.ends_with(".sh")) {
            let path = case.directory.join(name);
            let output = Command::new("shellcheck").arg(&path).output().expect("shellcheck");
            let said = stdout(&output);
            assert!(output.status.success(), "{}: {said}", path.display());
        }
    }
}
