//! Why nothing is feasible, as programs read it.

use serde_json::Value;

use crate::support::binary::{run, stdout};

fn why(text: &str) -> Value {
    let output = run(text);
    assert_eq!(output.status.code(), Some(1), "{text}");
    serde_json::from_str(&stdout(&output)).unwrap_or_else(|e| panic!("{text}: {e}"))
}

#[test]
fn json_says_what_removed_candidates_and_what_came_near() {
    let why = why("search on h200_sxm * 8 as agg where ttft < 30ms and tpot < 1s");
    assert_eq!(why["feasible"], false);
    let reasons = why["reasons"].as_array().expect("reasons");
    let of = |condition: &str| {
        let reason = reasons.iter().find(|r| r["condition"] == condition);
        reason.unwrap_or_else(|| panic!("no {condition} in {why}"))
    };
    let bound = of("ttft < 30ms");
    assert_eq!((&bound["mode"], &bound["removed"]), (&"agg".into(), &bound["of"]));
    assert!(of("fits_kv_cache")["message"].as_str().is_some_and(|m| m.contains("GiB")));
    let enough = &bound["enough"];
    assert_eq!(enough["unit"], "ms");
    let miss = &why["nearest_misses"][0];
    assert!(miss["candidate"]["tp"].is_u64(), "{miss}");
    let bounds = miss["bounds"].as_array().expect("bounds");
    assert_eq!(bounds.len(), 2);
    assert_eq!((&bounds[0]["metric"], &bounds[0]["met"]), (&"ttft".into(), &false.into()));
    assert_eq!((&bounds[0]["value"], &bounds[1]["met"]), (&enough["value"], &true.into()));
}

#[test]
fn one_cause_of_all_modes_is_named() {
    let why = why("search tp = 3 on h200_sxm * 8");
    assert_eq!(why["because"], "64 attention heads do not divide over tp = 3");
    // What is wrong with the value itself comes first.
    assert_eq!(why["reasons"][0]["condition"], "heads_divide");
    assert_eq!(why["nearest_misses"], Value::Array(Vec::new()));
}

#[test]
fn lines_and_rows_stay_as_they_are() {
    for format in ["ndjson", "csv"] {
        let text = "search tp = 3 on h200_sxm * 8 as agg";
        let output = crate::support::binary::aiq(&["--format", format, "-c", text]);
        assert_eq!(output.status.code(), Some(1));
        assert!(stdout(&output).lines().count() <= 1, "{}", stdout(&output));
    }
}
