//! Every shipped query answers, as a user would run it: through the binary, reading its output.

use crate::support::binary::{aiq, ask, printed, rows};
use crate::support::{files_of, number};

#[test]
fn every_query_answers() {
    let files = files_of("queries", "aiq");
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
    // GPUs that stay idle are paid for.
    let scores: Vec<f64> = rows.iter().map(|r| number(r, "tokens_per_second")).collect();
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
    let text = printed(&output);
    assert!(text.contains("`ttft < 30ms` removed"), "{text}");
    assert!(text.contains("nearest miss"), "{text}");
}

#[test]
fn rows_that_cannot_be_priced_keep_their_place() {
    let rows = ask("estimate from 'tests/data/rows.csv'");
    assert_eq!(rows.len(), 3);
    assert!(rows[0]["ttft"].as_f64().expect("priced") > 0.0);
    assert!(rows[1]["ttft"].is_null());
    assert!(rows[1]["reason"].as_str().expect("a reason").contains("no model"));
    assert_eq!(rows[2]["mode"], "disagg");
    assert_eq!(rows[2]["note"], "pair");
}
