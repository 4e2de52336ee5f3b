//! Faults that generators of such files had, each seen in the files of one question.
//! `docs/generate.md` lists them.

use std::collections::BTreeSet;

use super::case::{Generated, matrix, value, yaml};
use crate::support::binary::{aiq, aiq_in, stderr, stdout};
use crate::support::{root, text_of};

/// The number behind a flag.
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
    let long =
        Generated::new(&format!("{whole} serving isl = 40900, osl = 10 as agg top 1"), "for vllm");
    assert_eq!(flag(&long.text("run_0.sh"), "--max-model-len"), 40_960);
    let set = Generated::new(&format!("{whole} as agg top 1; set deploy_room = 7"), "for vllm");
    assert_eq!(flag(&set.text("run_0.sh"), "--max-model-len"), 5_007);
}

#[test]
fn a_step_has_a_token_for_each_request() {
    let files = Generated::new(
        "search pp = 4, tp = 8 for 'meta-llama/Llama-3.1-405B-Instruct' on h200_sxm * 64 \
         using vllm serving isl = 4096, osl = 512 as disagg maximize tokens_per_gpu top 1",
        "for vllm",
    );
    for name in files.case("vllm", "engine").names() {
        for line in files.text(&name).lines().filter(|l| l.contains("vllm serve")) {
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
        let said = stdout(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("context_parallel_engine"), "{said}");
    }
}

#[test]
fn workers_share_no_port() {
    for target in ["dynamo_bare", "vllm"] {
        let files = Generated::new(
            "search prefill.workers = 2, prefill.tp = 1, decode.workers = 1, decode.tp = 1, \
             decode.dp = 2 for 'Qwen/Qwen3-30B-A3B-FP8' on b200_sxm * 16 using vllm as disagg top 1",
            &format!("for {target}"),
        );
        let mut taken: BTreeSet<u64> = BTreeSet::new();
        let text = files.text("run_0.sh");
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
    let files = Generated::new(
        "search tp = 4 for 'Qwen/Qwen3-VL-30B-A3B-Instruct' on h200_sxm * 4 using vllm serving \
         isl = 2000, osl = 100, prefix = 500, images = 2, image_width = 640, image_height = 480 \
         as agg top 1",
        "with bench.loads = 3",
    );
    let text = files.text("bench.sh");
    // Folder, requests at once and in all, tokens in, of these cached, tokens out, images.
    assert!(text.contains("\nrun 3 3 30 2000 500 100 2 640 480 "), "{text}");
}

#[test]
fn a_folder_is_written_with_its_place() {
    let folder = tempfile::tempdir().expect("a directory");
    let model = folder.path().join("tiny model");
    std::fs::create_dir(&model).expect("a directory");
    let config = root().join("models/catalog/Qwen--Qwen3-8B.json");
    std::fs::copy(config, model.join("config.json")).expect("a checkpoint");
    let text = "let a = search tp = 1 for './tiny model' on h200_sxm * 1 using vllm as agg top 1; \
                generate a[1] to 'plain'; generate a[1] to 'k8s' for dynamo with k8s.name = tiny";
    let output = aiq_in(folder.path(), &["-c", text]);
    let said = stdout(&output);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(said.contains("is a folder of this machine"), "{said}");
    let real = model.canonicalize().expect("a place");
    let text = text_of(folder.path().join("plain/run_0.sh"));
    assert!(text.contains(&format!("vllm serve '{}'", real.display())), "{text}");
    assert!(text.contains("--served-model-name 'tiny model'"), "{text}");
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
