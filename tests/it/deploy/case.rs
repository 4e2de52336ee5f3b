//! The matrix of generated files, and how tests read them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::OnceLock;

use serde_json::Value;

use crate::support::binary::{aiq, must, rows, run, stderr};
use crate::support::text_of;

/// Models with the GPUs they are searched on.
const MODELS: &[(&str, &str, u64)] = &[
    ("dense", "Qwen/Qwen3-32B-FP8", 32),
    ("moe", "Qwen/Qwen3-235B-A22B-FP8", 32),
    ("large", "deepseek-ai/DeepSeek-V3", 64),
    ("oss", "openai/gpt-oss-120b", 8),
];
/// Hopper and Blackwell.
const SYSTEMS: [&str; 2] = ["h200_sxm", "b200_sxm"];
pub(super) const BACKENDS: [&str; 3] = ["vllm", "sglang", "trtllm"];
/// `engine` is the engine as it is, without anything around it.
const PLATFORMS: [&str; 4] = ["engine", "dynamo_bare", "dynamo", "llm_d"];

/// Files for one row.
pub(super) struct Case {
    pub(super) directory: PathBuf,
    pub(super) model: &'static str,
    pub(super) system: &'static str,
    pub(super) backend: &'static str,
    pub(super) platform: &'static str,
    pub(super) row: Value,
}

impl Case {
    pub(super) fn text(&self, name: &str) -> String {
        text_of(self.directory.join(name))
    }

    pub(super) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.directory).expect("a directory");
        let mut names: Vec<String> = entries
            .map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    pub(super) fn number(&self, name: &str) -> u64 {
        self.row[name].as_f64().unwrap_or_else(|| panic!("no {name} in {}", self.row)) as u64
    }

    /// Roles with what begins the columns of each.
    pub(super) fn roles(&self) -> Vec<(&'static str, &'static str)> {
        match self.row["mode"].as_str() {
            Some("agg") => vec![("agg", "")],
            _ => vec![("prefill", "prefill_"), ("decode", "decode_")],
        }
    }

    /// Manifest of the platform, the resource itself if there are several documents.
    pub(super) fn manifest(&self) -> Value {
        let name = if self.platform == "dynamo" { "k8s_deploy.yaml" } else { "values.yaml" };
        last_document(&self.text(name))
    }

    /// GPUs asked for and arguments of the workers of each role.
    pub(super) fn workers(&self) -> BTreeMap<String, (u64, Vec<String>)> {
        let mut found: BTreeMap<String, (u64, Vec<String>)> = BTreeMap::new();
        match self.platform {
            "dynamo" => {
                for c in self.manifest()["spec"]["components"].as_array().expect("components") {
                    let role = match c["type"].as_str().expect("a type") {
                        "frontend" => continue,
                        "worker" => "agg",
                        role => role,
                    };
                    let main = &c["podTemplate"]["spec"]["containers"][0];
                    let limit = gpus(main);
                    let nodes = c["multinode"]["nodeCount"].as_u64().unwrap_or(1);
                    assert!(limit <= 8, "{limit} GPUs of one node");
                    let count = c["replicas"].as_u64().expect("replicas") * nodes * limit;
                    found.insert(role.to_owned(), (count, words(&main["args"])));
                }
            }
            "llm_d" => {
                let values = self.manifest();
                for key in ["prefill", "decode"] {
                    let pool = &values[key];
                    if pool["create"] != true {
                        continue;
                    }
                    let main = &pool["containers"][0];
                    let nodes = pool["parallelism"]["workers"].as_u64().expect("nodes");
                    assert!(gpus(main) <= 8);
                    let count = pool["replicas"].as_u64().expect("replicas") * nodes * gpus(main);
                    let role = if self.row["mode"] == "agg" { "agg" } else { key };
                    found.insert(role.to_owned(), (count, words(&main["args"])));
                }
            }
            _ => self.scripts(&mut found),
        }
        found
    }

    /// Whether it is served by scripts.
    pub(super) fn is_scripts(&self) -> bool {
        ["engine", "dynamo_bare"].contains(&self.platform)
    }

    /// What stands before the arguments of a worker in a script.
    fn launcher(&self) -> &'static str {
        match (self.platform, self.backend) {
            ("dynamo_bare", _) => "python3 -m dynamo.",
            (_, "vllm") => "vllm serve ",
            (_, "sglang") => "python3 -m sglang.launch_server",
            _ => "trtllm-serve serve ",
        }
    }

    fn scripts(&self, found: &mut BTreeMap<String, (u64, Vec<String>)>) {
        for name in self.names().iter().filter(|n| n.starts_with("run_")) {
            let text = self.text(name);
            let mut taken = Vec::new();
            for part in text.split("\n# ").filter(|p| p.contains(" worker ")) {
                let role = part.split(' ').next().expect("a role").to_owned();
                let after = part.split_once("CUDA_VISIBLE_DEVICES=").map(|(_, a)| a);
                let devices: Vec<u64> = after
                    .map(|a| a.split(' ').next().unwrap_or(""))
                    .or_else(|| part.lines().nth(1)?.strip_prefix("GPUs "))
                    .map(|l| l.split(':').next().unwrap_or(l))
                    .map(|l| l.split(',').map(|d| d.parse().expect("a device")).collect())
                    .unwrap_or_default();
                for d in devices.iter() {
                    assert!(*d < 8 && !taken.contains(d), "{name}: device {d}\n{text}");
                    taken.push(*d);
                }
                let entry = found.entry(role).or_default();
                entry.0 += devices.len() as u64;
                let command = part.split_once(self.launcher()).map(|(_, c)| c);
                if let Some(command) = command.filter(|_| entry.1.is_empty()) {
                    let line = command.lines().next().unwrap_or("").trim_end_matches(" &");
                    entry.1 = line.split(' ').skip(1).map(str::to_owned).collect();
                }
            }
            // TensorRT-LLM's ranks on further nodes are named in a comment.
            for line in text.lines().filter_map(|l| l.strip_prefix("# GPUs ")) {
                let list = line.split(':').next().unwrap_or("");
                found.values_mut().next().expect("a role").0 += list.split(',').count() as u64;
            }
        }
    }
}

pub(super) fn gpus(container: &Value) -> u64 {
    let limit = container["resources"]["limits"]["nvidia.com/gpu"].as_str().expect("a limit");
    limit.parse().expect("a number")
}

pub(super) fn words(list: &Value) -> Vec<String> {
    let list = list.as_array().into_iter().flatten();
    list.map(|w| w.as_str().expect("a text").to_owned()).collect()
}

/// The words behind a flag.
pub(super) fn after<'a>(argv: &'a [String], flag: &str) -> Option<Vec<&'a str>> {
    let at = argv.iter().position(|w| w == flag)?;
    Some(argv[at + 1..].iter().take_while(|w| !w.starts_with("--")).map(String::as_str).collect())
}

pub(super) fn value(argv: &[String], flag: &str) -> String {
    after(argv, flag).unwrap_or_else(|| panic!("no {flag} in {argv:?}")).join(" ")
}

/// Writes the files of the best row of each mode for every platform; none of what was not measured.
fn generate(
    root: &Path,
    model: (&'static str, &str, u64),
    system: &'static str,
    backend: &'static str,
) -> Vec<Case> {
    let (name, checkpoint, gpus) = model;
    let question = format!("search for '{checkpoint}' on {system} * {gpus} using {backend}");
    let mut text = format!("let a = {question} top 1 per mode;");
    let mut places = Vec::new();
    for mode in ["agg", "disagg"] {
        for platform in PLATFORMS.into_iter().filter(|p| backend != "trtllm" || *p != "llm_d") {
            let directory = root.join(format!("{name}-{system}-{backend}-{mode}-{platform}"));
            let to = directory.display();
            let target = if platform == "engine" { backend } else { platform };
            text.push_str(&format!("generate a.{mode}[1] to '{to}' for {target};"));
            places.push((mode, platform, directory));
        }
    }
    let output = run(&text);
    let said = stderr(&output);
    let rows = rows(&output);
    if rows.is_empty() {
        eprintln!("not measured: {question}: {said}");
        return Vec::new();
    }
    assert!(output.status.success(), "{text}\n{said}");
    let case = |(mode, platform, directory): (&str, &'static str, PathBuf)| {
        let row = rows.iter().find(|r| r["mode"] == mode).expect("a row").clone();
        Case { directory, model: name, system, backend, platform, row }
    };
    places.into_iter().map(case).collect()
}

/// Engines, models, systems, modes and platforms, written once for all tests.
pub(super) fn matrix() -> &'static [Case] {
    static CASES: OnceLock<(tempfile::TempDir, Vec<Case>)> = OnceLock::new();
    let (_, cases) = CASES.get_or_init(|| {
        let root = tempfile::tempdir().expect("a directory");
        let mut cases = Vec::new();
        for backend in BACKENDS {
            for system in SYSTEMS {
                for model in MODELS {
                    cases.extend(generate(root.path(), *model, system, backend));
                }
            }
        }
        (root, cases)
    });
    cases
}

/// Files for one row, in a folder that goes with them.
pub(super) struct Generated {
    pub(super) root: tempfile::TempDir,
    pub(super) to: PathBuf,
    pub(super) row: Value,
}

impl Generated {
    /// Those of the best row of a question; `rest` is what follows the folder in the statement.
    pub(super) fn new(question: &str, rest: &str) -> Self {
        let root = tempfile::tempdir().expect("a directory");
        let to = root.path().join("out");
        let text = format!("let a = {question}; generate a[1] to '{}' {rest}", to.display());
        let row = must(&text).remove(0);
        Self { root, to, row }
    }

    pub(super) fn text(&self, name: &str) -> String {
        text_of(self.to.join(name))
    }

    pub(super) fn yaml(&self, name: &str) -> Value {
        last_document(&self.text(name))
    }

    /// As a case of the matrix, for what it knows of engines and platforms.
    pub(super) fn case(&self, backend: &'static str, platform: &'static str) -> Case {
        let (directory, row) = (self.to.clone(), self.row.clone());
        Case { directory, model: "", system: "", backend, platform, row }
    }
}

/// What `aiq check` says of files.
pub(super) fn check(directory: &Path) -> Output {
    aiq(&["check", &directory.to_string_lossy(), "--format", "json"])
}

/// The last of several documents: behind what a resource needs, the resource itself.
pub(super) fn last_document(text: &str) -> Value {
    yaml(text.split("\n---\n").last().expect("a document"))
}

/// A YAML text as a tree.
pub(super) fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|e| panic!("{e}\n{text}"))
}
