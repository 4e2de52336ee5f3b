//! What a question gives and no candidate has is said, and what breaks a rule is not feasible.

use crate::support::binary::{run, stderr};
use crate::support::session::{must, must_rows, session};

fn notes(text: &str) -> String {
    must(&mut session(), text).notes.join("\n")
}

#[test]
fn a_value_without_candidates_has_a_reason() {
    let said = notes("search nextn in [0..3] for 'Qwen/Qwen3-32B' on h200_sxm * 8 as agg top 1");
    assert!(
        said.contains("no candidate has nextn = 1 or 2 or 3: the checkpoint has no draft layers"),
        "{said}"
    );
    let both = notes("search nextn in [0, 1], accepted = 0.8 on h200_sxm * 8 top 1");
    assert!(both.contains("no candidate has nextn = 1: the checkpoint has no"), "{both}");
    let said = notes("search isl in [4k, 40k] for 'Qwen/Qwen3-32B' on h200_sxm * 8 as agg top 1");
    assert!(
        said.contains("no candidate has isl = 40000: the model reads at most 40960 tokens"),
        "{said}"
    );
    let said = notes("search for gemm in [fp8, nvfp4] on h200_sxm * 8 using trtllm as agg");
    assert!(
        said.contains("no candidate has gemm = nvfp4: no nvfp4 matrix products were measured"),
        "{said}"
    );
}

#[test]
fn a_value_that_only_loses_is_not_named() {
    for text in [
        "search tp in [1, 2, 4, 8] on h200_sxm * 8 as agg top 1",
        "search tp in [1, 2, 4, 8], gemm in [fp8, bfloat16] on h200_sxm * 8 top 1",
        "search prefix in [0%, 50%] on h200_sxm * 8 as agg top 1",
    ] {
        let said = notes(text);
        assert!(!said.contains("no candidate has"), "{text}: {said}");
    }
}

#[test]
fn what_breaks_a_rule_is_not_feasible() {
    let output = run("estimate tp = 1, batch = 5000 on h200_sxm");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("fits_memory"), "{}", stderr(&output));
    assert!(stderr(&output).contains("1 candidate, 0 feasible"), "{}", stderr(&output));
    let rows = "estimate from (select 1 as tp, 5000 as batch union all select 1, 4) on h200_sxm";
    let answer = must(&mut session(), rows);
    assert!(answer.feasible);
    assert_eq!(answer.footer.map(|f| (f.candidates, f.feasible)), Some((2, 1)));
}

#[test]
fn a_percentage_is_a_share() {
    let mut session = session();
    let ask = |session: &mut _, prefix: &str| {
        must_rows(session, &format!("estimate tp = 2, batch = 8, prefix = {prefix} on h200_sxm"))
    };
    let half = ask(&mut session, "50%");
    assert_eq!(half[0]["ttft"], ask(&mut session, "2000")[0]["ttft"]);
    assert_eq!(half[0]["ttft"], ask(&mut session, "isl * 0.5")[0]["ttft"]);
    must(&mut session, "set prefix = 50%");
    let set = must_rows(&mut session, "estimate tp = 2, batch = 8 on h200_sxm");
    assert_eq!(set[0]["ttft"], half[0]["ttft"]);
    let swept = "search prefix in [0%, 25%, 50%] on h200_sxm * 8 as agg top 3 distinct prefix";
    let found = must_rows(&mut session, swept);
    let mut prefixes: Vec<f64> = found.iter().filter_map(|row| row["prefix"].as_f64()).collect();
    prefixes.sort_by(f64::total_cmp);
    assert_eq!(prefixes, [0.0, 1000.0, 2000.0]);
}
