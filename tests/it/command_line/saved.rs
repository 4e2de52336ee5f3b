//! Answers that are saved: what is written, for which target, and that it answers the same again.

use std::path::{Path, PathBuf};

use super::default_with;
use crate::support::binary::{aiq, rows, stderr, stdout, succeeded};
use crate::support::{files_below, text_of};

#[test]
fn results_are_saved_whole() {
    let directory = tempfile::tempdir().expect("a directory");
    let to = directory.path().join("results");
    let path = to.to_str().expect("a path");
    let output = default_with(&format!("--save_dir {path} --format json"));
    succeeded(&output, path);
    let own = [".aiq-manifest.json", "answer.aiq", "pareto.png", "pareto.svg"];
    let mut expected: Vec<PathBuf> = own.map(PathBuf::from).to_vec();
    // Each row has a folder of its own, with files that say the same as the row.
    for mode in ["agg", "disagg"] {
        let of_mode = ["best_config_topn.csv", "config.yaml", "pareto.csv"];
        expected.extend(of_mode.map(|file| Path::new(mode).join(file)));
        let count = rows(&output).iter().filter(|r| r["mode"] == mode).count();
        for top in 1..=count {
            let name = Path::new(mode).join(format!("top{top}"));
            let folder = to.join(&name);
            assert!(folder.join("run_0.sh").is_file(), "{}", folder.display());
            succeeded(&aiq(&["check", folder.to_str().expect("a path")]), "check");
            expected.extend(files_below(&folder).iter().map(|file| name.join(file)));
        }
        assert!(!to.join(mode).join(format!("top{}", count + 1)).exists());
    }
    expected.sort();
    assert_eq!(files_below(&to), expected);
    assert_eq!(
        std::fs::read_dir(directory.path()).expect("entries").count(),
        1,
        "nothing is left beside"
    );

    let read = |file: &str| text_of(to.join(file));
    let saved = read("disagg/best_config_topn.csv").lines().count();
    let of_mode = rows(&output).iter().filter(|r| r["mode"] == "disagg").count();
    assert_eq!(saved, 1 + of_mode, "a header and the rows");
    assert!(read("pareto.svg").starts_with("<svg"));
    let picture = std::fs::read(to.join("pareto.png")).expect("a file");
    assert_eq!(&picture[..8], b"\x89PNG\r\n\x1a\n");
    insta::assert_snapshot!(read("disagg/config.yaml"));
    assert!(read("answer.aiq").contains("using trtllm '1.3.0rc20'"), "{}", read("answer.aiq"));
    // Asked again, it answers the same.
    let again = aiq(&["run", to.join("answer.aiq").to_str().expect("a path"), "--format", "json"]);
    assert_eq!(rows(&again), rows(&output));
    // Results replace results, and nothing else.
    succeeded(&default_with(&format!("--save_dir {path}")), path);
    std::fs::remove_file(to.join(".aiq-manifest.json")).expect("removed");
    let refused = default_with(&format!("--save_dir {path}"));
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("AIQ0256"), "{}", stderr(&refused));
    assert!(to.join("pareto.svg").is_file());
}

#[test]
fn deployment_files_are_for_a_target() {
    let directory = tempfile::tempdir().expect("a directory");
    let to = |name: &str| directory.path().join(name).display().to_string();
    let save = |option: &str, target: &str| {
        let options = format!("--save-dir {} {option} {target}", to(target));
        let output = default_with(&options);
        succeeded(&output, target);
        stdout(&output)
    };
    save("--deployment-target", "dynamo");
    let file = directory.path().join("dynamo/disagg/top1/k8s_deploy.yaml");
    assert!(file.is_file(), "{}", file.display());
    // What a target cannot serve is said, and the rest is there.
    let said = save("--deployment_target", "llm_d");
    assert!(said.contains("no files for llm_d: "), "{said}");
    assert!(directory.path().join("llm_d/agg/best_config_topn.csv").is_file());
    assert!(!directory.path().join("llm_d/agg/top1").exists());
    // Anything else leaves nothing behind.
    let question = "let a = search for 'Qwen/Qwen3-32B' on h200_sxm * 8 as agg top 1";
    let wrong = aiq(&["-c", &format!("{question}; save a to '{}' for dynamoo", to("wrong"))]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(stderr(&wrong).contains("did you mean `dynamo`?"), "{}", stderr(&wrong));
    assert!(!directory.path().join("wrong").exists());
}

#[test]
fn saved_answers_pin_their_data() {
    let directory = tempfile::tempdir().expect("a directory");
    let saved = |name: &str, question: &str| {
        let to = directory.path().join(name);
        let text = format!("let a = {question}; save a to '{}'", to.display());
        succeeded(&aiq(&["-c", &text]), &text);
        let answer = to.join("answer.aiq");
        succeeded(&aiq(&["run", answer.to_str().expect("a path")]), name);
        format!("{}\n{}", text_of(&answer), text_of(to.join("agg/config.yaml")))
    };
    let plain = saved("plain", "search for 'Qwen/Qwen3-8B' on h200_sxm * 8 as agg top 1");
    assert!(plain.matches("using 'trtllm' '1.3.0rc20'").count() == 2, "{plain}");
    let two = "search for 'Qwen/Qwen3-8B' on h200_sxm * 8 using vllm 'current', sglang '0.5.14' \
               as agg top 1";
    let two = saved("two", two);
    assert!(two.contains("using vllm '0.24.0', sglang '0.5.14'"), "{two}");
}
