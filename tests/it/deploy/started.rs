//! Scripts run unchanged, with stand-ins for the engines: what they start, and how they end.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::case::{Generated, after};
use crate::support::binary::stdout;
use crate::support::text_of;

const PROGRAMS: [&str; 6] = ["vllm", "trtllm-serve", "python3", "nginx", "vllm-router", "mpirun"];

/// A deployment, and a folder of programs that stand in for its engines.
struct Stage {
    root: tempfile::TempDir,
    python: String,
    _turn: File,
}

/// Runs a script under signals as a terminal has them. What a shell starts in the background, such as
/// these tests, ignores the interrupt, and so would all below it.
const AS_IN_A_TERMINAL: &str = "
import os, signal, sys
for ignored in signal.SIGHUP, signal.SIGINT, signal.SIGQUIT:
    signal.signal(ignored, signal.SIG_DFL)
os.execv('/bin/bash', ['bash', sys.argv[1]])
";

/// Servers have ports of their own, so one deployment of this machine runs at a time.
fn turn() -> File {
    let file = std::env::temp_dir().join("aiq-tests-ports");
    let file = File::create(file).expect("a file to lock");
    file.lock().expect("a lock");
    file
}

impl Stage {
    fn new(question: &str, target: &str) -> Self {
        let turn = turn();
        let files = Generated::new(question, &format!("for {target}"));
        let root = files.root;
        let python = Command::new("python3")
            .args(["-c", "import sys; print(sys.executable)"])
            .output()
            .expect("Python");
        let python = stdout(&python).trim().to_owned();
        let source = include_str!("stand_in.py");
        std::fs::create_dir(root.path().join("bin")).expect("a directory");
        std::fs::create_dir(root.path().join("calls")).expect("a directory");
        for name in PROGRAMS {
            let path = root.path().join("bin").join(name);
            std::fs::write(&path, format!("#!{python}\n{source}")).expect("written");
            let mode = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(&path, mode).expect("executable");
        }
        Self { root, python, _turn: turn }
    }

    fn run(&self, node: u64, fail: &str) -> Child {
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new(&self.python);
        command
            .args(["-c", AS_IN_A_TERMINAL])
            .arg(self.root.path().join(format!("out/run_{node}.sh")))
            .env("PATH", format!("{}:{path}", self.root.path().join("bin").display()))
            .env("CALLS", self.root.path().join("calls"))
            .env("FAIL", fail)
            .env("HTTP_PORT", "18765")
            .envs((0..4).map(|n| (format!("NODE_{n}"), "127.0.0.1")))
            .stdout(Stdio::piped());
        command.spawn().expect("bash")
    }

    /// The command lines so far, the GPUs of each first, in order.
    fn calls(&self) -> Vec<Vec<String>> {
        let calls = std::fs::read_dir(self.root.path().join("calls")).expect("calls");
        let mut calls: Vec<PathBuf> = calls.map(|c| c.expect("a call").path()).collect();
        calls.sort();
        let words = |path: &PathBuf| -> Vec<String> {
            let text = text_of(path);
            text.split('\0').map(str::to_owned).collect()
        };
        calls.iter().map(words).collect()
    }
}

/// Nothing is left that would keep a port from the next, should a test fail.
impl Drop for Stage {
    fn drop(&mut self) {
        for process in of(self.root.path()) {
            let _ = Command::new("kill").args(["-s", "KILL", &process]).status();
        }
    }
}

/// Waits until a script says that it is ready.
fn until_ready(script: &mut Child) {
    let lines = BufReader::new(script.stdout.take().expect("its output")).lines();
    let ready = lines.map_while(Result::ok).any(|l| l == "ready: http://127.0.0.1:18765/v1");
    assert!(ready, "it never was ready");
}

fn signal(script: &Child, name: &str) {
    let status = Command::new("kill").args(["-s", name, &script.id().to_string()]).status();
    assert!(status.expect("kill").success());
}

/// The processes of a deployment: its script and what stands in for its engines.
fn of(root: &Path) -> Vec<String> {
    let root = root.display().to_string();
    let processes = std::fs::read_dir("/proc").expect("processes").filter_map(Result::ok);
    let own = |process: &std::fs::DirEntry| {
        let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(&root)
    };
    processes.filter(own).map(|p| p.file_name().to_string_lossy().into_owned()).collect()
}

fn gone(root: &Path) {
    let begin = Instant::now();
    while !of(root).is_empty() {
        assert!(begin.elapsed() < Duration::from_secs(20), "something is left");
        std::thread::sleep(Duration::from_millis(50));
    }
}

const DENSE: &str = "for 'Qwen/Qwen3-32B-FP8' on h200_sxm * 4";

#[test]
fn engines_start_and_end_with_their_script() {
    let pools = "prefill.workers = 1, prefill.tp = 1, decode.workers = 1, decode.tp = 1";
    for (question, target, front, started) in [
        (format!("search tp = 4 {DENSE} using vllm as agg top 1"), "vllm", "", 1),
        (format!("search tp = 2 {DENSE} using vllm as agg top 1"), "vllm", "nginx", 3),
        (format!("search tp = 2 {DENSE} using sglang as agg top 1"), "sglang", "nginx", 3),
        (format!("search tp = 2 {DENSE} using trtllm as agg top 1"), "trtllm", "nginx", 3),
        (format!("search {pools} {DENSE} using vllm as disagg top 1"), "vllm", "vllm-router", 5),
        (format!("search {pools} {DENSE} using sglang as disagg top 1"), "sglang", "python3", 5),
        (
            format!("search {pools} {DENSE} using trtllm as disagg top 1"),
            "trtllm",
            "trtllm-serve",
            5,
        ),
    ] {
        let stage = Stage::new(&question, target);
        let mut script = stage.run(0, "-");
        until_ready(&mut script);
        let calls = stage.calls();
        assert_eq!(calls.len(), started, "{question}: {calls:?}");
        let gpus: Vec<&str> = calls.iter().flat_map(|c| c[0].split(',')).collect();
        assert_eq!(gpus.iter().filter(|g| !g.is_empty()).count(), 4, "{gpus:?}");
        let model = calls.iter().filter(|c| c.iter().any(|w| w == "Qwen/Qwen3-32B-FP8")).count();
        assert_eq!(model, started - usize::from(!front.is_empty()), "{calls:?}");
        if !front.is_empty() {
            assert_eq!(calls.last().expect("a call")[1], front, "it starts when all are ready");
        }
        signal(&script, "TERM");
        assert_eq!(script.wait().expect("its end").code(), Some(143), "{question}");
        gone(stage.root.path());
    }
}

#[test]
fn a_script_ends_with_the_status_of_its_worker() {
    let question = format!("search tp = 2 {DENSE} using vllm as agg top 1");
    for target in ["vllm", "dynamo_bare"] {
        let stage = Stage::new(&question, target);
        // Before it is ready: the second worker.
        let word = if target == "vllm" { "8200" } else { "dynamo.vllm" };
        let mut script = stage.run(0, word);
        assert_eq!(script.wait().expect("its end").code(), Some(7), "{target}");
        gone(stage.root.path());
        std::fs::remove_dir_all(stage.root.path().join("calls")).expect("no calls");
        std::fs::create_dir(stage.root.path().join("calls")).expect("a directory");
        let mut script = stage.run(0, "-");
        if target == "vllm" {
            until_ready(&mut script);
        } else {
            while stage.calls().len() < 3 {
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        signal(&script, "INT");
        assert_eq!(script.wait().expect("its end").code(), Some(130), "{target}");
        gone(stage.root.path());
    }
}

#[test]
fn the_front_is_what_fails() {
    let question = format!("search tp = 2 {DENSE} using vllm as agg top 1");
    let stage = Stage::new(&question, "vllm");
    let mut script = stage.run(0, "nginx");
    assert_eq!(script.wait().expect("its end").code(), Some(7));
    gone(stage.root.path());
}

#[test]
fn workers_over_nodes_meet() {
    let question = "search tp = 1, dp = 16, moe_tp = 1, moe_ep = 16 for 'deepseek-ai/DeepSeek-V3' \
                    on h200_sxm * 16 using vllm as agg top 1";
    let stage = Stage::new(question, "vllm");
    let mut second = stage.run(1, "-");
    let mut first = stage.run(0, "-");
    until_ready(&mut first);
    while stage.calls().len() < 2 {
        std::thread::sleep(Duration::from_millis(50));
    }
    let calls = stage.calls();
    let (headless, leading): (Vec<_>, Vec<_>) =
        calls.iter().partition(|c| c.iter().any(|w| w == "--headless"));
    let (headless, leading) = (headless[0], leading[0]);
    for flag in ["--data-parallel-address", "--data-parallel-rpc-port"] {
        assert_eq!(after(headless, flag), after(leading, flag), "{flag}");
    }
    assert_eq!(after(headless, "--data-parallel-start-rank"), Some(vec!["8"]));
    assert_eq!(after(headless, "--port"), None, "one server takes requests");
    for script in [&mut first, &mut second] {
        signal(script, "TERM");
        assert_eq!(script.wait().expect("its end").code(), Some(143));
    }
    gone(stage.root.path());
}
