//! Workers that span nodes, ranks that share a context, pools on different GPUs.

use crate::case::{BACKENDS, Case, gpus, told, value};
use crate::support::binary::{aiq, rows};

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
        let row = told(&text)[0].clone();
        assert_eq!(row["gpus_per_worker"], 16);
        for (platform, directory) in [("dynamo_bare", bare), ("dynamo", dynamo)] {
            let checked = aiq(&["check", &directory.to_string_lossy(), "--format", "json"]);
            let said = String::from_utf8_lossy(&checked.stderr).into_owned();
            assert!(checked.status.success(), "{backend}: {said}");
            assert_eq!(rows(&checked)[0]["gpus_used"], 64, "{backend} {platform}");
            let (model, system) = ("large", "h200_sxm");
            let case = Case { directory, model, system, backend, platform, row: row.clone() };
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
    let row = told(&text)[0].clone();
    let case = Case {
        directory: to,
        model: "moe",
        system: "h200_sxm",
        backend: "sglang",
        platform: "dynamo",
        row,
    };
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
    told(&text);
    let text = std::fs::read_to_string(to.join("k8s_deploy.yaml")).expect("a manifest");
    for product in ["NVIDIA-H100-SXM5-80GB", "NVIDIA-H200"] {
        assert!(text.contains(product), "{text}");
    }
}
