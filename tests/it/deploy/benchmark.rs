//! The benchmark: its Job is complete, and its script makes the predicted load with both tools.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::case::{matrix, yaml};
use crate::support::binary::stderr;

#[test]
fn the_benchmark_job_is_complete() {
    let case = matrix().iter().find(|c| c.platform == "dynamo").expect("a case");
    let text = case.text("k8s_bench.yaml");
    let (script, job) = text.split_once("\n---\n").expect("two documents");
    let (script, job) = (yaml(script), yaml(job));
    assert_eq!(
        script["data"]["bench.sh"].as_str().map(str::trim),
        Some(case.text("bench.sh").trim())
    );
    assert_eq!(job["apiVersion"], "batch/v1");
    let spec = &job["spec"]["template"]["spec"];
    assert_eq!(spec["restartPolicy"], "Never");
    let main = &spec["containers"][0];
    let url = main["env"][0]["value"].as_str().expect("an address");
    let graph = case.manifest();
    let name = graph["metadata"]["name"].as_str().expect("a name");
    assert_eq!(url, format!("http://{name}-frontend:8000"));
    assert_eq!(main["volumeMounts"][0]["name"], spec["volumes"][0]["name"]);
}

/// Answers a few requests for the models of a server, as the real ones do.
fn models_of(name: &str) -> String {
    use std::io::{Read, Write};
    let server = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = server.local_addr().expect("an address");
    let body = json!({"object": "list", "data": [{"id": name, "object": "model"}]}).to_string();
    std::thread::spawn(move || {
        for connection in server.incoming().take(8) {
            let Ok(mut connection) = connection else { continue };
            let _ = connection.read(&mut [0; 4096]);
            let _ = write!(
                connection,
                "HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
        }
    });
    format!("http://{address}")
}

/// Runs `bench.sh` with a tool that writes down how it was called.
fn bench(directory: &Path, model: &str, tool: &str, result: &str) -> (Option<i32>, String) {
    let place = tempfile::tempdir().expect("a directory");
    // Each leaves the results that the real one does.
    for (name, flag, results) in [
        ("aiperf", "--artifact-dir", "profile_export_aiperf.json"),
        ("vllm", "--result-dir", "bench.json"),
    ] {
        let path = place.path().join(name);
        let text = format!(
            "#!/bin/bash\necho \"$0 $*\" >> \"$CALLS\"\n\
             while (($#)); do [[ $1 == {flag} ]] && out=$2; shift; done\n\
             echo \"$RESULT\" > \"$out/{results}\"\n"
        );
        std::fs::write(&path, text).expect("written");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&path, mode).expect("executable");
    }
    let path = format!("{}:{}", place.path().display(), std::env::var("PATH").unwrap_or_default());
    let calls = place.path().join("calls");
    let mut command = Command::new("bash");
    command.arg(directory.join("bench.sh")).env("PATH", path).env("CALLS", &calls);
    command.env("TOOL", tool).env("URL", models_of(model)).env("RESULTS", place.path().join("r"));
    let output = command.env("RESULT", result).output().expect("bash");
    let said = stderr(&output);
    (output.status.code(), std::fs::read_to_string(calls).unwrap_or(said))
}

#[test]
fn both_tools_make_the_predicted_load() {
    let case = matrix().iter().find(|c| c.platform == "engine").expect("a case");
    let model = case.row["model"].as_str().expect("a model");
    let predicted = case.row["concurrency"].as_f64().expect("a load").round();
    for (tool, words) in [
        (
            "aiperf",
            [format!("--concurrency {predicted} "), "--isl 4000 ".into(), "--osl 1000".into()],
        ),
        (
            "vllm",
            [
                format!("--max-concurrency {predicted} "),
                "--random-input-len 4000".into(),
                "--random-output-len 1000".into(),
            ],
        ),
    ] {
        let whole = r#"{"completed": 1000000}"#;
        let (status, calls) = bench(&case.directory, model, tool, whole);
        assert_eq!(status, Some(0), "{calls}");
        let failing = r#"{"completed": 0, "error_request_count": {"avg": 3}}"#;
        assert_eq!(bench(&case.directory, model, tool, failing).0, Some(1), "requests failed");
        for word in words {
            assert!(calls.contains(&word), "{tool}: {word} not in {calls}");
        }
    }
}
