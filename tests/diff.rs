//! What changed between two answers.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use serde_json::Value;
use support::session::{ask, rows, session};

const QUESTION: &str = "search for 'Qwen/Qwen3-32B' on h200_sxm * 8 using trtllm as agg, disagg \
                        where ttft < 1s and tpot < 30ms maximize tokens_per_gpu top 8";

fn number(row: &Value, name: &str) -> f64 {
    row[name].as_f64().unwrap_or(f64::NAN)
}

#[test]
fn a_question_against_itself_is_empty() {
    let mut session = session();
    let same = "between kv = bfloat16 and kv = bfloat16";
    let found = ask(&mut session, &format!("diff {QUESTION} {same}")).expect("a comparison");
    assert_eq!(found.row_count(), 0, "{:?}", rows(&found));
    ask(&mut session, &format!("let a = {QUESTION}; let b = {QUESTION}")).expect("answers");
    for text in ["diff a, b", "diff between a and b", "diff a, a"] {
        assert_eq!(ask(&mut session, text).expect("a comparison").row_count(), 0, "{text}");
    }
}

#[test]
fn rows_are_matched_and_their_causes_found() {
    let mut session = session();
    for sides in [
        "h200_sxm and h100_sxm",
        "trtllm and sglang",
        "trtllm '1.3.0rc20' and trtllm '1.2.0rc5'",
        "kv = bfloat16 and kv = fp8",
        "osl = 1000 and osl = 500",
        "max_step_tokens = 8192 and max_step_tokens = 4096",
    ] {
        let text = format!("diff {QUESTION} between {sides}");
        let found = match ask(&mut session, &text) {
            Ok(found) => rows(&found),
            // Not every release ships everywhere.
            Err(error) if error.code == "AIQ0234" || error.message.contains("1.2.0rc5") => continue,
            Err(error) => panic!("{text}: {error}"),
        };
        for row in &found {
            let (a, b) = (number(row, "a"), number(row, "b"));
            match row["change"].as_str().expect("a change") {
                "moved" => assert!((number(row, "delta") - (b - a)).abs() < 1e-9, "{row}"),
                "entered" => assert!(a.is_nan() && b > 0.0, "{row}"),
                "left" => assert!(b.is_nan() && a > 0.0, "{row}"),
                other => panic!("{other}"),
            }
        }
        if sides.starts_with("h200") || sides.starts_with("kv") || sides.starts_with("osl") {
            assert!(!found.is_empty(), "{text}");
            let caused = found.iter().filter(|r| !r["cause"].is_null()).count();
            assert!(caused > 0, "{text}: {found:?}");
        }
    }
}

/// The numbers of a comparison are those of the two answers.
#[test]
fn both_sides_are_the_answers() {
    let mut session = session();
    let on = |system: &str| QUESTION.replace("h200_sxm", system);
    ask(&mut session, &format!("let a = {}; let b = {}", on("h200_sxm"), on("h100_sxm")))
        .expect("answers");
    let named = rows(&ask(&mut session, "diff a, b").expect("a comparison"));
    let text = format!("diff {QUESTION} between h200_sxm and h100_sxm");
    let asked = rows(&ask(&mut session, &text).expect("a comparison"));
    assert!(!named.is_empty());
    let strip = |rows: &[Value]| -> Vec<(String, String, String)> {
        let of = |r: &Value, n: &str| r[n].to_string();
        rows.iter().map(|r| (of(r, "change"), of(r, "a"), of(r, "b"))).collect()
    };
    assert_eq!(strip(&named), strip(&asked));
}
