//! Every shipped query answers, as a user would run it: through the binary, reading its output.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use std::path::{Path, PathBuf};

use support::binary::{aiq, rows};

fn queries() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("queries");
    let mut files: Vec<PathBuf> = std::fs::read_dir(directory)
        .expect("queries")
        .map(|e| e.expect("entry").path())
        .filter(|p| p.extension().is_some_and(|e| e == "aiq"))
        .collect();
    files.sort();
    files
}

#[test]
fn every_query_answers() {
    let files = queries();
    assert!(files.len() >= 8, "{} queries ship", files.len());
    for file in files {
        let output = aiq(&["run", file.to_str().expect("path"), "--format", "json"]);
        let infeasible = file.ends_with("infeasible.aiq");
        let status = output.status.code();
        assert_eq!(status, Some(i32::from(infeasible)), "{}", file.display());
        assert_eq!(rows(&output).is_empty(), infeasible, "{}", file.display());
    }
}

#[test]
fn the_main_query_keeps_its_promises() {
    let output = aiq(&["run", "queries/qwen3_32b_h200.aiq", "--format", "json"]);
    let rows = rows(&output);
    for mode in ["agg", "disagg"] {
        let own = rows.iter().filter(|r| r["mode"] == mode).count();
        assert!((1..=5).contains(&own), "{own} rows of {mode}");
    }
    let number = |row: &serde_json::Value, name: &str| row[name].as_f64().expect("a number");
    let scores: Vec<f64> = rows.iter().map(|r| number(r, "tokens_per_gpu")).collect();
    assert!(scores.windows(2).all(|w| w[0] >= w[1]), "not ranked: {scores:?}");
    for (i, row) in rows.iter().enumerate() {
        assert_eq!(row["rank"], i + 1);
        assert!(number(row, "ttft") < 300.0 && number(row, "tpot") < 10.0);
        assert!(number(row, "gpus_used") <= 32.0);
        let per_gpu = number(row, "tokens_per_second") / number(row, "gpus_used");
        assert!((per_gpu / number(row, "tokens_per_gpu") - 1.0).abs() < 1e-9);
        let latency = number(row, "ttft") + 999.0 * number(row, "tpot");
        assert!((latency / number(row, "latency") - 1.0).abs() < 1e-9);
    }
}

#[test]
fn an_infeasible_question_says_why() {
    let output = aiq(&["run", "queries/infeasible.aiq"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("`ttft < 30ms` removed"), "{text}");
    assert!(text.contains("nearest miss"), "{text}");
}

#[test]
fn rows_that_cannot_be_priced_keep_their_place() {
    let output = aiq(&["-c", "estimate from 'tests/data/rows.csv'", "--format", "json"]);
    let rows = rows(&output);
    assert_eq!(rows.len(), 3);
    assert!(rows[0]["ttft"].as_f64().expect("priced") > 0.0);
    assert!(rows[1]["ttft"].is_null());
    assert!(rows[1]["reason"].as_str().expect("a reason").contains("no model"));
    assert_eq!(rows[2]["mode"], "disagg");
    assert_eq!(rows[2]["note"], "pair");
}

#[test]
fn rows_are_counted_per_any_column() {
    let question = "search on h200_sxm * 32 where ttft < 300ms and tpot < 10ms \
                    maximize tokens_per_gpu top";
    let ask = |top: &str| rows(&aiq(&["-c", &format!("{question} {top}"), "--format", "json"]));
    let all = ask("100000");
    let of = |row: &serde_json::Value, names: &[&str]| -> Vec<String> {
        names.iter().map(|n| row[*n].to_string()).collect()
    };
    for (top, names) in [
        ("2 per tp", vec!["tp"]),
        ("1 per mode, prefill.tp, decode_tp", vec!["mode", "prefill_tp", "decode_tp"]),
        ("3 per origin", vec!["origin"]),
    ] {
        let best = ask(top);
        let count: usize = top[..1].parse().expect("a number");
        // What a person would do by hand with all rows, which are in order.
        let mut seen = std::collections::BTreeMap::<Vec<String>, usize>::new();
        let mut expected = Vec::new();
        for row in &all {
            let place = seen.entry(of(row, &names)).or_default();
            *place += 1;
            if *place <= count {
                expected.push(row["tokens_per_gpu"].clone());
            }
        }
        let ours: Vec<serde_json::Value> =
            best.iter().map(|row| row["tokens_per_gpu"].clone()).collect();
        assert_eq!(ours, expected, "top {top}");
    }
}

/// A plan of twice the workers is two of the smaller plan, so it is not an answer of its own;
/// asking for the numbers of workers brings all back.
#[test]
fn equal_replicas_are_one_answer() {
    let ask = |axes: &str, gpus: u32| {
        rows(&aiq(&[
            "-c",
            &format!(
                "search {axes} for 'Qwen/Qwen3-32B-FP8' on h200_sxm * {gpus} as disagg \
                 where ttft < 1s and tpot < 20ms maximize tokens_per_gpu top 1000"
            ),
            "--format",
            "json",
        ]))
    };
    let number = |row: &serde_json::Value, name: &str| row[name].as_f64().expect("a number");
    let shape = |row: &serde_json::Value, times: f64| {
        let of = |names: &[&str], times: f64| -> Vec<String> {
            names.iter().map(|n| (number(row, n) * times).to_string()).collect()
        };
        let mut shape = of(&["prefill_workers", "decode_workers"], times);
        shape.extend(of(&["prefill_tp", "decode_tp", "decode_batch", "gpus_used"], 1.0));
        shape
    };
    // Those that share a factor are there for using fewer GPUs than the smaller plan would.
    let prime = |row: &serde_json::Value| {
        let counts = ["prefill_workers", "decode_workers"].map(|n| number(row, n) as u32);
        (2..=16).all(|n| counts.iter().any(|c| c % n > 0))
    };
    for gpus in [8, 30, 32] {
        let few = ask("", gpus);
        let all = ask("prefill.workers in 1..32, decode.workers in 1..32", gpus);
        assert_eq!(few[0]["tokens_per_gpu"], all[0]["tokens_per_gpu"], "{gpus} GPUs");
        let shapes: Vec<Vec<String>> = few.iter().map(|row| shape(row, 1.0)).collect();
        for row in few.iter().filter(|row| prime(row)) {
            for times in 2..=16 {
                assert!(!shapes.contains(&shape(row, f64::from(times))), "{row}");
            }
        }
    }
}
