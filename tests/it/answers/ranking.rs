//! Which candidates are answers, how many of them, and in which order.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::binary::{aiq, ask, must, stderr, stdout};
use crate::support::number;

#[test]
fn rows_are_counted_per_any_column() {
    let question = "search on h200_sxm * 32 where ttft < 300ms and tpot < 10ms \
                    maximize tokens_per_gpu top";
    let ask = |top: &str| ask(&format!("{question} {top} distinct *"));
    let all = ask("100000");
    let of = |row: &Value, names: &[&str]| -> Vec<String> {
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
        let mut seen = BTreeMap::<Vec<String>, usize>::new();
        let mut expected = Vec::new();
        for row in &all {
            let place = seen.entry(of(row, &names)).or_default();
            *place += 1;
            if *place <= count {
                expected.push(row["tokens_per_gpu"].clone());
            }
        }
        let ours: Vec<Value> = best.iter().map(|row| row["tokens_per_gpu"].clone()).collect();
        assert_eq!(ours, expected, "top {top}");
    }
}

/// A plan of twice the workers is two of the smaller plan, so it is not an answer of its own;
/// asking for the numbers of workers brings all back.
#[test]
fn equal_replicas_are_one_answer() {
    let ask = |axes: &str, gpus: u32| {
        ask(&format!(
            "search {axes} for 'Qwen/Qwen3-32B-FP8' on h200_sxm * {gpus} as disagg \
                 where ttft < 1s and tpot < 20ms maximize tokens_per_gpu top 1000 distinct *"
        ))
    };
    let shape = |row: &Value, times: f64| {
        let of = |names: &[&str], times: f64| -> Vec<String> {
            names.iter().map(|n| (number(row, n) * times).to_string()).collect()
        };
        let mut shape = of(&["prefill_workers", "decode_workers"], times);
        shape.extend(of(&["prefill_tp", "decode_tp", "decode_batch", "gpus_used"], 1.0));
        shape
    };
    // Those that share a factor are there for using fewer GPUs than the smaller plan would.
    let prime = |row: &Value| {
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

#[test]
fn rows_differ_in_what_must_be_distinct() {
    let question = "search for 'Qwen/Qwen3-30B-A3B' on h200_sxm * 16";
    let ask = |top: &str| ask(&format!("{question} {top}"));
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
fn scores_are_shown_term_by_term() {
    let found = ask(
        "search for 'Qwen/Qwen3-32B' on h200_sxm * 8 as agg prefer ttft < 200ms weight 2 prefer tpot < 8ms \
         maximize tokens_per_gpu top 20",
    );
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
fn a_rule_may_apply_to_some_candidates() {
    let of = |rule: &str| {
        let found = must(&format!(
            "{rule} search tp in [1, 2], batch in [4, 8] for 'Qwen/Qwen3-32B' \
             on h200_sxm * 2 as agg minimize tpot top 9"
        ));
        let mut seen: Vec<_> =
            found.iter().map(|r| ["tp", "batch"].map(|name| number(r, name) as u64)).collect();
        seen.sort_unstable();
        seen
    };
    assert_eq!(of(""), [[1, 4], [1, 8], [2, 4], [2, 8]]);
    let rule = "rule small when tp = 2 require batch <= 4 else 'a batch of {batch}'";
    assert_eq!(of(rule), [[1, 4], [1, 8], [2, 4]]);
    // On what is priced, and where it never applies.
    let rule = "rule quick when batch > 4 require ttft < 0ms else 'slow'";
    assert_eq!(of(rule), [[1, 4], [2, 4]]);
    assert_eq!(of("rule never when tp = 4 require batch <= 4 else 'a batch'").len(), 4);
}

/// What a sentence says of modes is true of all candidates, whatever rows are counted per.
#[test]
fn the_verdict_is_about_all_candidates() {
    let question = "search for 'Qwen/Qwen3-32B' on h200_sxm * 8 using vllm, trtllm where ttft < 1s";
    let said = |more: &str| {
        let output = aiq(&["-c", &format!("{question} {more}")]);
        stdout(&output).lines().next().unwrap_or_default().to_owned()
    };
    assert!(said("top 1 per mode").contains("x disagg ("), "{}", said("top 1 per mode"));
    let per_backend = said("top 1 per backend");
    assert!(
        per_backend.starts_with("agg wins: ") && !per_backend.contains(" disagg"),
        "{per_backend}"
    );
    // One row may hide that the other mode has candidates, too.
    let one = said("top 1");
    assert!(one.starts_with("agg wins: "), "{one}");
    let alone = said("and ttft < 150ms top 1 per mode");
    assert!(alone.starts_with("agg alone meets all conditions: "), "{alone}");
}
