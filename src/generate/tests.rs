//! What is refused, and that nothing is left behind then.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use super::*;
use crate::lang::diagnostics::render;
use crate::plan::value::Value;

fn sound() -> Deployment {
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
        isl: 100.0,
        osl: 100.0,
        pools: vec![Pool {
            role: "agg".to_owned(),
            system: "h200_sxm".to_owned(),
            workers: 1,
            values,
        }],
        row: serde_json::Map::new(),
        question: Vec::new(),
        data: Vec::new(),
        user: UserValues::default(),
    }
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
    let mut cases: Vec<(&str, Deployment, Platform)> = vec![
        ("gpus that do not add up", Deployment { gpus: 9, ..sound() }, Platform::Bare),
        ("more than a node has", with("node_gpus", Value::Number(1.0)), Platform::Dynamo),
        ("half a GPU", with("pod_gpus", Value::Number(1.5)), Platform::Dynamo),
        ("a value not among the choices", with("kv_dtype", Value::text("fp9")), Platform::Bare),
        ("null in a text", with("kv_dtype", Value::text("None")), Platform::Bare),
        (
            "an unknown engine",
            Deployment { backend: "ollama".to_owned(), ..sound() },
            Platform::Bare,
        ),
        (
            "a name",
            Deployment { model: "a/".to_owned() + &"x".repeat(80), ..sound() },
            Platform::Dynamo,
        ),
        (
            "a platform",
            Deployment { backend: "trtllm".to_owned(), version: "1.3.0rc23".to_owned(), ..sound() },
            Platform::LlmD,
        ),
    ];
    let mut absent = sound();
    absent.pools[0].values.remove("length");
    cases.push(("an absent value", absent, Platform::Bare));
    let place = tempfile::tempdir().expect("a directory");
    let mut text = String::new();
    for (what, deployment, platform) in cases {
        let to = place.path().join("out");
        let error = write(&deployment, platform, &to).expect_err(what);
        text.push_str(&format!("-- {what}\n{}\n", render(&error, false)));
    }
    let accepted = Accepted::load("vllm 0.24.0", &["vllm-0.24.0".to_owned()]).expect("a table");
    let words = ["--cuda-graf-sizes".to_owned(), "1".to_owned()];
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
    let error = write(&sound(), Platform::Bare, place.path()).expect_err("not ours");
    assert_eq!(error.code, "AIQ0709");
    assert!(place.path().join("mine.txt").is_file());
    let own = place.path().join("own");
    write(&sound(), Platform::Dynamo, &own).expect("written");
    write(&sound(), Platform::Bare, &own).expect("replaced");
    assert!(own.join("run_0.sh").is_file() && !own.join("k8s_deploy.yaml").exists());
    let left = std::fs::read_dir(place.path()).expect("a directory").count();
    assert_eq!(left, 2, "nothing temporary is left");
}

#[test]
fn edited_files_differ() {
    let place = tempfile::tempdir().expect("a directory");
    let to = place.path().join("out");
    write(&sound(), Platform::Dynamo, &to).expect("written");
    assert!(check(&to).expect("read").differences.is_empty());
    let file = to.join("k8s_deploy.yaml");
    let text = std::fs::read_to_string(&file).expect("text");
    let edited = text.replace("replicas: 4", "replicas: 5").replace("\"0.9\"", "\"0.5\"");
    std::fs::write(&file, edited).expect("written");
    let differences = check(&to).expect("read").differences.join("\n");
    assert!(differences.contains("gpus_used is 10, the answer has 8"), "{differences}");
    assert!(differences.contains("memory_fraction is 0.5"), "{differences}");
}
