//! Workers that span nodes, ranks that share a context, pools on different GPUs.

use super::case::{BACKENDS, Generated, check, gpus, value};
use crate::support::binary::{rows, succeeded};

/// DeepSeek-V3 in workers of 16 GPUs, whose files are sound.
fn over_two_nodes(backend: &str, platform: &str) -> Generated {
    let question = format!(
        "search tp = 1, dp = 16, moe_tp = 1, moe_ep = 16 for 'deepseek-ai/DeepSeek-V3' \
         on h200_sxm * 64 using {backend} as agg top 1"
    );
    let files = Generated::new(&question, &format!("for {platform}"));
    assert_eq!(files.row["gpus_per_worker"], 16);
    let checked = check(&files.to);
    succeeded(&checked, &question);
    assert_eq!(rows(&checked)[0]["gpus_used"], 64, "{backend} {platform}");
    files
}

#[test]
fn a_pod_asks_for_no_more_than_its_node() {
    for backend in BACKENDS {
        let files = over_two_nodes(backend, "dynamo");
        let graph = files.yaml("k8s_deploy.yaml");
        let worker = &graph["spec"]["components"][1];
        assert_eq!(worker["multinode"]["nodeCount"], 2);
        assert_eq!(gpus(&worker["podTemplate"]["spec"]["containers"][0]), 8, "{backend}");
    }
}

#[test]
fn tensorrt_llm_over_nodes_is_a_plain_command() {
    let files = over_two_nodes("trtllm", "dynamo");
    let text = files.text("k8s_deploy.yaml");
    assert!(text.contains("kind: ConfigMap") && !text.contains("<<"), "{text}");
    let graph = files.yaml("k8s_deploy.yaml");
    let main = &graph["spec"]["components"][1]["podTemplate"]["spec"]["containers"][0];
    assert_eq!(main["command"], serde_json::json!(["python3", "-m", "dynamo.trtllm"]));
}

#[test]
fn workers_over_nodes_have_scripts() {
    for (backend, words) in [
        ("vllm", vec!["--data-parallel-start-rank 8 --data-parallel-address \"${NODE_0}\""]),
        ("sglang", vec!["--nnodes 2 --node-rank 1", "--dist-init-addr \"${NODE_0}\":"]),
        ("trtllm", vec!["their ranks are started by mpirun on node 0"]),
    ] {
        let files = over_two_nodes(backend, "bare");
        let text = files.text("run_1.sh");
        for word in words {
            assert!(text.contains(word), "{backend}: {text}");
        }
        let devices = text.lines().filter_map(|l| l.split_once("CUDA_VISIBLE_DEVICES="));
        for (_, list) in devices {
            let list = list.split([' ', '\\']).next().expect("a list");
            assert!(list.split(',').all(|d| d.parse::<u64>().expect("a device") < 8), "{list}");
        }
        let last = files.case(backend, "dynamo_bare").names().contains(&"run_7.sh".to_owned());
        assert!(last, "64 GPUs are 8 nodes");
    }
}

#[test]
fn context_parallel_ranks_are_kept() {
    let files = Generated::new(
        "search prefill.cp = 2, prefill.tp = 1, prefill.dp = 1, decode.tp = 1 \
         for 'Qwen/Qwen3-235B-A22B-FP8' on h200_sxm * 32 using sglang as disagg \
         where prefill.workers = 1 top 1",
        "for dynamo",
    );
    let case = files.case("sglang", "dynamo");
    let (count, argv) = &case.workers()["prefill"];
    assert_eq!(value(argv, "--attn-cp-size"), "2");
    assert_eq!(value(argv, "--tp-size"), "2");
    assert_eq!(*count, 2 * case.number("replicas") * case.number("prefill_workers"));
    assert!(files.text("k8s_deploy.yaml").contains("nvidia.com/gpu: \"2\""));
}

#[test]
fn pools_on_different_gpus_are_written() {
    for api in ["v1beta1", "v1alpha1"] {
        let files = Generated::new(
            "search prefill.system = 'h100_sxm', decode.system = 'h200_sxm' \
             for 'Qwen/Qwen3-32B-FP8' on h200_sxm * 16 using vllm as disagg top 1",
            &format!("for dynamo {api}"),
        );
        let text = files.text("k8s_deploy.yaml");
        for product in ["NVIDIA-H100-SXM5-80GB", "NVIDIA-H200"] {
            assert!(text.contains(product), "{text}");
        }
        let releases = files.yaml("generator.yaml")["data"].as_array().map(Vec::len);
        assert_eq!(releases, Some(2), "one release for each system");
    }
}
