//! What is written is whole whenever the program is killed, and nothing of a user's is lost.
//! `AIQ_KILLS` says how many runs of each are killed before they end, 8 by itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::binary::{aiq_in, command, stderr, succeeded, typed, words};
use crate::support::{files_below, root, text_of};

type Files = BTreeMap<PathBuf, Vec<u8>>;

/// Everything in a folder.
fn files(folder: &Path) -> Files {
    let read = |name: PathBuf| {
        let contents = std::fs::read(folder.join(&name)).expect("a file");
        (name, contents)
    };
    files_below(folder).into_iter().map(read).collect()
}

/// Something that writes a folder, in two ways.
struct Writer {
    name: &'static str,
    first: fn(&str) -> String,
    second: fn(&str) -> String,
}

fn question(batch: &str, rest: &str) -> String {
    format!(
        "-c let a = search tp in [1, 2], batch in [{batch}] for 'Qwen/Qwen3-32B-FP8' \
         on h200_sxm * 2 using vllm as agg top 2; {rest}"
    )
}

fn import(system: &str, to: &str) -> String {
    format!("systems import systems --backend vllm --system {system} --into {to}")
}

const WRITERS: [Writer; 3] = [
    Writer {
        name: "generate",
        first: |to| question("4", &format!("generate a[1] to '{to}' for dynamo")),
        second: |to| question("8", &format!("generate a[1] to '{to}' for vllm")),
    },
    Writer {
        name: "save",
        first: |to| question("4", &format!("save a to '{to}'")),
        second: |to| question("8", &format!("save a to '{to}' for dynamo")),
    },
    Writer { name: "import", first: |to| import("a100_sxm", to), second: |to| import("gb200", to) },
];

fn run(line: &str) {
    succeeded(&typed(line), line);
}

#[test]
fn a_killed_run_leaves_the_old_or_the_new() {
    let kills = std::env::var("AIQ_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(8_u32);
    for writer in WRITERS {
        let home = tempfile::tempdir().expect("a folder");
        let to = home.path().join("out");
        let place = to.to_string_lossy().into_owned();
        let (first, second) = ((writer.first)(&place), (writer.second)(&place));
        run(&first);
        std::fs::write(to.join("notes.md"), "mine").expect("a note");
        let old = files(&to);
        let begin = Instant::now();
        run(&second);
        let mut whole = begin.elapsed();
        let new = files(&to);
        assert!(old != new && new.contains_key(Path::new("notes.md")), "{}", writer.name);
        let (mut hits, mut tries) = (0, 0);
        while hits < kills {
            assert!(tries < 4 * kills, "{}: {hits} of {tries} were hit", writer.name);
            std::fs::remove_dir_all(&to).expect("removed");
            run(&first);
            std::fs::write(to.join("notes.md"), "mine").expect("a note");
            let mut child = command(root(), &words(&second))
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("the binary runs");
            // Most of the time goes before anything is written.
            let share = 0.7 + 0.35 * f64::from(tries % kills) / f64::from(kills);
            tries += 1;
            std::thread::sleep(whole.mul_f64(share));
            let ended = child.try_wait().expect("a status").is_some();
            child.kill().expect("killed");
            child.wait().expect("ended");
            hits += u32::from(!ended);
            // How long a run takes changes with what else the machine does.
            whole = whole.mul_f64(if ended { 0.95 } else { 1.01 });
            let left = files(&to);
            assert!(left == old || left == new, "{} {tries}: {:?}", writer.name, left.keys());
        }
        eprintln!("{}: {hits} of {tries} runs of {whole:?} were killed", writer.name);
        // The next run clears away what the dead ones left.
        std::thread::sleep(Duration::from_millis(10));
        run(&second);
        let names = std::fs::read_dir(home.path()).expect("entries").count();
        assert_eq!(names, 1, "{}: something temporary is left", writer.name);
    }
}

/// Runs it in a folder of its own; the exit status and what it said.
fn within(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = aiq_in(folder, arguments);
    (output.status.code(), stderr(&output))
}

const ANSWER: &str = "let a = estimate tp = 2, batch = 4 for 'Qwen/Qwen3-32B-FP8' on h200_sxm * 2 \
                      using vllm as agg;";

#[test]
fn a_folder_of_a_user_is_never_taken() {
    let home = tempfile::tempdir().expect("a folder");
    let victim = home.path().join("victim");
    std::fs::create_dir(&victim).expect("a folder");
    std::fs::write(victim.join("thesis.tex"), "years").expect("a file");
    let before = files(home.path());
    for place in ["victim", "nope/../victim", "./victim/../victim", "victim/../nope/../victim"] {
        for statement in [
            format!("save a to '{place}'"),
            format!("generate a[1] to '{place}' for dynamo"),
            format!(
                "plot search tp = 1 on h200_sxm * 2 as agg to '{place}/thesis.svg/../thesis.tex.svg'"
            ),
        ] {
            let (status, said) = within(home.path(), &["-c", &format!("{ANSWER} {statement}")]);
            assert!(status == Some(2) || status == Some(4), "{statement}: {status:?} {said}");
            assert_eq!(files(home.path()), before, "{statement}");
        }
    }
    // With leave, its own files come beside those that are there.
    let (status, said) =
        within(home.path(), &["-c", &format!("{ANSWER} save a to 'victim' force")]);
    assert_eq!(status, Some(0), "{said}");
    assert_eq!(text_of(victim.join("thesis.tex")), "years");
    assert!(victim.join("answer.aiq").is_file());
}

#[test]
fn names_in_a_file_lead_nowhere() {
    let home = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(home.path().join("victim")).expect("a folder");
    std::fs::write(home.path().join("victim/notes.md"), "mine").expect("a file");
    let elsewhere = tempfile::tempdir().expect("a folder");
    let absolute = elsewhere.path().join("new").to_string_lossy().into_owned();
    for name in ["../victim", "../../x", &absolute, "..", "a/b"] {
        let text = format!(
            "\"{name}\":\n  serving_mode: agg\n  model_path: QWEN3_32B\n  total_gpus: 8\n  \
             system_name: h200_sxm\n  isl: 2000\n  osl: 300\n  ttft: 2000\n  tpot: 60\n"
        );
        std::fs::write(home.path().join("exp.yaml"), text).expect("a file");
        let before = files(home.path());
        let (status, said) =
            within(home.path(), &["exp", "--yaml-path", "exp.yaml", "--save-dir", "out"]);
        assert_eq!(status, Some(2), "{name}: {said}");
        assert!(said.contains("AIQ0669"), "{name}: {said}");
        assert_eq!(files(home.path()), before, "{name}");
        assert_eq!(files(elsewhere.path()).len(), 0, "{name}");
    }
}

#[test]
fn what_a_user_drew_or_edited_needs_leave() {
    let home = tempfile::tempdir().expect("a folder");
    let plot = |rest: &str| {
        let text = format!("plot search tp in [1, 2] on h200_sxm * 2 as agg to 'a.svg'{rest}");
        within(home.path(), &["-c", &text])
    };
    std::fs::write(home.path().join("a.svg"), "<svg>mine</svg>").expect("a picture");
    let (status, said) = plot("");
    assert!(status == Some(2) && said.contains("AIQ0256"), "{status:?} {said}");
    assert_eq!(plot(" force").0, Some(0));
    assert_eq!(plot("").0, Some(0), "its own");
    let generate = |extra: &[&str]| {
        let text = format!("{ANSWER} generate a[1] to 'out' for vllm");
        within(home.path(), &[extra, &["-c", &text]].concat())
    };
    assert_eq!(generate(&[]).0, Some(0));
    let script = home.path().join("out/run_0.sh");
    std::fs::write(&script, "edited").expect("an edit");
    let (status, said) = generate(&[]);
    assert!(
        status == Some(2) && said.contains("`run_0.sh` in it was changed"),
        "{status:?} {said}"
    );
    assert_eq!(text_of(&script), "edited");
    assert_eq!(generate(&["--force"]).0, Some(0));
    assert_ne!(text_of(&script), "edited");
}
