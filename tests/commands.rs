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
    for (mode, pool) in [("agg", ""), ("disagg", "decode_")] {
        let own = best.iter().filter(|r| r["mode"] == mode);
        let mut shapes: Vec<u64> = own.map(|r| number(r, &format!("{pool}tp")) as u64).collect();
        assert!((1..=5).contains(&shapes.len()), "{mode}: {shapes:?}");
        let rows = shapes.len();
        shapes.sort_unstable();
        shapes.dedup();
        assert_eq!(shapes.len(), rows, "{mode} lists a shape twice");
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
    let mode =
        |m: &str| ["best_config_topn.csv", "config.yaml", "pareto.csv"].map(|f| format!("{m}/{f}"));
    let mut expected: Vec<String> = mode("agg").into_iter().chain(mode("disagg")).collect();
    let own = [".aiq-manifest.json", "answer.aiq", "pareto.png", "pareto.svg"];
    expected.extend(own.map(str::to_owned));
    // Each row has a folder of its own, with files that say the same as the row.
    for mode in ["agg", "disagg"] {
        let count = rows(&output).iter().filter(|r| r["mode"] == mode).count();
        for top in 1..=count {
            let folder = to.join(mode).join(format!("top{top}"));
            assert!(folder.join("run_0.sh").is_file(), "{}", folder.display());
            let checked = aiq(&["check", folder.to_str().expect("a path")]);
            assert_eq!(checked.status.code(), Some(0), "{}", stderr(&checked));
            let mut own = Vec::new();
            list(&to, &folder, &mut own);
            expected.extend(own);
        }
        assert!(!to.join(mode).join(format!("top{}", count + 1)).exists());
    }
    files.sort();
    expected.sort();
    assert_eq!(files, expected);
    assert_eq!(
        std::fs::read_dir(directory.path()).expect("entries").count(),
        1,
        "nothing is left beside"
    );

    let read = |file: &str| std::fs::read_to_string(to.join(file)).expect("a file");
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
    assert_eq!(with(&["--save_dir", path]).status.code(), Some(0));
    std::fs::remove_file(to.join(".aiq-manifest.json")).expect("removed");
    let refused = with(&["--save_dir", path]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("AIQ0256"), "{}", stderr(&refused));
    assert!(to.join("pareto.svg").is_file());
}

#[test]
fn deployment_files_are_for_a_target() {
    let directory = tempfile::tempdir().expect("a directory");
    let to = |name: &str| directory.path().join(name).display().to_string();
    let dynamo = with(&["--save-dir", &to("dynamo"), "--deployment-target", "dynamo"]);
    assert_eq!(dynamo.status.code(), Some(0), "{}", stderr(&dynamo));
    let file = directory.path().join("dynamo/disagg/top1/k8s_deploy.yaml");
    assert!(file.is_file(), "{}", file.display());
    // What a target cannot serve is said, and the rest is there.
    let llm_d = with(&["--save-dir", &to("llm_d"), "--deployment_target", "llm_d"]);
    assert_eq!(llm_d.status.code(), Some(0), "{}", stderr(&llm_d));
    assert!(stdout(&llm_d).contains("no files for llm_d: "), "{}", stdout(&llm_d));
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
        let output = aiq(&["-c", &text]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let read = |f: &str| std::fs::read_to_string(to.join(f)).expect("a file");
        let again = aiq(&["run", to.join("answer.aiq").to_str().expect("a path")]);
        assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
        format!("{}\n{}", read("answer.aiq"), read("agg/config.yaml"))
    };
    let plain = saved("plain", "search for 'Qwen/Qwen3-8B' on h200_sxm * 8 as agg top 1");
    assert!(plain.matches("using 'trtllm' '1.3.0rc20'").count() == 2, "{plain}");
    let two = "search for 'Qwen/Qwen3-8B' on h200_sxm * 8 using vllm current, sglang '0.5.14' as agg top 1";
    let two = two.replace(" current", " 'current'");
    let two = saved("two", &two);
    assert!(two.contains("using vllm '0.24.0', sglang '0.5.14'"), "{two}");
}

#[test]
fn a_plot_is_written_in_the_form_of_its_name() {
    let directory = tempfile::tempdir().expect("a directory");
    let plot = |name: &str| {
        let file = directory.path().join(name);
        let question = "search for 'Qwen/Qwen3-8B' on h200_sxm * 8 as agg";
        let output = aiq(&["-c", &format!("plot {question} to '{}'", file.display())]);
        (output, std::fs::read(file).unwrap_or_default())
    };
    let (_, page) = plot("a.html");
    let page = String::from_utf8(page).expect("text");
    assert!(page.starts_with("<!doctype html>") && page.contains("<svg"), "{page}");
    assert!(page.contains("<title>agg\ntokens_per_user (tokens/s): "), "{page}");
    assert!(!page.contains("http") || page.matches("http").count() == 1, "only a namespace");
    let (_, picture) = plot("a.PNG");
    assert_eq!(&picture[12..24], b"IHDR\0\0\x05\xf0\0\0\x03\x98", "1520 by 920");
    let (refused, none) = plot("a.gif");
    assert_eq!((refused.status.code(), none.len()), (Some(2), 0));
    assert!(stderr(&refused).contains("AIQ0224"), "{}", stderr(&refused));
}

#[test]
fn rows_differ_in_what_must_be_distinct() {
    let question = "search for 'Qwen/Qwen3-30B-A3B' on h200_sxm * 16";
    let ask = |top: &str| rows(&aiq(&["--format", "json", "-c", &format!("{question} {top}")]));
    // The same as the best of each shape, cut after some.
    let shape = "decode.tp, decode.dp, decode.moe_tp, decode.moe_ep";
    let each = ask(&format!("as disagg top 1 per {shape}"));
    let some = ask(&format!("as disagg top 3 distinct {shape}"));
    assert!(each.len() > 3, "{}", each.len());
    assert_eq!(some, each[..3]);
    // Counted within each mode.
    let both = ask("as agg, disagg top 2 per mode distinct tp, decode.tp");
    for (mode, column) in [("agg", "tp"), ("disagg", "decode_tp")] {
        let own: Vec<u64> =
            both.iter().filter(|r| r["mode"] == mode).map(|r| number(r, column) as u64).collect();
        assert!(own.len() == 2 && own[0] != own[1], "{mode}: {own:?}");
    }
    let wrong = aiq(&["-c", &format!("{question} as agg top 2 distinct shape")]);
    assert!(stderr(&wrong).contains("AIQ0228"), "{}", stderr(&wrong));
}

#[test]
fn a_checkpoint_without_draft_layers_is_said() {
    let output = with(&["--backend", "sglang", "--nextn", "1", "--accepted", "0.7"]);
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    let said = "There are no candidates: the checkpoint has no draft layers for nextn = 1.";
    assert!(text.contains(said), "{text}");
}

#[test]
fn support_takes_short_names() {
    let ask = |model: &str| rows(&aiq(&["support", "--model", model, "--format", "json"]));
    assert!(!ask("QWEN3_32B").is_empty());
    assert_eq!(ask("QWEN3_32B"), ask("Qwen/Qwen3-32B"));
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
    for line in include_str!("../models/aliases.tsv").lines().skip(2) {
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
    let commands = [
        "run",
        "default",
        "exp",
        "estimate",
        "recommend",
        "completions",
        "man",
        "check",
        "support",
        "systems",
    ];
    let manual = stdout(&aiq(&["man"]));
    let bash = stdout(&aiq(&["completions", "bash"]));
    for command in commands {
        assert!(manual.contains(&format!(".SH \"AIQ {}\"", command.to_uppercase())), "{command}");
        assert!(bash.contains(&format!("aiq,{command})")), "{command}");
    }
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
