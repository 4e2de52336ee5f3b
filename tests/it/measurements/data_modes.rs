//! Data modes and origins: what is priced under each, and what is refused.

use aiq::Answer;

use crate::support::number;
use crate::support::session::{must as ask, must_rows, rows, session};

/// The texts of a column.
fn texts(answer: &Answer, column: &str) -> Vec<String> {
    rows(answer).iter().filter_map(|row| Some(row[column].as_str()?.to_owned())).collect()
}

/// The time per token of the first row.
fn tpot(answer: &Answer) -> f64 {
    number(&rows(answer)[0], "tpot")
}

fn data(answer: &Answer) -> String {
    answer.footer.as_ref().expect("a footer").data.join(", ")
}

const SEARCH: &str =
    "search for 'Qwen/Qwen3-32B' on h200_sxm * 8 using trtllm as agg, disagg top 5 per mode";

#[test]
fn a_search_under_each_mode() {
    let mut session = session();
    let usual = ask(&mut session, SEARCH);
    assert!(!data(&usual).contains("data ="), "{}", data(&usual));
    for mode in ["measured", "tables", "hybrid", "roofline"] {
        let answer = ask(&mut session, &format!("set data = {mode}; {SEARCH}"));
        assert!(answer.row_count() > 0, "{mode}");
        let origins = texts(&answer, "origin");
        match mode {
            "measured" => {
                assert!(
                    origins.iter().all(|o| o == "interpolated" || o == "measured"),
                    "{origins:?}"
                );
            }
            "roofline" => assert!(origins.iter().all(|o| o == "roofline"), "{origins:?}"),
            _ => assert_eq!(origins, texts(&usual, "origin"), "{mode}"),
        }
        if mode != "tables" {
            assert!(data(&answer).contains(&format!("data = {mode}")), "{}", data(&answer));
        }
    }
}

#[test]
fn modes_are_compared_in_one_search() {
    let mut session = session();
    let answer = ask(
        &mut session,
        "search data in [tables, roofline] for 'Qwen/Qwen3-32B' on h200_sxm * 8 as agg top 1 per data",
    );
    let mut modes = texts(&answer, "data");
    modes.sort();
    assert_eq!(modes, ["roofline", "tables"]);
}

#[test]
fn the_bound_is_below_what_was_measured() {
    let mut session = session();
    let estimate = "estimate tp = 2, batch = 16 for 'Qwen/Qwen3-32B' on h200_sxm * 8 as agg";
    let tables = tpot(&ask(&mut session, estimate));
    let bound = tpot(&ask(&mut session, &format!("set data = roofline; {estimate}")));
    assert!(bound < tables && bound > 0.0, "{bound} of {tables}");
}

#[test]
fn what_was_transferred_is_named() {
    let mut session = session();
    let price = "select gemm_latency('h200_sxm', 'sglang', 'current', 'int4_wo', 64, 7168, 2048) as ms, \
                 gemm_origin('h200_sxm', 'sglang', 'current', 'int4_wo', 64, 7168, 2048) as origin";
    assert_eq!(texts(&ask(&mut session, price), "origin"), Vec::<String>::new());
    let answer = ask(&mut session, &format!("set data = hybrid; {price}"));
    assert_eq!(texts(&answer, "origin"), ["transferred"]);
    let question = "estimate tp = 2, batch = 16, gemm = int4_wo for 'Qwen/Qwen3-32B' on h200_sxm * 8 using sglang as agg";
    let ops = must_rows(&mut session, &format!("explain ops {question}"));
    let sources = ops.iter().flat_map(|r| r["sources"].as_array().expect("a list"));
    let from: Vec<_> = sources.filter(|s| !s["differs"].is_null()).collect();
    assert!(!from.is_empty() && from.iter().all(|f| f["differs"] == "quant=bfloat16"), "{from:?}");
    assert!(ops.iter().any(|op| op["origin"] == "transferred"));
}

/// Nobody measured this kernel with vLLM on an H200; others did.
#[test]
fn rows_of_another_backend_stand_in() {
    let mut session = session();
    let price = "select context_mla_origin('h200_sxm', 'vllm', 'current', 'bfloat16', 'bfloat16', 16, 1, 2048, 0) as x";
    assert!(texts(&ask(&mut session, price), "x").is_empty());
    let answer = ask(&mut session, &format!("set data = hybrid; {price}"));
    assert_eq!(texts(&answer, "x"), ["transferred"]);
}

#[test]
fn candidates_are_filtered_by_origin() {
    let mut session = session();
    for mode in ["agg", "disagg"] {
        for origin in ["interpolated", "'interpolated'"] {
            let text = format!(
                "search for 'Qwen/Qwen3-32B' on h200_sxm * 8 using trtllm as {mode} \
                 where origin <= {origin} and ttft < 2s top 20"
            );
            let answer = ask(&mut session, &text);
            let origins = texts(&answer, "origin");
            assert!(!origins.is_empty(), "{mode}");
            assert!(origins.iter().all(|o| o == "interpolated" || o == "measured"), "{origins:?}");
        }
    }
    let estimate = "estimate tp = 2, batch = 16, data = roofline for 'Qwen/Qwen3-32B' on h200_sxm * 8 as agg where origin <= interpolated";
    let answer = ask(&mut session, estimate);
    assert!(answer.notes.iter().any(|n| n.contains("origin")), "{:?}", answer.notes);
}

#[test]
fn another_definition_of_a_precision_reaches_what_is_bound() {
    let mut session = session();
    let estimate =
        "estimate tp = 2, batch = 16, data = roofline for 'Qwen/Qwen3-32B' on h200_sxm * 8 as agg";
    let before = tpot(&ask(&mut session, estimate));
    let text = format!("quant bfloat16 {{ bytes = 4, flops = 'bfloat16' }} {estimate}");
    let after = tpot(&ask(&mut session, &text));
    assert!(after > 1.5 * before, "{before} then {after}");
}

#[test]
fn what_is_refused_says_what_it_would_be() {
    let mut session = session();
    let reason = "select gemm_reason('h200_sxm', 'trtllm', '1.3.0rc20', 'bfloat16', 1000000, 4096, 4096) as why";
    assert!(texts(&ask(&mut session, reason), "why").is_empty());
    let answer = ask(&mut session, &format!("set data = measured; {reason}"));
    let why = "gemm: m=1000000, n=4096, k=4096 is extrapolated, not measured";
    assert_eq!(texts(&answer, "why"), [why]);
}

#[test]
fn a_pool_has_a_mode_of_its_own() {
    let mut session = session();
    let text =
        "search prefill.data = roofline for 'Qwen/Qwen3-32B' on h200_sxm * 8 as disagg top 1";
    let answer = ask(&mut session, text);
    assert_eq!(texts(&answer, "origin"), ["roofline"]);
    let data = data(&answer);
    assert!(data.contains("data = roofline") && data.contains(", "), "{data}");
}
