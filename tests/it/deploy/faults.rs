//! Faults that generators of such files had: one test for each, over the whole matrix.
//! `docs/generate.md` lists them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::case::{Case, after, gpus, matrix, value, yaml};

/// Cases of a platform.
fn of(platform: &str) -> impl Iterator<Item = &'static Case> {
    matrix().iter().filter(move |c| c.platform == platform)
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
        assert_eq!(notes.contains("the container image ships"), !same, "{notes}");
        assert!(same || case.platform != "engine", "what was measured is what is installed");
        differ += usize::from(!same);
    }
    assert!(differ > 0);
}
