//! Faults that generators of such files had: one test for each, over the whole matrix where it is
//! about all files. `docs/generate.md` lists them.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::case::{BACKENDS, Case, after, gpus, matrix, told, value, yaml};
use crate::support::binary::aiq;

/// Cases of a platform.
fn of(platform: &str) -> impl Iterator<Item = &'static Case> {
    matrix().iter().filter(move |c| c.platform == platform)
}

/// DeepSeek-V3 in workers of 16 GPUs.
fn over_two_nodes(root: &std::path::Path, backend: &str, platform: &str) -> std::path::PathBuf {
    let to = root.join(format!("{backend}-{platform}"));
    told(&format!(
        "let a = search tp = 1, dp = 16, moe_tp = 1, moe_ep = 16 for 'deepseek-ai/DeepSeek-V3' \
         on h200_sxm * 64 using {backend} as agg top 1; generate a[1] to '{}' for {platform}",
        to.display()
    ));
    to
}

#[test]
fn attention_ranks_are_counted_once() {
    let mut with_ranks = 0;
    for case in matrix() {
        let sum: u64 = case.workers().values().map(|w| w.0).sum();
        assert_eq!(sum, case.number("gpus_used"), "{}", case.directory.display());
        with_ranks +=
            case.roles().iter().filter(|r| case.number(&format!("{}dp", r.1)) > 1).count();
    }
    assert!(with_ranks > 10, "{with_ranks} pools have data-parallel attention");
}

#[test]
fn a_pod_asks_for_no_more_than_its_node() {
    let root = tempfile::tempdir().expect("a directory");
    for backend in BACKENDS {
        let to = over_two_nodes(root.path(), backend, "dynamo");
        let text = std::fs::read_to_string(to.join("k8s_deploy.yaml")).expect("a manifest");
        let graph = yaml(text.split("\n---\n").last().expect("a document"));
        let worker = &graph["spec"]["components"][1];
        assert_eq!(worker["multinode"]["nodeCount"], 2);
        assert_eq!(gpus(&worker["podTemplate"]["spec"]["containers"][0]), 8, "{backend}");
    }
}

#[test]
fn workers_over_nodes_have_scripts() {
    let root = tempfile::tempdir().expect("a directory");
    for (backend, words) in [
        ("vllm", vec!["--data-parallel-start-rank 8", "--data-parallel-address \"${NODE_0}\""]),
        ("sglang", vec!["--nnodes 2", "--node-rank 1", "--dist-init-addr \"${NODE_0}\":"]),
        ("trtllm", vec!["started by mpirun on node 0"]),
    ] {
        let to = over_two_nodes(root.path(), backend, "bare");
        let text = std::fs::read_to_string(to.join("run_1.sh")).expect("a script of a second node");
        for word in words {
            assert!(text.contains(word), "{backend}: {text}");
        }
        let devices = text.lines().filter_map(|l| l.split_once("CUDA_VISIBLE_DEVICES="));
        for (_, list) in devices {
            let list = list.split([' ', '\\']).next().expect("a list");
            assert!(list.split(',').all(|d| d.parse::<u64>().expect("a device") < 8), "{list}");
        }
    }
}

#[test]
fn tensorrt_llm_over_nodes_is_a_plain_command() {
    let root = tempfile::tempdir().expect("a directory");
    let to = over_two_nodes(root.path(), "trtllm", "dynamo");
    let text = std::fs::read_to_string(to.join("k8s_deploy.yaml")).expect("a manifest");
    assert!(text.contains("kind: ConfigMap") && !text.contains("<<"), "{text}");
    let graph = yaml(text.split("\n---\n").last().expect("a document"));
    let main = &graph["spec"]["components"][1]["podTemplate"]["spec"]["containers"][0];
    assert_eq!(main["command"], serde_json::json!(["python3", "-m", "dynamo.trtllm"]));
}

#[test]
fn context_parallel_ranks_are_kept() {
    let root = tempfile::tempdir().expect("a directory");
    let to = root.path().join("out");
    told(&format!(
        "let a = search prefill.cp = 2, prefill.tp = 1, prefill.dp = 1, decode.tp = 1 \
         for 'Qwen/Qwen3-235B-A22B-FP8' on h200_sxm * 32 using sglang as disagg \
         where prefill.workers = 1 top 1; generate a[1] to '{}' for dynamo",
        to.display()
    ));
    let text = std::fs::read_to_string(to.join("k8s_deploy.yaml")).expect("a manifest");
    assert!(text.contains("--attn-cp-size") && text.contains("nvidia.com/gpu: \"2\""), "{text}");
}

#[test]
fn blackwell_gets_no_flag_its_engine_refuses() {
    let blackwell: Vec<_> = matrix().iter().filter(|c| c.system == "b200_sxm").collect();
    assert!(blackwell.len() > 20, "{} cases on Blackwell", blackwell.len());
    for case in blackwell {
        for (_, argv) in case.workers().values() {
            assert!(after(argv, "--moe-runner-backend").is_none(), "{argv:?}");
            let exchange = after(argv, "--moe-a2a-backend").is_some();
            assert!(!exchange || argv.iter().any(|w| w == "deepep"), "{argv:?}");
        }
        for name in case.names() {
            assert!(!case.text(&name).contains("WIDEEP"), "{name}");
        }
    }
}

#[test]
fn the_share_of_memory_is_that_of_the_search() {
    for case in matrix() {
        let record = yaml(&case.text("generator.yaml"));
        for (role, (_, argv)) in case.workers() {
            let told = match case.backend {
                "vllm" => value(&argv, "--gpu-memory-utilization"),
                "sglang" => value(&argv, "--mem-fraction-static"),
                _ => {
                    let engine = yaml(&case.text(&format!("{role}_config.yaml")));
                    engine["kv_cache_config"]["free_gpu_memory_fraction"].to_string()
                }
            };
            let searched = &record["pools"][&role]["values"]["memory_fraction"]["value"];
            assert_eq!(told, searched.to_string(), "{}", case.directory.display());
            let usual = match (case.backend, role.as_str()) {
                ("vllm", "agg") => Some("0.92"),
                ("sglang", "agg") => Some("0.88"),
                ("trtllm", _) => Some("0.9"),
                _ => None,
            };
            assert!(usual.is_none_or(|u| told == u), "{told}");
        }
    }
}

#[test]
fn batch_limits_are_those_of_the_search() {
    for case in matrix() {
        for (role, prefix) in case.roles() {
            let n = |name: &str| case.number(&format!("{prefix}{name}"));
            let (_, argv) = &case.workers()[role];
            let told = match case.backend {
                "vllm" => value(argv, "--max-num-seqs"),
                "sglang" => value(argv, "--max-running-requests"),
                _ => {
                    let engine = yaml(&case.text(&format!("{role}_config.yaml")));
                    assert_eq!(engine["max_seq_len"], 5256);
                    engine["max_batch_size"].to_string()
                }
            };
            let ranks = match case.backend {
                "vllm" => n("pp"),
                "sglang" => n("pp") * n("dp"),
                _ => 1,
            };
            assert_eq!(told, (n("batch") * ranks).to_string(), "{}", case.directory.display());
        }
    }
}

#[test]
fn graph_sizes_rise_to_the_batch_limit() {
    for case in matrix() {
        for (role, prefix) in case.roles().into_iter().filter(|r| r.0 != "prefill") {
            let (_, argv) = &case.workers()[role];
            let sizes: Vec<u64> = match case.backend {
                "trtllm" => {
                    let engine = yaml(&case.text(&format!("{role}_config.yaml")));
                    let list = engine["cuda_graph_config"]["batch_sizes"].as_array().cloned();
                    list.unwrap_or_default().iter().filter_map(Value::as_u64).collect()
                }
                backend => {
                    let vllm = backend == "vllm";
                    let flag =
                        if vllm { "--cudagraph-capture-sizes" } else { "--cuda-graph-bs-decode" };
                    let list = after(argv, flag).expect("sizes");
                    list.iter().map(|s| s.parse().expect("a size")).collect()
                }
            };
            assert!(sizes.windows(2).all(|w| w[0] < w[1]), "{sizes:?}");
            assert_eq!(sizes.last(), Some(&case.number(&format!("{prefix}batch"))));
        }
    }
}

#[test]
fn no_absent_value_is_a_word() {
    for case in matrix() {
        for name in case.names() {
            let text = case.text(&name).replace("/dev/null", "");
            let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
            let found = words.find(|w| ["None", "null", "NaN", "undefined"].contains(w));
            assert_eq!(found, None, "{}/{name}", case.directory.display());
        }
    }
}

#[test]
fn the_benchmark_reaches_the_predicted_load() {
    for case in matrix() {
        let predicted = case.row["concurrency"].as_f64().expect("a load").round().to_string();
        let text = case.text("bench.sh");
        let loads: Vec<&str> = text.lines().filter_map(|l| l.strip_prefix("run ")).collect();
        let found = loads.iter().any(|l| l.starts_with(&format!("{predicted} {predicted} ")));
        assert!(found, "{loads:?}: {predicted}");
        if case.platform == "dynamo" {
            assert!(loads.iter().all(|l| case.text("k8s_bench.yaml").contains(*l)));
        }
    }
}

#[test]
fn one_frontend_finds_all_workers() {
    for case in of("dynamo_bare") {
        for name in case.names().iter().filter(|n| n.starts_with("run_")) {
            let text = case.text(name);
            assert_eq!(text.contains("dynamo.frontend"), name == "run_0.sh", "{name}");
            assert!(
                text.contains("export ETCD_ENDPOINTS=") && text.contains("export NATS_SERVER=")
            );
            let ports: Vec<&str> =
                text.lines().filter(|l| l.contains("DYN_SYSTEM_PORT=")).collect();
            let distinct: BTreeSet<&&str> = ports.iter().collect();
            assert_eq!(ports.len(), distinct.len(), "{name}: workers share a port");
        }
    }
}

#[test]
fn llm_d_gets_what_its_chart_takes() {
    let mut seen = 0;
    for case in of("llm_d") {
        let values = case.manifest();
        for (role, (_, argv)) in case.workers() {
            let key = if role == "agg" { "decode" } else { &role };
            let command = &values[key]["containers"][0]["modelCommand"];
            assert_eq!(command, if case.backend == "vllm" { "vllmServe" } else { "custom" });
            let twice = ["--model", "--tensor-parallel-size", "--served-model-name"];
            let chart_says = case.backend == "vllm";
            assert!(!chart_says || twice.iter().all(|f| after(&argv, f).is_none()), "{argv:?}");
            let hands_over = match case.backend {
                "vllm" => after(&argv, "--kv-transfer-config").is_some(),
                _ => after(&argv, "--disaggregation-mode").is_some(),
            };
            assert_eq!(hands_over, role != "agg", "{argv:?}");
            let name = format!("patch-{key}.yaml");
            if case.names().contains(&name) {
                seen += 1;
                let patch = yaml(&case.text(&name));
                let main = &patch["spec"]["template"]["spec"]["containers"][0];
                let pods = patch["spec"]["replicas"].as_u64().expect("replicas");
                let (sum, _) = case.workers()[&role];
                assert_eq!(pods * gpus(main), sum, "data-parallel ranks count");
            }
        }
        if case.names().contains(&"kustomization.yaml".to_owned()) {
            let base = yaml(&case.text("kustomization.yaml"));
            let base = base["resources"][0].as_str().expect("a base").to_owned();
            assert!(base.starts_with("https://") && base.contains("?ref="), "{base}");
        }
    }
    assert!(seen > 10, "{seen} patches");
}

#[test]
fn a_failure_is_an_error_without_files() {
    let root = tempfile::tempdir().expect("a directory");
    let to = root.path().join("out");
    let question =
        "let a = search for 'Qwen/Qwen3-32B-FP8' on h200_sxm * 8 using trtllm as agg top 1;";
    for (rest, status) in [
        ("for llm_d", 2),
        ("for dynamo with k8s.namespce = x", 2),
        ("for dynamo with engine.max_batch_sice = 3", 2),
        ("for dynamo with 'absent.yaml'", 2),
        ("for dynamo with tp = 2", 2),
    ] {
        let text = format!("{question} generate a[1] to '{}' {rest}", to.display());
        let output = aiq(&["-c", &text]);
        assert_eq!(output.status.code(), Some(status), "{rest}");
        assert!(!output.stderr.is_empty() && !to.exists(), "{rest}");
    }
}

#[test]
fn the_resource_is_of_the_stored_version() {
    for case in of("dynamo") {
        assert_eq!(case.manifest()["apiVersion"], "nvidia.com/v1beta1");
    }
}

#[test]
fn the_record_agrees_with_the_files() {
    for case in matrix() {
        let record = yaml(&case.text("generator.yaml"));
        assert_eq!(record["row"]["gpus_used"], record["gpus"]);
        assert_eq!(record["row"]["rank"], case.row["rank"]);
        for (role, (_, argv)) in case.workers() {
            let pool = &record["pools"][&role];
            let recorded: Vec<&str> =
                pool["argv"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            // Scripts add what one node needs.
            assert_eq!(
                argv.iter().take(4).collect::<Vec<_>>(),
                recorded.iter().take(4).collect::<Vec<_>>()
            );
            assert!(case.is_scripts() || argv == recorded, "{argv:?}");
            for (name, line) in pool["values"].as_object().expect("values") {
                assert!(line["origin"].as_str().is_some_and(|o| !o.is_empty()), "{name}: {line}");
            }
        }
    }
}

#[test]
fn another_engine_version_is_named() {
    let mut differ = 0;
    for case in matrix() {
        let record = yaml(&case.text("generator.yaml"));
        assert_eq!(record["measured_version"], case.row["version"]);
        let data = &record["data"][0];
        assert_eq!(data["version"], case.row["version"]);
        assert_eq!(data["digest"].as_str().map(str::len), Some(16), "{data}");
        let notes = record["notes"].to_string();
        let same = record["measured_version"] == record["engine_version"];
        assert_eq!(notes.contains("the images hold"), !same, "{notes}");
        assert!(same || case.platform != "engine", "what was measured is what is installed");
        differ += usize::from(!same);
    }
    assert!(differ > 0);
}

#[test]
fn pools_on_different_gpus_are_written() {
    let root = tempfile::tempdir().expect("a directory");
    let to = root.path().join("out");
    told(&format!(
        "let a = search prefill.system = 'h100_sxm', decode.system = 'h200_sxm' \
         for 'Qwen/Qwen3-32B-FP8' on h200_sxm * 16 using vllm as disagg top 1; \
         generate a[1] to '{}' for dynamo v1alpha1",
        to.display()
    ));
    let text = std::fs::read_to_string(to.join("k8s_deploy.yaml")).expect("a manifest");
    assert!(text.contains("NVIDIA-H100-SXM5-80GB") && text.contains("NVIDIA-H200"), "{text}");
    let record = yaml(&std::fs::read_to_string(to.join("generator.yaml")).expect("a record"));
    assert_eq!(record["data"].as_array().map(Vec::len), Some(2), "one release for each system");
}

/// What an engine is told of one row.
fn argv_of(question: &str, target: &str) -> (tempfile::TempDir, String) {
    let root = tempfile::tempdir().expect("a directory");
    let to = root.path().join("out");
    told(&format!("let a = {question}; generate a[1] to '{}' for {target}", to.display()));
    let text = std::fs::read_to_string(to.join("run_0.sh")).expect("a script");
    (root, text)
}

fn flag(text: &str, name: &str) -> u64 {
    let rest =
        text.split_once(&format!("{name} ")).unwrap_or_else(|| panic!("no {name}: {text}")).1;
    rest.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or_else(|| panic!("{name}: {rest}"))
}

#[test]
fn there_is_room_for_the_chat_template() {
    for case in matrix() {
        for (role, (_, argv)) in case.workers() {
            let length: u64 = match case.backend {
                "vllm" => value(&argv, "--max-model-len").parse().expect("a length"),
                "sglang" => value(&argv, "--context-length").parse().expect("a length"),
                _ => {
                    let engine = yaml(&case.text(&format!("{role}_config.yaml")));
                    if role == "prefill" {
                        let step = engine["max_num_tokens"].as_u64().expect("a limit");
                        let batch = engine["max_batch_size"].as_u64().expect("a batch");
                        assert!(step >= batch * (4000 + 256), "{step} for {batch} prompts");
                    }
                    engine["max_seq_len"].as_u64().expect("a length")
                }
            };
            assert_eq!(length, 4000 + 1000 + 256, "{}", case.directory.display());
        }
    }
    // No more than the model reads, and as much as a user wants.
    let whole = "search tp = 2 for 'Qwen/Qwen3-32B-FP8' on h200_sxm * 2 using vllm";
    let (_root, text) =
        argv_of(&format!("{whole} serving isl = 40900, osl = 10 as agg top 1"), "vllm");
    assert_eq!(flag(&text, "--max-model-len"), 40_960);
    let set = format!("{whole} as agg top 1; set deploy_room = 7");
    let (_root, text) = argv_of(&set, "vllm");
    assert_eq!(flag(&text, "--max-model-len"), 5_007);
}

#[test]
fn a_step_has_a_token_for_each_request() {
    let root = tempfile::tempdir().expect("a directory");
    let to = root.path().join("out");
    told(&format!(
        "let a = search pp = 4, tp = 8 for 'meta-llama/Llama-3.1-405B-Instruct' on h200_sxm * 64 \
         using vllm serving isl = 4096, osl = 512 as disagg maximize tokens_per_gpu top 1; \
         generate a[1] to '{}' for vllm",
        to.display()
    ));
    for entry in std::fs::read_dir(&to).expect("files") {
        let path = entry.expect("a file").path();
        let text = std::fs::read_to_string(&path).expect("text");
        for line in text.lines().filter(|l| l.contains("vllm serve")) {
            let (tokens, requests) =
                (flag(line, "--max-num-batched-tokens"), flag(line, "--max-num-seqs"));
            assert!(tokens >= requests, "{tokens} tokens for {requests} requests");
        }
    }
}

#[test]
fn context_parallelism_is_searched_where_it_is_deployed() {
    for backend in ["vllm", "trtllm"] {
        let text = format!(
            "search cp in [2, 4] for 'Qwen/Qwen3-235B-A22B-FP8' on b200_sxm * 32 using {backend} as agg"
        );
        let output = aiq(&["-c", &text]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("context_parallel_engine"), "{said}");
    }
}

#[test]
fn workers_share_no_port() {
    let root = tempfile::tempdir().expect("a directory");
    for target in ["dynamo_bare", "vllm"] {
        let to = root.path().join(target);
        told(&format!(
            "let a = search prefill.workers = 2, prefill.tp = 1, decode.workers = 1, decode.tp = 1, \
             decode.dp = 2 for 'Qwen/Qwen3-30B-A3B-FP8' on b200_sxm * 16 using vllm as disagg top 1; \
             generate a[1] to '{}' for {target}",
            to.display()
        ));
        let mut taken: BTreeSet<u64> = BTreeSet::new();
        let text = std::fs::read_to_string(to.join("run_0.sh")).expect("a script");
        let workers = text.split("CUDA_VISIBLE_DEVICES=").skip(1);
        for worker in workers {
            let gpus = worker.split(' ').next().expect("a list").split(',').count() as u64;
            let (_, port) = worker.split_once("SIDE_CHANNEL_PORT").expect("a port");
            let mut numbers = port.split(|c: char| !c.is_ascii_digit()).filter(|w| !w.is_empty());
            let first: u64 = numbers.next().and_then(|n| n.parse().ok()).expect("a port");
            for port in first..first + gpus {
                assert!(taken.insert(port), "{target}: {port} is taken\n{text}");
            }
        }
        assert!(taken.len() > 6, "{taken:?}");
    }
}

#[test]
fn the_benchmark_sends_what_was_asked() {
    let root = tempfile::tempdir().expect("a directory");
    let to = root.path().join("out");
    told(&format!(
        "let a = search tp = 4 for 'Qwen/Qwen3-VL-30B-A3B-Instruct' on h200_sxm * 4 using vllm serving \
         isl = 2000, osl = 100, prefix = 500, images = 2, image_width = 640, image_height = 480 as agg \
         top 1; generate a[1] to '{}' with bench.loads = 3",
        to.display()
    ));
    let text = std::fs::read_to_string(to.join("bench.sh")).expect("a benchmark");
    // Folder, requests at once and in all, tokens in, of these cached, tokens out, images.
    assert!(text.contains("\nrun 3 3 30 2000 500 100 2 640 480 "), "{text}");
}

#[test]
fn a_folder_is_written_with_its_place() {
    let root = tempfile::tempdir().expect("a directory");
    let model = root.path().join("tiny model");
    std::fs::create_dir(&model).expect("a directory");
    let config = concat!(env!("CARGO_MANIFEST_DIR"), "/models/catalog/Qwen--Qwen3-8B.json");
    std::fs::copy(config, model.join("config.json")).expect("a checkpoint");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_aiq"))
        .args([
            "-c",
            "let a = search tp = 1 for './tiny model' on h200_sxm * 1 using vllm as agg top 1; \
                generate a[1] to 'plain'; generate a[1] to 'k8s' for dynamo with k8s.name = tiny",
        ])
        .args(["--systems", concat!(env!("CARGO_MANIFEST_DIR"), "/systems")])
        .current_dir(root.path())
        .output()
        .expect("the binary runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("is a folder of this machine"), "{said}");
    let real = model.canonicalize().expect("a place");
    let text = std::fs::read_to_string(root.path().join("plain/run_0.sh")).expect("a script");
    assert!(text.contains(&format!("vllm serve '{}'", real.display())), "{text}");
    assert!(text.contains("--served-model-name 'tiny model'"), "{text}");
}
