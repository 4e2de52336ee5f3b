//! What Kubernetes and its tools say of the files: schemas of the resource, the overlay.

use std::process::Command;

use super::case::{Generated, check, yaml};
use super::matrix::{schema, schema_errors};
use super::rules::{broken, places};
use crate::support::binary::{must, stdout, succeeded};

#[test]
fn the_older_version_is_written_on_request() {
    let schema = schema("dgd_v1alpha1.schema.json");
    for (backend, model, gpus) in [
        ("vllm", "Qwen/Qwen3-32B-FP8", 16),
        ("sglang", "deepseek-ai/DeepSeek-V3", 64),
        ("trtllm", "Qwen/Qwen3-235B-A22B-FP8", 32),
    ] {
        for mode in ["agg", "disagg"] {
            let files = Generated::new(
                &format!(
                    "search for '{model}' on h200_sxm * {gpus} using {backend} as {mode} top 1"
                ),
                "for dynamo v1alpha1 with k8s.namespace = x, \
                 k8s.model_claim = models, env.A = 'b', k8s.image_pull_secret = s, \
                 'k8s.labels.a/b' = 'c', k8s.image_pull_policy = 'Always'",
            );
            let graph = files.yaml("k8s_deploy.yaml");
            assert_eq!(graph["apiVersion"], "nvidia.com/v1alpha1");
            let errors = schema_errors(&schema, &graph);
            assert!(errors.is_empty(), "{backend} {mode}: {errors:?}");
            let (messages, asked) = broken("v1alpha1", &graph);
            assert!(messages.is_empty() && asked > 4, "{messages:?}, {asked}");
            let sum: u64 = places(&graph, ".spec.services.*")
                .into_iter()
                .filter(|s| s["componentType"] == "worker")
                .map(|s| {
                    let limit = s["resources"]["limits"]["gpu"].as_str().expect("a limit");
                    let limit: u64 = limit.parse().expect("a number");
                    let nodes = s["multinode"]["nodeCount"].as_u64().unwrap_or(1);
                    s["replicas"].as_u64().expect("replicas") * nodes * limit
                })
                .sum();
            assert_eq!(Some(sum), files.row["gpus_used"].as_u64());
            succeeded(&check(&files.to), backend);
        }
    }
}

#[test]
fn the_overlay_applies_to_its_base() {
    if Command::new("kubectl").arg("version").arg("--client").output().is_err() {
        println!("skipped: kubectl is not installed");
        return;
    }
    let root = tempfile::tempdir().expect("a directory");
    let base = root.path().join("base");
    std::fs::create_dir(&base).expect("a directory");
    let deployment = |role: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {role}}}\nspec:\n  \
             selector: {{matchLabels: {{role: {role}}}}}\n  template:\n    \
             metadata: {{labels: {{role: {role}}}}}\n    spec:\n      \
             initContainers: [{{name: routing-proxy, image: old}}]\n      \
             containers: [{{name: modelserver, image: old, command: [], args: []}}]\n"
        )
    };
    let text = format!("{}---\n{}", deployment("prefill"), deployment("decode"));
    std::fs::write(base.join("all.yaml"), text).expect("written");
    std::fs::write(base.join("kustomization.yaml"), "resources: [all.yaml]\n").expect("written");
    for backend in ["vllm", "sglang"] {
        let to = root.path().join(backend);
        let row = must(&format!(
            "let a = search for 'Qwen/Qwen3-32B-FP8' on h200_sxm * 16 using {backend} as disagg \
             top 1; generate a[1] to '{}' for llm_d with llm_d.base = '../base', \
             k8s.namespace = serving, bench.url = 'http://gateway'",
            to.display()
        ))
        .remove(0);
        let output = Command::new("kubectl").arg("kustomize").arg(&to).output().expect("kubectl");
        succeeded(&output, backend);
        let rendered = stdout(&output);
        let mut gpus = 0;
        for document in rendered.split("\n---\n").map(yaml) {
            let pods = document["spec"]["replicas"].as_u64().expect("replicas");
            let spec = &document["spec"]["template"]["spec"];
            let main = &spec["containers"][0];
            let limit = main["resources"]["limits"]["nvidia.com/gpu"].as_str().expect("a limit");
            gpus += pods * limit.parse::<u64>().expect("a number");
            assert_eq!(document["metadata"]["namespace"], "serving");
            assert!(main["args"].as_array().is_some_and(|a| a.len() > 10), "{main}");
            let decodes =
                document["metadata"]["name"].as_str().expect("a name").ends_with("decode");
            assert_eq!(spec["initContainers"][0]["image"] != "old", decodes);
        }
        assert_eq!(Some(gpus), row["gpus_used"].as_u64());
        assert!(to.join("k8s_bench.yaml").is_file(), "with an address there is a Job");
    }
}
