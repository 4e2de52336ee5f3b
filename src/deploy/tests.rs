//! What is refused, and that nothing is left behind then.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use super::facts::{Accepted, Site};
use super::text::Word;
use super::*;
use crate::model::value::Value;
use crate::ui::diagnostics::render;

pub(super) fn sound() -> Deployment {
    let numbers = [
        ("tp", 2.0),
        ("pp", 1.0),
        ("dp", 1.0),
        ("cp", 1.0),
        ("moe_tp", 1.0),
        ("moe_ep", 1.0),
        ("experts", 0.0),
        ("wide_ep", 0.0),
        ("gpus", 2.0),
        ("node_gpus", 8.0),
        ("nodes", 1.0),
        ("pod_gpus", 2.0),
        ("dp_local", 1.0),
        ("split", 0.0),
        ("batch", 9.0),
        ("running", 9.0),
        ("drafts", 0.0),
        ("prompt", 100.0),
        ("length", 200.0),
        ("kv_block", 32.0),
        ("memory_fraction", 0.9),
        ("reuse", 0.0),
        ("step", 109.0),
        ("step_room", 0.0),
        ("chunk", 100.0),
        ("graph_limit", 9.0),
    ];
    let sourced =
        |value| Sourced { value, origin: "test".to_owned(), rule: String::new(), answered: None };
    let mut values: BTreeMap<String, Sourced> =
        numbers.iter().map(|(n, v)| ((*n).to_owned(), sourced(Value::Number(*v)))).collect();
    values.insert("kv_dtype".to_owned(), sourced(Value::text("auto")));
    Deployment {
        model: "a/b-1".to_owned(),
        mode: "agg".to_owned(),
        backend: "vllm".to_owned(),
        version: "0.24.0".to_owned(),
        replicas: 4,
        gpus: 8,
        concurrency: 36.0,
        requests: vec![Requests {
            name: String::new(),
            share: 1.0,
            isl: 100,
            osl: 100,
            prefix: 0,
            images: 0,
            image_width: 0,
            image_height: 0,
        }],
        pools: vec![Pool {
            role: "agg".to_owned(),
            system: "h200_sxm".to_owned(),
            workers: 1,
            values,
        }],
        roles: ["agg", "prefill", "decode"].map(str::to_owned).to_vec(),
        row: serde_json::Map::new(),
        question: Vec::new(),
        data: Vec::new(),
        user: UserValues::default(),
    }
}

fn platform(name: &str) -> Platform {
    Platform::named(name).expect(name)
}

fn with(name: &str, value: Value) -> Deployment {
    let mut d = sound();
    d.pools[0].values.insert(
        name.to_owned(),
        Sourced { value, origin: "test".to_owned(), rule: String::new(), answered: None },
    );
    d
}

#[test]
fn what_cannot_be_deployed_is_refused() {
    let mut cases: Vec<(&str, Deployment, &str)> = vec![
        ("gpus that do not add up", Deployment { gpus: 9, ..sound() }, "dynamo_bare"),
        ("more than a node has", with("node_gpus", Value::Number(1.0)), "dynamo"),
        ("half a GPU", with("pod_gpus", Value::Number(1.5)), "dynamo"),
        ("a value not among the choices", with("kv_dtype", Value::text("fp9")), "dynamo_bare"),
        ("a null", with("kv_dtype", Value::Null), "dynamo_bare"),
        ("a platform of another engine", sound(), "sglang"),
        (
            "an unknown engine",
            Deployment { backend: "ollama".to_owned(), ..sound() },
            "dynamo_bare",
        ),
        ("a name", Deployment { model: "a/".to_owned() + &"x".repeat(80), ..sound() }, "dynamo"),
        (
            "a platform",
            Deployment { backend: "trtllm".to_owned(), version: "1.3.0rc23".to_owned(), ..sound() },
            "llm_d",
        ),
    ];
    let mut absent = sound();
    absent.pools[0].values.remove("length");
    cases.push(("an absent value", absent, "dynamo_bare"));
    let place = tempfile::tempdir().expect("a directory");
    let mut text = String::new();
    for (what, deployment, name) in cases {
        let to = place.path().join("out");
        let error = write(&deployment, platform(name), &to, Over::Own).expect_err(what);
        text.push_str(&format!("-- {what}\n{}\n", render(&error, false)));
    }
    let accepted = Accepted::load("vllm 0.24.0", &["vllm-0.24.0".to_owned()]).expect("a table");
    let words = ["--cuda-graf-sizes", "1"].map(Word::text);
    let error = accepted.check_arguments(&words).expect_err("no such flag");
    text.push_str(&format!("-- a flag\n{}\n", render(&error, false)));
    let error = Platform::named("dynamoo").expect_err("no such platform");
    text.push_str(&format!("-- a target\n{}\n", render(&error, false)));
    let left: Vec<_> = std::fs::read_dir(place.path()).expect("a directory").collect();
    assert!(left.is_empty(), "a refusal leaves {left:?}");
    insta::assert_snapshot!(text);
}

#[test]
fn files_of_others_stay() {
    let place = tempfile::tempdir().expect("a directory");
    std::fs::write(place.path().join("mine.txt"), "x").expect("a file");
    let error =
        write(&sound(), platform("dynamo_bare"), place.path(), Over::Own).expect_err("not ours");
    assert_eq!(error.code, "AIQ0256");
    assert!(place.path().join("mine.txt").is_file());
    let own = place.path().join("own");
    write(&sound(), platform("dynamo"), &own, Over::Own).expect("written");
    write(&sound(), platform("dynamo_bare"), &own, Over::Own).expect("replaced");
    assert!(own.join("run_0.sh").is_file() && !own.join("k8s_deploy.yaml").exists());
    let left = std::fs::read_dir(place.path()).expect("a directory").count();
    assert_eq!(left, 2, "nothing temporary is left");
}

#[test]
fn edited_files_differ() {
    let place = tempfile::tempdir().expect("a directory");
    let to = place.path().join("out");
    write(&sound(), platform("dynamo"), &to, Over::Own).expect("written");
    assert!(check(&to).expect("read").differences.is_empty());
    let file = to.join("k8s_deploy.yaml");
    let text = std::fs::read_to_string(&file).expect("text");
    let edited = text.replace("replicas: 4", "replicas: 5").replace("\"0.9\"", "\"0.5\"");
    std::fs::write(&file, edited).expect("written");
    let differences = check(&to).expect("read").differences.join("\n");
    assert!(differences.contains("gpus_used is 10, the answer has 8"), "{differences}");
    assert!(differences.contains("memory_fraction is 0.5"), "{differences}");
}

/// Runs a script with programs that only write down how they were called; each call is a line of words
/// separated by NUL.
fn called(directory: &std::path::Path, script: &str) -> Vec<Vec<String>> {
    use std::os::unix::fs::PermissionsExt;
    let place = tempfile::tempdir().expect("a directory");
    let calls = place.path().join("calls");
    std::fs::write(&calls, "").expect("a file");
    for name in ["python3", "vllm", "trtllm-serve", "aiperf", "mpirun", "nginx"] {
        let path = place.path().join(name);
        // Programs run side by side: each call is added by one write of its own, where `printf` takes one
        // for each line.
        let text = "#!/bin/bash\n{ printf '%s\\0' \"$@\"; printf '\\1'; } >\"$CALLS.$$\"; cat \"$CALLS.$$\" >>\"$CALLS\"\ncase $* in *frontend*) sleep 1;; esac\n";
        std::fs::write(&path, text).expect("a program");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    }
    let path = format!("{}:{}", place.path().display(), std::env::var("PATH").unwrap_or_default());
    let output = std::process::Command::new("bash")
        .arg(directory.join(script))
        .current_dir(place.path())
        .envs([("PATH", path.as_str()), ("NODE_0", "127.0.0.1"), ("GRACE", "1")])
        .env("CALLS", &calls)
        .env("RESULTS", place.path().join("results"))
        .output()
        .expect("bash");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let text = String::from_utf8(std::fs::read(calls).expect("calls")).expect("text");
    let words = |call: &str| call.split_terminator('\0').map(str::to_owned).collect();
    text.split_terminator('\u{1}').map(words).collect()
}

/// One worker for each engine, so that scripts end when it does.
fn one_worker(backend: &str, version: &str, model: &str) -> Deployment {
    let mut d = Deployment { model: model.to_owned(), replicas: 1, gpus: 2, ..sound() };
    (d.backend, d.version) = (backend.to_owned(), version.to_owned());
    d.user.set("k8s.name", "odd".into()).expect("a name");
    d.user.set("bench.url", "http://gateway".into()).expect("an address");
    d.user.set("bench.loads", 2.into()).expect("a load");
    d
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(4))]

    /// Whatever a model is called, it is one word of what runs, and nothing of it runs.
    #[test]
    fn names_stay_names(
        name in "[ -~]{0,12}([$]\\(touch PWNED\\)|`touch PWNED`|; touch PWNED #|\"|'|\n|\\\\|\u{85}|: |#|%|\\{\\{ a \\}\\}|&|\\*|!x|- )[ -~\n\u{e9}]{0,8}",
    ) {
        let model = format!("/d/{}", name.replace('\0', ""));
        let place = tempfile::tempdir().expect("a directory");
        for (backend, version) in [("vllm", "0.24.0"), ("sglang", "0.5.14"), ("trtllm", "1.3.0rc20")] {
            for name in [backend, "dynamo_bare"] {
                let to = place.path().join("out");
                write(&one_worker(backend, version, &model), platform(name), &to, Over::Own)
                    .expect("written");
                let own = called(&to, "run_0.sh");
                let found = |calls: &[Vec<String>]| {
                    calls.iter().flatten().filter(|w| **w == model).count()
                };
                proptest::prop_assert!(found(&own) >= 2, "{:?} not in {:?}", model, own);
                let bench = called(&to, "bench.sh");
                proptest::prop_assert!(found(&bench) >= 3, "{:?} not in {:?}", model, bench);
                let leaked = own.iter().chain(&bench).flatten().any(|w| w == "PWNED");
                proptest::prop_assert!(!leaked);
                proptest::prop_assert!(check(&to).expect("read").differences.is_empty());
            }
            for name in ["dynamo", "llm_d"] {
                if (backend, name) == ("trtllm", "llm_d") {
                    continue;
                }
                let to = place.path().join("out");
                let mut deployment = one_worker(backend, version, &model);
                deployment.user.set("env.ODD", name.replace(char::is_control, " ").into()).expect("");
                write(&deployment, platform(name), &to, Over::Own).expect("written");
                for entry in std::fs::read_dir(&to).expect("files") {
                    let path = entry.expect("a file").path();
                    if path.extension().is_some_and(|e| e == "yaml") {
                        let text = std::fs::read_to_string(&path).expect("text");
                        for document in text.split("\n---\n") {
                            let read: Result<serde_json::Value, _> = serde_saphyr::from_str(document);
                            proptest::prop_assert!(read.is_ok(), "{}: {:?}\n{}", path.display(), read, text);
                        }
                    }
                }
                let read = check(&to).expect("read");
                proptest::prop_assert!(read.differences.is_empty(), "{:?}", read.differences);
                // A container replaces `$(NAME)`, and `$$` stands for one `$`.
                let said = read.row.get("model").and_then(serde_json::Value::as_str);
                if let Some(said) = said {
                    proptest::prop_assert_eq!(said.replace("$$", "$"), model.clone());
                }
            }
        }
    }
}

#[test]
fn secrets_stand_in_their_own_file_only() {
    use std::os::unix::fs::PermissionsExt;
    let place = tempfile::tempdir().expect("a directory");
    let secret = "hf_abcdefgh$(x)' z";
    for name in ["vllm", "dynamo_bare", "dynamo", "llm_d"] {
        let platform = platform(name);
        let to = place.path().join("out");
        let mut deployment = one_worker("vllm", "0.24.0", "a/b");
        deployment.user.set("env.HF_TOKEN", secret.into()).expect("a variable");
        deployment.user.set("env.NCCL_DEBUG", "INFO".into()).expect("a variable");
        let written = write(&deployment, platform, &to, Over::Anything).expect("written");
        assert!(written.notes.iter().any(|n| n.contains("HF_TOKEN")), "{:?}", written.notes);
        for name in written.files.iter().filter(|n| *n != "secrets.env") {
            let text = std::fs::read_to_string(to.join(name)).expect("text");
            assert!(!text.contains("hf_abcdefgh"), "{name}");
        }
        let file = to.join("secrets.env");
        let mode = file.metadata().expect("the file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(std::fs::read_to_string(file).expect("text"), format!("HF_TOKEN={secret}\n"));
        if platform.manifest().site == Site::Kubernetes {
            let file = if name == "dynamo" { "k8s_deploy.yaml" } else { "values.yaml" };
            let text = std::fs::read_to_string(to.join(file)).expect("text");
            assert!(text.contains("key: HF_TOKEN") && text.contains("name: odd-env"), "{text}");
        }
    }
    let mut deployment = one_worker("vllm", "0.24.0", "a/b");
    deployment.user.set("engine.api_key", secret.into()).expect("a flag");
    let to = place.path().join("flag");
    let error = write(&deployment, platform("vllm"), &to, Over::Own).expect_err("shown");
    assert_eq!((error.code.as_str(), to.exists()), ("AIQ0715", false));
}
