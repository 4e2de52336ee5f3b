//! Generated files: every engine, mode, platform and kind of model, checked against what the
//! engines and platforms accept and against the row they deploy.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use support::binary::{aiq, rows};

/// Models with the clauses of their question.
const MODELS: &[(&str, &str)] = &[
    ("dense", "for 'Qwen/Qwen3-32B-FP8' on h200_sxm * 32"),
    ("moe", "for 'Qwen/Qwen3-235B-A22B-FP8' on h200_sxm * 32"),
    ("large", "for 'deepseek-ai/DeepSeek-V3' on h200_sxm * 64"),
    ("oss", "for 'openai/gpt-oss-120b' on b200_sxm * 8"),
];
const BACKENDS: [&str; 3] = ["vllm", "sglang", "trtllm"];
const PLATFORMS: [&str; 3] = ["bare", "dynamo", "llm_d"];

struct Case {
    directory: PathBuf,
    backend: &'static str,
    platform: &'static str,
    row: Value,
}

impl Case {
    fn text(&self, name: &str) -> String {
        let path = self.directory.join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.directory).expect("a directory");
        let mut names: Vec<String> = entries
            .map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    fn number(&self, name: &str) -> u64 {
        self.row[name].as_f64().unwrap_or_else(|| panic!("no {name} in {}", self.row)) as u64
    }

    /// Roles with what begins the columns of each.
    fn roles(&self) -> Vec<(&'static str, &'static str)> {
        match self.row["mode"].as_str() {
            Some("agg") => vec![("agg", "")],
            _ => vec![("prefill", "prefill_"), ("decode", "decode_")],
        }
    }

    /// Manifest of the platform, the resource itself if there are several documents.
    fn manifest(&self) -> Value {
        let name = if self.platform == "dynamo" { "k8s_deploy.yaml" } else { "values.yaml" };
        let text = self.text(name);
        serde_saphyr::from_str(text.split("\n---\n").last().expect("a document")).expect("YAML")
    }

    /// GPUs asked for and arguments of the workers of each role.
    fn workers(&self) -> BTreeMap<String, (u64, Vec<String>)> {
        let mut found: BTreeMap<String, (u64, Vec<String>)> = BTreeMap::new();
        match self.platform {
            "dynamo" => {
                for c in self.manifest()["spec"]["components"].as_array().expect("components") {
                    let role = match c["type"].as_str().expect("a type") {
                        "frontend" => continue,
                        "worker" => "agg",
                        role => role,
                    };
                    let main = &c["podTemplate"]["spec"]["containers"][0];
                    let limit = gpus(main);
                    let nodes = c["multinode"]["nodeCount"].as_u64().unwrap_or(1);
                    assert!(limit <= 8, "{limit} GPUs of one node");
                    let count = c["replicas"].as_u64().expect("replicas") * nodes * limit;
                    found.insert(role.to_owned(), (count, words(&main["args"])));
                }
            }
            "llm_d" => {
                let values = self.manifest();
                for key in ["prefill", "decode"] {
                    let pool = &values[key];
                    if pool["create"] != true {
                        continue;
                    }
                    let main = &pool["containers"][0];
                    let nodes = pool["parallelism"]["workers"].as_u64().expect("nodes");
                    assert!(gpus(main) <= 8);
                    let count = pool["replicas"].as_u64().expect("replicas") * nodes * gpus(main);
                    let role = if self.row["mode"] == "agg" { "agg" } else { key };
                    found.insert(role.to_owned(), (count, words(&main["args"])));
                }
            }
            _ => self.scripts(&mut found),
        }
        found
    }

    fn scripts(&self, found: &mut BTreeMap<String, (u64, Vec<String>)>) {
        for name in self.names().iter().filter(|n| n.starts_with("run_")) {
            let text = self.text(name);
            let mut taken = Vec::new();
            for part in text.split("\n# ").filter(|p| p.contains(" worker ")) {
                let role = part.split(' ').next().expect("a role").to_owned();
                let after = part.split_once("CUDA_VISIBLE_DEVICES=").map(|(_, a)| a);
                let devices: Vec<u64> = after
                    .map(|a| a.split(' ').next().unwrap_or(""))
                    .or_else(|| part.lines().nth(1)?.strip_prefix("GPUs "))
                    .map(|l| l.split(':').next().unwrap_or(l))
                    .map(|l| l.split(',').map(|d| d.parse().expect("a device")).collect())
                    .unwrap_or_default();
                for d in devices.iter() {
                    assert!(*d < 8 && !taken.contains(d), "{name}: device {d}\n{text}");
                    taken.push(*d);
                }
                let entry = found.entry(role).or_default();
                entry.0 += devices.len() as u64;
                let command = part.split_once("python3 -m dynamo.").map(|(_, c)| c);
                if let Some(command) = command.filter(|_| entry.1.is_empty()) {
                    let line = command.lines().next().unwrap_or("").trim_end_matches(" &");
                    entry.1 = line.split(' ').skip(1).map(str::to_owned).collect();
                }
            }
            // TensorRT-LLM's ranks on further nodes are named in a comment.
            for line in text.lines().filter_map(|l| l.strip_prefix("# GPUs ")) {
                let list = line.split(':').next().unwrap_or("");
                found.values_mut().next().expect("a role").0 += list.split(',').count() as u64;
            }
        }
    }
}

fn gpus(container: &Value) -> u64 {
    let limit = container["resources"]["limits"]["nvidia.com/gpu"].as_str().expect("a limit");
    limit.parse().expect("a number")
}

fn words(list: &Value) -> Vec<String> {
    let list = list.as_array().into_iter().flatten();
    list.map(|w| w.as_str().expect("a text").to_owned()).collect()
}

/// The words behind a flag.
fn after<'a>(argv: &'a [String], flag: &str) -> Option<Vec<&'a str>> {
    let at = argv.iter().position(|w| w == flag)?;
    Some(argv[at + 1..].iter().take_while(|w| !w.starts_with("--")).map(String::as_str).collect())
}

fn value(argv: &[String], flag: &str) -> String {
    after(argv, flag).unwrap_or_else(|| panic!("no {flag} in {argv:?}")).join(" ")
}

/// Writes the files of the best row of each mode for every platform.
fn generate(root: &Path, name: &str, question: &str, backend: &'static str) -> Vec<Case> {
    let mut text = format!("let a = {question} top 1 per mode;");
    let mut places = Vec::new();
    for mode in ["agg", "disagg"] {
        for platform in PLATFORMS.into_iter().filter(|p| backend != "trtllm" || *p != "llm_d") {
            let directory = root.join(format!("{name}-{backend}-{mode}-{platform}"));
            let to = directory.display();
            text.push_str(&format!("generate a.{mode}[1] to '{to}' for {platform};"));
            places.push((mode, platform, directory));
        }
    }
    let output = aiq(&["--format", "json", "-c", &text]);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    let rows = rows(&output);
    let case = |(mode, platform, directory): (&str, &'static str, PathBuf)| {
        let row = rows.iter().find(|r| r["mode"] == mode).expect("a row").clone();
        Case { directory, backend, platform, row }
    };
    places.into_iter().map(case).collect()
}

fn matrix() -> (tempfile::TempDir, Vec<Case>) {
    let root = tempfile::tempdir().expect("a directory");
    let mut cases = Vec::new();
    for backend in BACKENDS {
        for (name, clauses) in MODELS {
            let question = format!("search {clauses} using {backend}");
            cases.extend(generate(root.path(), name, &question, backend));
        }
    }
    (root, cases)
}

/// Flags that an engine of the shipped tables accepts.
fn tables(names: &[&str]) -> Vec<String> {
    let mut flags = Vec::new();
    for name in names {
        let path = format!("{}/models/deploy/flags/{name}.tsv", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).expect("a table");
        flags.extend(text.lines().skip(1).filter_map(|l| Some(l.split_once('\t')?.0.to_owned())));
    }
    flags
}

fn accepted(case: &Case) -> Vec<String> {
    match (case.backend, case.platform) {
        ("vllm", "llm_d") => tables(&["vllm-0.24.0"]),
        ("vllm", _) => tables(&["vllm-0.24.0", "dynamo-vllm-1.3.1", "dynamo-common-1.3.1"]),
        ("sglang", "llm_d") => tables(&["sglang-0.5.16"]),
        ("sglang", _) => tables(&["sglang-0.5.16", "dynamo-sglang-1.3.1", "dynamo-common-1.3.1"]),
        _ => tables(&["dynamo-trtllm-1.3.1", "dynamo-common-1.3.1"]),
    }
}

fn schema(name: &str) -> jsonschema::Validator {
    let path = format!("{}/tests/data/generate/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("a schema");
    let schema: Value = serde_json::from_str(&text).expect("JSON");
    jsonschema::validator_for(&schema).expect("a schema")
}

#[test]
fn every_file_of_the_matrix_is_valid() {
    let (_root, cases) = matrix();
    let graph = schema("dgd_v1beta1.schema.json");
    let values = schema("llm-d-modelservice.values.schema.json");
    let keys = tables(&["trtllm-1.3.0rc23"]);
    assert_eq!(cases.len(), 64);
    for case in &cases {
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
                assert!(bash.status.success(), "{}", String::from_utf8_lossy(&bash.stderr));
            }
        }
        let predicted = case.row["concurrency"].as_f64().expect("a load").round() as u64;
        let bench = case.text("bench.sh");
        let loads = bench.lines().find(|l| l.starts_with("for c in")).expect("loads");
        let loads = loads.trim_end_matches("; do");
        assert!(loads.split(' ').any(|w| w.parse() == Ok(predicted)), "{loads}: {predicted}");
        match case.platform {
            "dynamo" => {
                let errors: Vec<String> =
                    graph.iter_errors(&case.manifest()).map(|e| e.to_string()).collect();
                assert!(errors.is_empty(), "{place}: {errors:?}");
                assert_eq!(case.manifest()["apiVersion"], "nvidia.com/v1beta1");
            }
            "llm_d" => {
                let errors: Vec<String> =
                    values.iter_errors(&case.manifest()).map(|e| e.to_string()).collect();
                assert!(errors.is_empty(), "{place}: {errors:?}");
            }
            _ => {
                for name in case.names().iter().filter(|n| n.starts_with("run_")) {
                    let text = case.text(name);
                    let front = text.contains("dynamo.frontend");
                    assert_eq!(front, name == "run_0.sh", "one frontend: {place}/{name}");
                    assert!(text.contains("ETCD_ENDPOINTS") && text.contains("NATS_SERVER"));
                }
            }
        }
        let checked = aiq(&["check", &place.to_string(), "--format", "json"]);
        let said = String::from_utf8_lossy(&checked.stderr).into_owned();
        assert!(checked.status.success() && said.is_empty(), "{place}: {said}");
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
            let engine: Value = serde_saphyr::from_str(&text).expect("YAML");
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
fn workers_span_nodes() {
    let root = tempfile::tempdir().expect("a directory");
    let question = |backend: &str| {
        format!(
            "search tp = 1, dp = 16, moe_tp = 1, moe_ep = 16 \
             for 'deepseek-ai/DeepSeek-V3' on h200_sxm * 64 using {backend}"
        )
    };
    for backend in BACKENDS {
        let at = |platform: &str| root.path().join(format!("{backend}-{platform}"));
        let (bare, dynamo) = (at("bare"), at("dynamo"));
        let text = format!(
            "let a = {} as agg top 1; generate a[1] to '{}' for bare; generate a[1] to '{}' for dynamo",
            question(backend),
            bare.display(),
            dynamo.display()
        );
        let output = aiq(&["--format", "json", "-c", &text]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let row = rows(&output)[0].clone();
        assert_eq!(row["gpus_per_worker"], 16);
        for (platform, directory) in [("bare", bare), ("dynamo", dynamo)] {
            let checked = aiq(&["check", &directory.to_string_lossy(), "--format", "json"]);
            let said = String::from_utf8_lossy(&checked.stderr).into_owned();
            assert!(checked.status.success(), "{backend}: {said}");
            assert_eq!(rows(&checked)[0]["gpus_used"], 64, "{backend} {platform}");
            let case = Case { directory, backend, platform, row: row.clone() };
            if platform == "dynamo" {
                let worker = &case.manifest()["spec"]["components"][1];
                assert_eq!(worker["multinode"]["nodeCount"], 2);
                assert_eq!(gpus(&worker["podTemplate"]["spec"]["containers"][0]), 8);
                continue;
            }
            let second = case.text("run_1.sh");
            let leads = match backend {
                "vllm" => "--data-parallel-start-rank 8 --data-parallel-address \"${NODE_0}\"",
                "sglang" => "--nnodes 2 --node-rank 1",
                _ => "their ranks are started by mpirun on node 0",
            };
            assert!(second.contains(leads), "{second}");
            assert!(case.names().contains(&"run_7.sh".to_owned()), "64 GPUs are 8 nodes");
        }
    }
}

#[test]
fn context_parallel_prefill_is_kept() {
    let root = tempfile::tempdir().expect("a directory");
    let to = root.path().join("out");
    let text = format!(
        "let a = search prefill.cp = 2, prefill.tp = 1, prefill.dp = 1, decode.tp = 1 \
         for 'Qwen/Qwen3-235B-A22B-FP8' on h200_sxm * 32 using sglang as disagg \
         where prefill.workers = 1 top 1; generate a[1] to '{}' for dynamo",
        to.display()
    );
    let output = aiq(&["--format", "json", "-c", &text]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let row = rows(&output)[0].clone();
    let case = Case { directory: to, backend: "sglang", platform: "dynamo", row };
    let (count, argv) = &case.workers()["prefill"];
    assert_eq!(value(argv, "--attn-cp-size"), "2");
    assert_eq!(value(argv, "--tp-size"), "2");
    assert_eq!(*count, 2 * case.number("replicas") * case.number("prefill_workers"));
}

#[test]
fn pools_on_different_gpus_are_told_apart() {
    let root = tempfile::tempdir().expect("a directory");
    let to = root.path().join("out");
    let text = format!(
        "let a = search prefill.system = 'h100_sxm', decode.system = 'h200_sxm' \
         for 'Qwen/Qwen3-32B-FP8' on h200_sxm * 16 using vllm as disagg top 1; \
         generate a[1] to '{}' for dynamo",
        to.display()
    );
    let output = aiq(&["--format", "json", "-c", &text]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = std::fs::read_to_string(to.join("k8s_deploy.yaml")).expect("a manifest");
    for product in ["NVIDIA-H100-SXM5-80GB", "NVIDIA-H200"] {
        assert!(text.contains(product), "{text}");
    }
}

#[test]
fn an_error_leaves_no_file_and_a_setting_is_named() {
    let root = tempfile::tempdir().expect("a directory");
    let to = root.path().join("out");
    let question =
        "let a = search for 'Qwen/Qwen3-32B-FP8' on h200_sxm * 8 using trtllm as agg top 1;";
    let text = format!("{question} generate a[1] to '{}' for llm_d", to.display());
    let output = aiq(&["-c", &text]);
    assert_eq!(output.status.code(), Some(2));
    assert!(!to.exists());
    let text = format!(
        "{question} set deploy_memory_fraction = 0.7; generate a[1] to '{}' for bare",
        to.display()
    );
    let output = aiq(&["-c", &text]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let record = std::fs::read_to_string(to.join("generator.yaml")).expect("a record");
    assert!(record.contains("memory_fraction: 0.7  # set"), "{record}");
    assert!(record.contains("the images hold"), "an engine newer than the data is named");
}
