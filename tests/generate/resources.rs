//! What Kubernetes and its tools say of the files: schemas and rules of the resource, the overlay,
//! the benchmark Job, the scripts.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use cel::extractors::This;
use cel::{Context, Env, Program};
use serde_json::{Value, json};

use crate::case::{matrix, told, yaml};
use crate::matrix::schema;
use crate::support::binary::aiq;

/// A rule of a resource: where it holds, the expression, what it says.
struct Rule {
    path: String,
    text: String,
    message: String,
}

fn rules(version: &str) -> Vec<Rule> {
    let root = env!("CARGO_MANIFEST_DIR");
    let path = format!("{root}/tests/data/generate/dgd_{version}.cel.tsv");
    let text = std::fs::read_to_string(path).expect("rules");
    let rule = |line: &str| {
        let mut cells = line.split('\t').map(str::to_owned);
        let mut next = || cells.next().expect("a cell");
        Rule { path: next(), text: next(), message: next() }
    };
    text.lines().map(rule).collect()
}

/// The places a path stands for: `.spec.components[].eppConfig`, `.spec.services.*`.
fn places<'a>(tree: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut found = vec![tree];
    for part in path.split('.').filter(|p| !p.is_empty()) {
        let (name, each) = part.strip_suffix("[]").map_or((part, false), |name| (name, true));
        found = found
            .into_iter()
            .flat_map(|v| match name {
                "*" => v.as_object().map(|m| m.values().collect()).unwrap_or_default(),
                _ => v.get(name).into_iter().collect::<Vec<_>>(),
            })
            .flat_map(|v| match each {
                true => v.as_array().map(|l| l.iter().collect()).unwrap_or_default(),
                false => vec![v],
            })
            .collect();
    }
    found
}

/// Numbers of Kubernetes are whole.
fn value(json: &Value) -> cel::Value {
    match json {
        Value::Null => cel::Value::Null,
        Value::Bool(b) => cel::Value::Bool(*b),
        Value::Number(n) => cel::Value::Int(n.as_i64().expect("a whole number")),
        Value::String(s) => cel::Value::String(Arc::new(s.clone())),
        Value::Array(list) => cel::Value::List(Arc::new(list.iter().map(value).collect())),
        Value::Object(map) => {
            let map: HashMap<String, cel::Value> =
                map.iter().map(|(k, v)| (k.clone(), value(v))).collect();
            map.into()
        }
    }
}

/// An amount in bytes.
fn quantity(text: Arc<String>) -> i64 {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match &text[digits.len()..] {
        "" => 0,
        "Ki" => 10,
        "Mi" => 20,
        "Gi" => 30,
        unit => panic!("the unit {unit}"),
    };
    digits.parse::<i64>().expect("a number") << shift
}

/// Messages of the rules that a new resource breaks, and how often a rule was asked.
fn broken(version: &str, graph: &Value) -> (Vec<String>, usize) {
    let mut env = Env::stdlib().with_optional_support(true);
    env.add_extension(cel::extensions::strings).expect("functions of texts");
    let env = Arc::new(env);
    let (mut messages, mut asked) = (Vec::new(), 0);
    for rule in rules(version) {
        let program: Program =
            env.compile(&rule.text).unwrap_or_else(|e| panic!("{}: {e}", rule.text));
        for place in places(graph, &rule.path) {
            let mut context = Context::with_env(Arc::clone(&env));
            context.add_function("quantity", quantity).expect("new");
            context.add_function("isGreaterThan", |This(a): This<i64>, b: i64| a > b).expect("new");
            context.add_variable_from_value("self", value(place));
            // A new resource has no older self; rules about changes hold of one that stays.
            if rule.text.contains("oldSelf.hasValue()") {
                let absent = env.compile("optional.none()").expect("an expression");
                let absent = absent.execute(&context).expect("no value");
                context.add_variable_from_value("oldSelf", absent);
            } else {
                context.add_variable_from_value("oldSelf", value(place));
            }
            asked += 1;
            match program.execute(&context) {
                Ok(cel::Value::Bool(true)) => {}
                Ok(_) => messages.push(rule.message.clone()),
                Err(e) => panic!("{}: {e}", rule.text),
            }
        }
    }
    (messages, asked)
}

fn schema_errors(validator: &jsonschema::Validator, graph: &Value) -> Vec<String> {
    validator.iter_errors(graph).map(|e| e.to_string()).collect()
}

fn last_document(text: &str) -> Value {
    yaml(text.split("\n---\n").last().expect("a document"))
}

#[test]
fn the_stored_version_obeys_the_rules_of_its_schema() {
    let mut asked = 0;
    for case in matrix().iter().filter(|c| c.platform == "dynamo") {
        let (messages, n) = broken("v1beta1", &case.manifest());
        assert!(messages.is_empty(), "{}: {messages:?}", case.directory.display());
        asked += n;
    }
    assert!(asked > 300, "{asked} rules were asked");
}

#[test]
fn the_older_version_is_written_on_request() {
    let root = tempfile::tempdir().expect("a directory");
    let older = schema("dgd_v1alpha1.schema.json");
    for (backend, model, gpus) in [
        ("vllm", "Qwen/Qwen3-32B-FP8", 16),
        ("sglang", "deepseek-ai/DeepSeek-V3", 64),
        ("trtllm", "Qwen/Qwen3-235B-A22B-FP8", 32),
    ] {
        for mode in ["agg", "disagg"] {
            let to = root.path().join(format!("{backend}-{mode}"));
            let row = told(&format!(
                "let a = search for '{model}' on h200_sxm * {gpus} using {backend} as {mode} top 1; \
                 generate a[1] to '{}' for dynamo v1alpha1 with k8s.namespace = x, \
                 k8s.model_claim = models, env.A = 'b', k8s.image_pull_secret = s, \
                 'k8s.labels.a/b' = 'c', k8s.image_pull_policy = 'Always'",
                to.display()
            ))[0]
                .clone();
            let text = std::fs::read_to_string(to.join("k8s_deploy.yaml")).expect("a manifest");
            let graph = last_document(&text);
            assert_eq!(graph["apiVersion"], "nvidia.com/v1alpha1");
            let errors = schema_errors(&older, &graph);
            assert!(errors.is_empty(), "{backend} {mode}: {errors:?}\n{text}");
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
            assert_eq!(Some(sum), row["gpus_used"].as_u64());
            let checked = aiq(&["check", &to.to_string_lossy()]);
            assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
        }
    }
}

/// Each rule refuses what it is there to refuse, so that obeying it means something.
#[test]
fn the_rules_refuse_what_they_name() {
    let case = matrix().iter().find(|c| c.platform == "dynamo").expect("a case");
    let breaks = |at: &str, wrong: Value| {
        let mut graph = case.manifest();
        *graph.pointer_mut(at).expect("a place") = wrong;
        broken("v1beta1", &graph).0
    };
    let graph = case.manifest();
    let mut component = graph["spec"]["components"][1].clone();
    let two = json!([component, component]);
    assert!(breaks("/spec/components", two)[0].contains("unique"));
    component["minAvailable"] = 99.into();
    assert!(breaks("/spec/components/1", component.clone())[0].contains("minAvailable"));
    component["minAvailable"] = 1.into();
    component["eppConfig"] = json!({"config": {}});
    assert!(breaks("/spec/components/1", component)[0].contains("eppConfig"));
    let sidecar = json!([{"name": "main"}, {"name": "side"}]);
    let at = "/spec/components/1/podTemplate/spec/containers";
    assert!(breaks(at, sidecar)[0].contains("sidecar"));
    let older =
        json!({"spec": {"services": {"a": {"sharedMemory": {"size": "0"}, "replicas": 1}}}});
    assert!(broken("v1alpha1", &older).0[0].contains("size is required"));
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
        let row = told(&format!(
            "let a = search for 'Qwen/Qwen3-32B-FP8' on h200_sxm * 16 using {backend} as disagg \
             top 1; generate a[1] to '{}' for llm_d with llm_d.base = '../base', \
             k8s.namespace = serving, bench.url = 'http://gateway'",
            to.display()
        ))[0]
            .clone();
        let output = Command::new("kubectl").arg("kustomize").arg(&to).output().expect("kubectl");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        let rendered = String::from_utf8(output.stdout).expect("text");
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
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
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

#[test]
fn scripts_are_clean() {
    if Command::new("shellcheck").arg("--version").output().is_err() {
        println!("skipped: shellcheck is not installed");
        return;
    }
    for case in matrix() {
        for name in case.names().iter().filter(|n| n.ends_with(".sh")) {
            let path = case.directory.join(name);
            let output = Command::new("shellcheck").arg(&path).output().expect("shellcheck");
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(output.status.success(), "{}: {said}", path.display());
        }
    }
}
