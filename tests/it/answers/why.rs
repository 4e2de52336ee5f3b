//! Why nothing is feasible: what each condition removed, and what a broken rule says.

use aiq::ui::diagnostics::render;

use crate::support::session::{results, session};

/// The remarks of the answers to a text, without what they assume.
fn remarks(text: &str) -> String {
    let mut out = format!("> {text}\n");
    for result in results(&mut session(), "question.aiq", text) {
        match result {
            Ok(answer) => answer.notes.iter().for_each(|note| out.push_str(&format!("{note}\n"))),
            Err(error) => out.push_str(&render(&error, false)),
        }
    }
    out
}

#[test]
fn rules_say_what_they_miss() {
    let texts = [
        "search for 'Qwen/Qwen3-32B-FP8' on h200_sxm * 8 where ttft < 30ms and tpot < 10ms",
        // No candidate can keep this rule, whatever its axes.
        "search on h200_sxm * 8 serving prefix = 5000 as agg, disagg",
        "search tp = 1, batch = 512 on h100_sxm * 8 as agg",
        // Conditions on the numbers of workers are counted too.
        "search on h200_sxm * 8 as disagg where gpus_used > 100",
        // A rule of the user, on prices.
        "rule swift require ttft < 10ms else 'the first token takes {ttft} and \
         {if batch = 1 then \"is alone\" else \"has company\"}, {tp = 8}'
         search tp in [4, 8] on h200_sxm * 8 as agg;",
        "estimate tp = 1, batch = 512 on h200_sxm * 8 serving isl = 30000 as agg",
        "estimate prefill.workers = 2, decode.workers = 2, prefill.tp = 4, decode.tp = 4, \
         decode.batch = 4 on h200_sxm * 32 as disagg",
        "rule odd require tp > 1 else 'a {width} of one'; search on h200_sxm as agg where ttft < 1ms",
        "rule odd require tp > 1 else 'a {tp +} of one'",
    ];
    let text: Vec<String> = texts.iter().map(|text| remarks(text)).collect();
    insta::assert_snapshot!(text.join("\n"));
}

#[test]
fn bounds_that_exclude_each_other_are_said_first() {
    let said = remarks("search as agg where ttft < 100ms and ttft > 200ms");
    let first = said.lines().nth(1).unwrap_or_default();
    assert_eq!(first, "`ttft < 100ms` and `ttft > 200ms` exclude each other");
    for apart in [
        "search as agg where ttft < 1ms",
        "search as agg where ttft < -1ms",
        "search as agg where ttft > 1000s prefer ttft < 100ms",
    ] {
        assert!(!remarks(apart).contains("exclude"), "{apart}");
    }
    let nearest = remarks("search as agg where ttft < 0ms");
    let number = |before: &str| {
        let text = nearest.split(before).nth(1).and_then(|rest| rest.split(' ').next());
        text.and_then(|text| text.parse::<f64>().ok()).unwrap_or(f64::NAN)
    };
    // The bound that would do lets the nearest candidate in.
    let (bound, value) = (number("alone to "), number("ttft = "));
    assert!(bound > value && bound < 1.001 * value, "{nearest}");
}
