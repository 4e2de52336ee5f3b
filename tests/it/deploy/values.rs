//! Values of users, `aiq generate`, and what `aiq check` says of edited files.

use super::case::{Generated, check, yaml};
use crate::support::binary::{aiq, must, rows, run, stderr, stdout, succeeded, typed};
use crate::support::{number, text_of};

const DENSE: &str = "search for 'Qwen/Qwen3-32B-FP8' on h200_sxm * 8";

#[test]
fn values_of_the_user_stand_in_every_file() {
    let root = tempfile::tempdir().expect("a directory");
    let (to, file) = (root.path().join("out"), root.path().join("values.yaml"));
    let text = "k8s: {namespace: over, shared_memory: 16Gi, node_selector: {pool/name: a},\n  \
                tolerations: [{key: gpu, operator: Exists}], model_claim: models}\n\
                engine: {block_size: 64}\nenv: {NCCL_DEBUG: INFO}\n";
    std::fs::write(&file, text).expect("written");
    must(&format!(
        "let a = {DENSE} using vllm as disagg top 1; generate a[1] to '{}' for dynamo \
         with '{}', k8s.namespace = serving, decode.engine.max_num_seqs = 8, \
         engine.enable_chunked_prefill = false, engine.gpu_memory_utilization = 0.8, \
         runtime.dyn_tool_call_parser = 'hermes', frontend.router_mode = 'kv', bench.tool = vllm",
        to.display(),
        file.display()
    ));
    let text = text_of(to.join("k8s_deploy.yaml"));
    let graph = yaml(&text);
    assert_eq!(graph["metadata"]["namespace"], "serving");
    let components = graph["spec"]["components"].as_array().expect("components");
    assert_eq!(components[0]["podTemplate"]["spec"]["containers"][0]["args"][1], "kv");
    for component in &components[1..] {
        let spec = &component["podTemplate"]["spec"];
        assert_eq!(component["sharedMemorySize"], "16Gi");
        assert_eq!(spec["nodeSelector"]["pool/name"], "a");
        assert_eq!(spec["tolerations"][0]["operator"], "Exists");
        let args = spec["containers"][0]["args"].to_string();
        for words in [
            r#""--block-size","64""#,
            r#""--gpu-memory-utilization","0.8""#,
            r#""--no-enable-chunked-prefill""#,
            r#""--dyn-tool-call-parser","hermes""#,
        ] {
            assert!(args.contains(words), "{words} not in {args}");
        }
        let decodes = component["type"] == "decode";
        assert_eq!(args.contains(r#""--max-num-seqs","8""#), decodes, "{args}");
    }
    let record = yaml(&text_of(to.join("generator.yaml")));
    let origin = |value: &serde_json::Value| value["origin"].as_str().unwrap_or("").to_owned();
    assert_eq!(origin(&record["settings"]["k8s.namespace"]), "user");
    assert_eq!(origin(&record["settings"]["k8s.image"]), "engine version");
    assert_eq!(origin(&record["settings"]["k8s.token_secret"]), "default");
    let decode = &record["pools"]["decode"];
    assert_eq!(origin(&decode["engine"]["block_size"]), "user");
    assert_eq!(origin(&decode["values"]["running"]), "user");
    assert_eq!(origin(&decode["values"]["node_gpus"]), "hardware");
    assert_eq!(origin(&decode["values"]["kv_block"]), "default");
    assert_eq!(origin(&decode["values"]["pp"]), "searched row");
    assert!(text_of(to.join("k8s_bench.yaml")).contains("value: vllm"));
    succeeded(&check(&to), "check");
}

#[test]
fn texts_of_users_cannot_leave_their_place() {
    let root = tempfile::tempdir().expect("a directory");
    let to = root.path().join("out");
    must(&format!(
        "let a = {DENSE} using vllm as agg top 1; generate a[1] to '{}' for bare with \
         env.A = '$(touch {}/x)\"''; exit', engine.load_format = '${{HOME}}\"', engine.seed = 3",
        to.display(),
        root.path().display()
    ));
    let script = text_of(to.join("run_0.sh"));
    assert!(script.contains(r#"--load-format '${HOME}"'"#), "{script}");
    let export = script.lines().find(|l| l.starts_with("export A=")).expect("an export");
    let shown = format!("{export}; echo \"$A\"");
    let output = std::process::Command::new("bash").arg("-c").arg(shown).output().expect("bash");
    let said = stdout(&output);
    assert!(said.starts_with("$(touch") && !root.path().join("x").exists(), "{said}");
}

#[test]
fn unknown_values_are_refused_with_the_nearest() {
    let root = tempfile::tempdir().expect("a directory");
    let to = root.path().join("out");
    for (value, help) in [
        ("k8s.namespac = x", "did you mean `k8s.namespace`?"),
        ("engine.block_sise = 64", "the nearest that it knows is `--block-size`"),
        ("frontend.router_mod = kv", "the nearest that it knows is `--router-mode`"),
        ("memory_fractoin = 0.5", "did you mean `memory_fraction`?"),
        ("decode.engine.block_size = 64", "it has agg workers"),
        ("engine.tensor_parallel_size = 4", "search or estimate with that size"),
        ("k8s.namespace = 'Not One'", "small letters"),
        ("bench.loads = [0]", "whole numbers from 1"),
    ] {
        let text = format!(
            "let a = {DENSE} using vllm as agg top 1; generate a[1] to '{}' for dynamo with {value}",
            to.display()
        );
        let output = aiq(&["-c", &text]);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{value}");
        assert!(said.contains(help) && !to.exists(), "{value}: {said}");
    }
}

#[test]
fn settings_may_be_texts() {
    let set = "set deploy_kv_dtype = 'fp8_e5m2', deploy_memory_fraction = 0.7";
    let files = Generated::new(&format!("{DENSE} using sglang as agg top 1; {set}"), "for bare");
    assert!(files.text("run_0.sh").contains("--kv-cache-dtype fp8_e5m2"));
    let record = files.yaml("generator.yaml");
    let values = &record["pools"]["agg"]["values"];
    assert_eq!(values["kv_dtype"]["origin"], "user");
    assert_eq!(values["memory_fraction"]["value"], 0.7);
}

#[test]
fn a_sound_configuration_needs_no_search() {
    let root = tempfile::tempdir().expect("a directory");
    for (model, system, gpus, backend, tp) in [
        ("QWEN3_32B", "h200_sxm", "6", "vllm", 1.0),
        ("deepseek-ai/DeepSeek-V3", "h200_sxm", "16", "trtllm", 8.0),
        ("deepseek-ai/DeepSeek-V3", "b200_sxm", "8", "sglang", 8.0),
    ] {
        let to = root.path().join(format!("{backend}-{system}"));
        let line = format!(
            "generate --model {model} --system {system} --total_gpus {gpus} --backend {backend} \
             --to {} --target dynamo --set k8s.namespace=serving --api v1alpha1",
            to.display()
        );
        succeeded(&typed(&line), &line);
        let record = yaml(&text_of(to.join("generator.yaml")));
        assert_eq!(record["row"]["tp"].as_f64(), Some(tp), "{model} on {system}");
        assert_eq!(record["settings"]["k8s.namespace"]["value"], "serving");
        succeeded(&check(&to), model);
    }
    let to = root.path().join("large");
    let output = typed(&format!(
        "generate --model deepseek-ai/DeepSeek-V3 --system h200_sxm --total_gpus 2 --to {}",
        to.display()
    ));
    assert_eq!(output.status.code(), Some(1), "671 GB do not fit two GPUs");
    assert!(!to.exists());
}

#[test]
fn an_answer_is_deployed_from_its_rows() {
    let root = tempfile::tempdir().expect("a directory");
    let (rows_file, to) = (root.path().join("rows.json"), root.path().join("out"));
    let question = "search for 'Qwen/Qwen3-235B-A22B-FP8' on h200_sxm * 32 using trtllm \
                    serving isl = 2000, osl = 500 top 1 per mode";
    let output = run(question);
    std::fs::write(&rows_file, &output.stdout).expect("written");
    let answered = rows(&output);
    let (from, place) = (rows_file.to_string_lossy(), to.to_string_lossy());
    let command = ["generate", "--from", &from, "--rank", "2", "--to", &place];
    let refused = aiq(&[&command[..], &["--isl", "3000"]].concat());
    let said = stderr(&refused);
    assert!(said.contains("AIQ0714") && !to.exists(), "other requests: {said}");
    succeeded(&aiq(&command), question);
    let record = yaml(&text_of(to.join("generator.yaml")));
    assert_eq!(record["mode"], answered[1]["mode"]);
    assert_eq!(record["gpus"], answered[1]["gpus_used"]);
}

#[test]
fn edited_files_are_priced_as_they_are() {
    for (backend, old, new) in
        [("vllm", "--max-num-seqs", "4"), ("sglang", "--max-running-requests", "4")]
    {
        let files = Generated::new(&format!("{DENSE} using {backend} as agg top 1"), "for dynamo");
        let check = || check(&files.to);
        let before = rows(&check())[0].clone();
        for name in ["ttft", "tpot", "tokens_per_gpu"] {
            let (is, was) = (number(&before, name), number(&before, &format!("answer_{name}")));
            assert!((is - was).abs() < was * 1e-9, "{name}: {is}, answered {was}");
        }
        let file = files.to.join("k8s_deploy.yaml");
        let text = text_of(&file);
        let (head, tail) = text.split_once(old).expect("a flag");
        let (_, rest) = tail.split_once("- \"").expect("a value");
        let (_, rest) = rest.split_once('"').expect("its end");
        std::fs::write(&file, format!("{head}{old}\"\n                - \"{new}\"{rest}"))
            .expect("written");
        let output = check();
        assert_eq!(output.status.code(), Some(1));
        let after = rows(&output)[0].clone();
        assert!(
            number(&after, "tpot") < number(&before, "tpot"),
            "fewer requests are faster: {after}"
        );
        assert!(number(&after, "tokens_per_gpu") < number(&before, "tokens_per_gpu"));
        let record = files.yaml("generator.yaml");
        let priced = must(&format!(
            "estimate tp = {}, pp = 1, dp = 1, batch = 4, max_step_tokens = {} for 'Qwen/Qwen3-32B-FP8' \
             on h200_sxm * 8 using {backend} as agg",
            record["row"]["tp"], record["row"]["max_step_tokens"],
        ));
        if backend == "sglang" {
            let (is, own) = (number(&after, "tpot"), number(&priced[0], "tpot"));
            assert!((is - own).abs() < 1e-9, "{is} is not {own}");
        }
    }
}

#[test]
fn a_flag_that_the_engine_does_not_know_is_named() {
    let files = Generated::new(&format!("{DENSE} using vllm as agg top 1"), "for vllm");
    let script = files.to.join("run_0.sh");
    let text = text_of(&script);
    let edited = text.replacen("--max-num-seqs", "--made-up-flag 7 --max-num-seqs", 1);
    assert_ne!(text, edited);
    std::fs::write(&script, edited).expect("written");
    let output = check(&files.to);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(said.contains("does not know `--made-up-flag`"), "{said}");
}

/// What `aiq check` prints and says of a deployment of vLLM after an edit of its script.
fn edited(edit: impl Fn(&str) -> String) -> (serde_json::Value, String) {
    let files = Generated::new(&format!("{DENSE} using vllm as agg top 1"), "for vllm");
    let script = files.to.join("run_0.sh");
    let text = text_of(&script);
    let new = edit(&text);
    assert_ne!(text, new);
    std::fs::write(&script, new).expect("written");
    let output = check(&files.to);
    assert_eq!(output.status.code(), Some(1));
    (rows(&output)[0].clone(), stderr(&output))
}

/// A script without a flag and its value, wherever it stands.
fn without(text: &str, flag: &str) -> String {
    let mut parts = text.split(flag);
    let first = parts.next().unwrap_or_default().to_owned();
    let rest = parts.map(|part| part.trim_start().split_once(' ').map_or("", |(_, rest)| rest));
    rest.fold(first, |text, rest| text + rest)
}

#[test]
fn a_flag_that_is_gone_is_not_priced_as_it_was() {
    // How many requests vLLM runs without it depends on the machine.
    let (row, said) = edited(|text| without(text, "--max-num-seqs"));
    assert!(said.contains("not priced: `--max-num-seqs` is gone"), "{said}");
    assert!(row["ttft"].is_null() && row["running"].is_null(), "{row}");
    // One stage is what every engine has without being told.
    let (row, said) = edited(|text| without(text, "--pipeline-parallel-size"));
    assert!(said.contains("differs: agg: `--pipeline-parallel-size` is gone"), "{said}");
    let (is, was) = (number(&row, "ttft"), number(&row, "answer_ttft"));
    assert!((is - was).abs() < was * 1e-9, "{is}, answered {was}");
}

#[test]
fn what_was_added_and_another_checkpoint_are_named() {
    let (_, said) =
        edited(|text| text.replacen("--max-num-seqs", "--enforce-eager --max-num-seqs", 1));
    assert!(said.contains("differs: agg: `--enforce-eager` was added"), "{said}");
    let (_, said) = edited(|text| text.replace("serve Qwen/Qwen3-32B-FP8", "serve Qwen/Qwen3-8B"));
    assert!(said.contains("`Qwen/Qwen3-8B` is served, the answer has `Qwen/Qwen3-32B"), "{said}");
    let (_, said) = edited(|text| {
        text.replace("DEVICES=1 ", "DEVICES=0 ").replace("DEVICES=2,3", "DEVICES=0,1")
    });
    assert!(said.contains("belongs to two workers"), "{said}");
}

#[test]
fn keys_of_a_file_that_were_edited_are_named() {
    let files = Generated::new(&format!("{DENSE} using trtllm as agg top 1"), "for trtllm");
    let file = files.to.join("agg_config.yaml");
    let edited = text_of(&file).replacen("max_seq_len: ", "added_key: 7\nmax_seq_len: 1", 1);
    std::fs::write(&file, edited).expect("written");
    let output = check(&files.to);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(said.contains("`max_seq_len` is `1"), "{said}");
    assert!(said.contains("`added_key` is `7`, the answer has none"), "{said}");
}

#[test]
fn what_a_cluster_is_given_is_what_is_checked() {
    let files = Generated::new(&format!("{DENSE} using trtllm as agg top 1"), "for dynamo");
    let manifest = files.to.join("k8s_deploy.yaml");
    let text = text_of(&manifest);
    assert!(check(&files.to).status.success());
    let edited = text
        .replacen("max_num_tokens: ", "max_num_tokens: 1", 1)
        .replace("tensorrtllm-runtime:", "tensorrtllm-runtime:0");
    std::fs::write(&manifest, edited).expect("written");
    let output = check(&files.to);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    for part in ["differs: step is", "is not the file beside it", "agg: the image is `nvcr.io"] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn a_value_that_makes_a_candidate_invalid_is_told() {
    let root = tempfile::tempdir().expect("a directory");
    for (i, (value, said)) in [
        ("engine.max_num_seqs = 100000", "`--max-num-seqs` is 100000, the answer has"),
        ("engine.gpu_memory_utilization = 3", "`kv_share` cannot be 3"),
        ("engine.max-num-seqs = 4", "`engine.max_num_seqs`"),
    ]
    .into_iter()
    .enumerate()
    {
        let to = root.path().join(i.to_string());
        let text = format!(
            "let a = {DENSE} using vllm as agg top 1; generate a[1] to '{}' for vllm with {value}",
            to.display()
        );
        let output = aiq(&["--format", "json", "-c", &text]);
        assert!(stderr(&output).contains(said), "{value}: {}", stderr(&output));
    }
}
