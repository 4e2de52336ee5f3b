//! Command modes, as a user types them: what they ask, what they answer, what they write.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::path::Path;
use std::process::Output;

use support::binary::{aiq, number, rows};

const DEFAULT: &[&str] = &[
    "default",
    "--model",
    "QWEN3_32B",
    "--total_gpus",
    "32",
    "--system",
    "h200_sxm",
    "--ttft",
    "300",
    "--tpot",
    "10",
];

fn with(more: &[&str]) -> Output {
    aiq(&[DEFAULT, more].concat())
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("text")
}

/// The statements that a command prints before anything else.
fn statements(text: &str) -> &str {
    text.split("\n\n").next().unwrap_or_default()
}

#[test]
fn each_mode_prints_the_question_it_asks() {
    let commands: [&[&str]; 6] = [
        &[DEFAULT, &["--prefix", "500", "--top-n=2"]].concat(),
        &[
            "default",
            "--model",
            "Qwen/Qwen3-32B",
            "--total-gpus",
            "16",
            "--system",
            "h200_sxm",
            "--decode-system",
            "h100_sxm",
            "--backend",
            "auto",
            "--request-latency",
            "20000",
            "--isl",
            "3000",
            "--osl",
            "512",
        ],
        &[
            "recommend",
            "--model",
            "QWEN3_32B",
            "--system",
            "h200_sxm",
            "--target_request_rate",
            "50",
            "--ttft",
            "1000",
            "--tpot",
            "30",
        ],
        &["estimate", "--model", "QWEN3_32B", "--system", "h200_sxm", "--tp", "4", "--batch", "32"],
        &[
            "default",
            "--model",
            "Qwen/Qwen3.5-27B",
            "--total_gpus",
            "8",
            "--system",
            "h200_sxm",
            "--backend",
            "sglang",
            "--nextn",
            "1",
            "--accepted",
            "0.7",
        ],
        &[
            "estimate",
            "--model",
            "DEEPSEEK_V3",
            "--system",
            "h200_sxm",
            "--mode",
            "disagg",
            "--tp",
            "8",
            "--moe_ep",
            "8",
            "--decode_batch",
            "32",
            "--total_gpus",
            "16",
        ],
    ];
    let mut all = String::new();
    for command in commands {
        let output = aiq(command);
        assert_eq!(output.status.code(), Some(0), "{command:?}: {}", stderr(&output));
        all.push_str(&format!("> aiq {}\n{}\n\n", command.join(" "), statements(&stdout(&output))));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn experiments_print_the_questions_they_ask() {
    for file in ["experiments", "experiments_layered"] {
        let output = aiq(&["exp", "--yaml_path", &format!("tests/data/{file}.yaml")]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        insta::assert_snapshot!(file, statements(&stdout(&output)));
    }
}

#[test]
fn a_printed_question_is_the_question() {
    let printed = with(&["--format", "json"]);
    let text = stderr(&printed);
    let question = statements(&text).split(";\n").next().expect("a statement");
    let asked = aiq(&["--format", "json", "-c", question]);
    assert_eq!(rows(&printed), rows(&asked));
}

#[test]
fn default_names_the_winner_and_divides_the_gpus() {
    let text = stdout(&with(&[]));
    let best = rows(&with(&["--format", "json"]));
    let of = |mode: &str| best.iter().find(|r| r["mode"] == mode).expect("a row").clone();
    let (agg, disagg) = (of("agg"), of("disagg"));
    let ratio = number(&disagg, "tokens_per_gpu") / number(&agg, "tokens_per_gpu");
    assert!(
        text.contains("disagg wins: ") && text.contains(&format!("{ratio:.2} times agg")),
        "{text}"
    );
    for mode in ["agg", "disagg"] {
        let own: Vec<_> = best.iter().filter(|r| r["mode"] == mode).collect();
        assert_eq!(own.len(), 5, "{mode}");
    }
    let count = |row, name| number(row, name) as u64;
    let arithmetic = format!(
        "{} replica{} x ({} prefill + {} decode) = {} GPUs",
        count(&disagg, "replicas"),
        if count(&disagg, "replicas") == 1 { "" } else { "s" },
        count(&disagg, "prefill_workers"),
        count(&disagg, "decode_workers"),
        count(&disagg, "gpus_used")
    );
    assert!(text.contains(&arithmetic), "{arithmetic} is not in {text}");
    assert!(text.contains("tokens_per_gpu against tokens_per_user"), "{text}");
}

#[test]
fn nothing_feasible_is_said() {
    let output = aiq(&[
        "default",
        "--model",
        "QWEN3_32B",
        "--total_gpus",
        "8",
        "--system",
        "h200_sxm",
        "--ttft",
        "5",
    ]);
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    assert!(text.contains("Nothing meets all targets") && text.contains("nearest miss"), "{text}");
}

#[test]
fn recommend_finds_the_fewest() {
    let recommend = |rate: &str, more: &[&str]| {
        let command = [
            "recommend",
            "--model",
            "QWEN3_32B",
            "--system",
            "h200_sxm",
            "--format",
            "json",
            "--ttft",
            "1000",
            "--tpot",
            "30",
            "--target_request_rate",
            rate,
        ];
        rows(&aiq(&[&command, more].concat()))
    };
    let best = recommend("50", &[]);
    for row in &best {
        assert!(number(row, "request_rate") >= 50.0, "{row}");
        let each = number(row, "request_rate") / number(row, "replicas");
        assert!(each * (number(row, "replicas") - 1.0) < 50.0, "a replica too many: {row}");
    }
    // The same by hand: no smaller cluster of whole replicas carries the load.
    let fewest =
        best.iter().filter(|r| r["mode"] == "agg").map(|r| number(r, "gpus_used") as u64).next();
    let fewest = fewest.expect("a row of agg");
    let by_hand = rows(&aiq(&[
        "--format",
        "json",
        "-c",
        &format!(
            "search gpus in 40..{} step 2, max_idle = 1 for 'Qwen/Qwen3-32B' on h200_sxm as agg \
         where ttft < 1s and tpot < 30ms and request_rate >= 50req/s minimize gpus_used top 1",
            fewest + 4
        ),
    ]));
    assert_eq!(number(&by_hand[0], "gpus_used") as u64, fewest);
}

#[test]
fn results_are_saved_whole() {
    let directory = tempfile::tempdir().expect("a directory");
    let to = directory.path().join("results");
    let path = to.to_str().expect("a path");
    let output = with(&["--save_dir", path, "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let mut files = Vec::new();
    list(&to, &to, &mut files);
    files.sort();
    let mode =
        |m: &str| ["best_config_topn.csv", "config.yaml", "pareto.csv"].map(|f| format!("{m}/{f}"));
    let expected: Vec<String> = mode("agg")
        .into_iter()
        .chain(["answer.aiq".to_owned()])
        .chain(mode("disagg"))
        .chain(["pareto.svg".to_owned()])
        .collect();
    assert_eq!(files, expected);
    assert_eq!(
        std::fs::read_dir(directory.path()).expect("entries").count(),
        1,
        "nothing is left beside"
    );

    let read = |file: &str| std::fs::read_to_string(to.join(file)).expect("a file");
    let saved = read("disagg/best_config_topn.csv").lines().count();
    assert_eq!(saved, 6, "a header and five rows");
    assert!(read("pareto.svg").starts_with("<svg"));
    insta::assert_snapshot!(read("disagg/config.yaml"));
    // Asked again, it answers the same.
    let again = aiq(&["run", to.join("answer.aiq").to_str().expect("a path"), "--format", "json"]);
    assert_eq!(rows(&again), rows(&output));
    // Results replace results, and nothing else.
    assert_eq!(with(&["--save_dir", path]).status.code(), Some(0));
    std::fs::remove_file(to.join("answer.aiq")).expect("removed");
    let refused = with(&["--save_dir", path]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("AIQ0256"), "{}", stderr(&refused));
    assert!(to.join("pareto.svg").is_file());
}

fn list(root: &Path, at: &Path, files: &mut Vec<String>) {
    for entry in std::fs::read_dir(at).expect("entries") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            list(root, &path, files);
        } else {
            files.push(path.strip_prefix(root).expect("below").display().to_string());
        }
    }
}

#[test]
fn experiments_are_compared_in_one_table() {
    let output = aiq(&["exp", "--yaml_path", "tests/data/experiments.yaml", "--format", "json"]);
    let compared = rows(&output);
    let mut names: Vec<&str> = compared.iter().filter_map(|r| r["experiment"].as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["any_backend", "one_worker", "soft", "two_gpus"]);
    let rates: Vec<f64> = compared.iter().map(|r| number(r, "tokens_per_gpu")).collect();
    assert!(rates.windows(2).all(|w| w[0] >= w[1]), "{rates:?}");
    let two = compared.iter().find(|r| r["experiment"] == "two_gpus").expect("a row");
    assert_eq!(two["system"], "h100_sxm + h200_sxm");
}

#[test]
fn scores_are_shown_term_by_term() {
    let found = rows(&aiq(&[
        "--format",
        "json",
        "-c",
        "search for 'Qwen/Qwen3-32B' on h200_sxm * 8 as agg prefer ttft < 200ms weight 2 prefer tpot < 8ms \
         maximize tokens_per_gpu top 20",
    ]));
    for row in &found {
        let kept = |metric: &str, bound: f64, weight: f64| {
            (-weight * (number(row, metric) / bound - 1.0).max(0.0)).exp()
        };
        let (ttft, tpot) = (kept("ttft", 200.0, 2.0), kept("tpot", 8.0, 1.0));
        assert!((number(row, "ttft_score") - ttft).abs() < 1e-9);
        assert!((number(row, "tpot_score") - tpot).abs() < 1e-9);
        let score = number(row, "tokens_per_gpu") * ttft * tpot;
        assert!((number(row, "score") / score - 1.0).abs() < 1e-9);
    }
}

#[test]
fn short_names_are_models() {
    let ask = |model: &str| {
        rows(&aiq(&["--format", "json", "-c", &format!("estimate tp = 8 for '{model}' as agg")]))
    };
    assert_eq!(ask("QWEN3_32B"), ask("Qwen/Qwen3-32B"));
    assert_eq!(ask("llama3.1_8b")[0]["model"], "meta-llama/Llama-3.1-8B-Instruct");
    for line in include_str!("../models/aliases.tsv").lines().filter(|l| !l.starts_with('#')) {
        let (_, name) = line.split_once('\t').expect("two columns");
        let file = format!("models/catalog/{}.json", name.replacen('/', "--", 1));
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(&file).is_file(), "{file}");
    }
}

#[test]
fn wrong_commands_say_what_is_wrong() {
    let dir = env!("CARGO_MANIFEST_DIR");
    let commands: [&[&str]; 7] = [
        &["default", "--model", "QWEN3_23B", "--total_gpus", "8", "--system", "h200_sxm"],
        &[
            "default",
            "--model",
            "QWEN3_32B",
            "--total_gpus",
            "8",
            "--system",
            "h20_sxm",
            "--backend",
            "auto",
        ],
        &[
            "default",
            "--model",
            "QWEN3_32B",
            "--total_gpus",
            "8",
            "--system",
            "h200_sxm",
            "--nextn",
            "1",
        ],
        &[
            "default",
            "--model",
            "QWEN3_32B",
            "--total_gpus",
            "8",
            "--system",
            "h200_sxm",
            "--accepted",
            "1",
        ],
        &[
            "default",
            "--model",
            "QWEN3_32B",
            "--total_gpus",
            "8",
            "--system",
            "h200_sxm",
            "--backend",
            "auto",
            "--backend_version",
            "1",
        ],
        &["-c", "search prefer p90(ttft) < 300ms weight 2 top 1"],
        &["-c", "search prefer ttft < 300ms fail_ratio 0.1 hard top 1"],
    ];
    let mut all = String::new();
    for command in commands {
        let output = aiq(command);
        all.push_str(&format!(
            "> aiq {}\n{}\n",
            command.join(" "),
            stderr(&output).replace(dir, "")
        ));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn completions_and_manual_come_from_the_options() {
    for shell in ["bash", "zsh", "fish"] {
        let script = stdout(&aiq(&["completions", shell]));
        assert!(script.contains("total-gpus") && script.contains("recommend"), "{shell}");
    }
    let manual = stdout(&aiq(&["man"]));
    assert!(manual.contains("total\\-gpus") && manual.contains(".TH"), "{manual}");
}

#[test]
fn an_infeasible_experiment_leaves_the_others() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("experiments.yaml");
    let one =
        "  serving_mode: agg\n  model_path: QWEN3_32B\n  system_name: h200_sxm\n  total_gpus: 8\n";
    std::fs::write(&file, format!("never:\n{one}  ttft: 5\nusual:\n{one}")).expect("written");
    let path = file.to_str().expect("a path");
    let output = aiq(&["exp", "--yaml_path", path, "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let compared = rows(&output);
    assert_eq!(compared.len(), 1);
    assert_eq!(compared[0]["experiment"], "usual");
    let text = stdout(&aiq(&["exp", "--yaml_path", path]));
    assert!(text.contains("`ttft < 5ms` removed"), "{text}");
}
