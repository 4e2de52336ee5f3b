//! Why a candidate is not the answer: every reason holds when it is looked up independently.

use aiq::Session;
use serde_json::Value;

use crate::support::dice::Dice;
use crate::support::number_or_nan as number;
use crate::support::session::{must, must_rows, rows, session};

const MAIN: &str = "search for 'Qwen/Qwen3-32B' on h200_sxm * 32 using trtllm \
                    serving isl = 4000, osl = 1000 as agg, disagg \
                    where ttft < 300ms and tpot < 10ms maximize tokens_per_gpu";

fn main_question() -> Session {
    let mut session = session();
    must(&mut session, &format!("let a = {MAIN} top 5 per mode"));
    session
}

fn why(session: &mut Session, terms: &str) -> Vec<Value> {
    must_rows(session, &format!("why not {terms} in a"))
}

/// A candidate as terms, and as columns of a relation to estimate.
fn candidate(dice: &mut Dice) -> Vec<(String, u32)> {
    let pair = |name: &str, value: u32| (name.to_owned(), value);
    if dice.below(2) == 0 {
        return vec![
            pair("tp", *dice.of(&[1, 2, 4, 8])),
            pair("pp", *dice.of(&[1, 1, 2, 4])),
            pair("batch", *dice.of(&[1, 2, 4, 8, 12, 16, 20, 28, 40, 64, 128, 256])),
            pair("max_step_tokens", *dice.of(&[100, 8192, 8192, 16384])),
        ];
    }
    vec![
        pair("prefill.tp", *dice.of(&[1, 2, 4, 8])),
        pair("prefill.batch", 1),
        pair("prefill.workers", *dice.of(&[1, 2, 3, 4])),
        pair("decode.tp", *dice.of(&[1, 2, 4, 8])),
        pair("decode.batch", *dice.of(&[1, 4, 8, 16, 28, 44, 64, 128, 512])),
        pair("decode.workers", *dice.of(&[1, 2, 3, 4])),
    ]
}

#[test]
fn every_reason_holds() {
    let count = std::env::var("AIQ_CANDIDATES").ok().and_then(|n| n.parse().ok()).unwrap_or(250);
    let mut session = main_question();
    let all = must_rows(&mut session, &format!("{MAIN} top 100000 distinct *"));
    let mut dice = Dice(0);
    let (mut lost, mut broke) = (0, 0);
    for _ in 0..count {
        let terms = candidate(&mut dice);
        let text: Vec<String> = terms.iter().map(|(n, v)| format!("{n} = {v}")).collect();
        let text = text.join(", ");
        let reasons = why(&mut session, &text);
        assert!(!reasons.is_empty(), "{text}: no reason");
        // The same candidate as a row of a relation, priced by itself, then asked in SQL.
        let columns: Vec<String> =
            terms.iter().map(|(n, v)| format!("{v} as {}", n.replace('.', "_"))).collect();
        let priced = format!(
            "let r = estimate from (select 0 as id, {}) for 'Qwen/Qwen3-32B' on h200_sxm * 32 \
             using trtllm serving isl = 4000, osl = 1000",
            columns.join(", ")
        );
        must(&mut session, &priced);
        for reason in &reasons {
            let subject = reason["subject"].as_str().expect("a subject");
            let (value, limit) = (number(reason, "value"), number(reason, "limit"));
            match reason["kind"].as_str() {
                Some("where") => {
                    broke += 1;
                    let (metric, bound) = subject.split_once(" < ").expect("a bound");
                    let bound: f64 = bound.trim_end_matches("ms").parse().expect("milliseconds");
                    assert_eq!(limit, bound, "{text}");
                    let sql = format!(
                        "select count(*) as n from r where not ({metric} < {bound}) \
                         and abs({metric} - {value}) <= 1e-9 * {value}"
                    );
                    let n = must_rows(&mut session, &sql);
                    assert_eq!(number(&n[0], "n"), 1.0, "{text}: {reason}");
                    assert!((number(reason, "excess") - (value - bound)).abs() < 1e-9, "{reason}");
                }
                Some("rule") => {
                    broke += 1;
                    let condition = rule(subject);
                    let sql = format!("select count(*) as n from r where {condition}");
                    let n = must_rows(&mut session, &sql);
                    assert_eq!(number(&n[0], "n"), 1.0, "{text}: {reason}");
                    assert!(!reason["message"].as_str().expect("words").is_empty());
                }
                _ => {}
            }
        }
        let of = |name: &str| reasons.iter().find(|r| r["kind"] == "rank" && r["subject"] == name);
        if let Some(rank) = of("rank") {
            lost += 1;
            assert!(reasons.iter().all(|r| r["kind"] == "rank"), "{text}: both");
            let row = must_rows(&mut session, "select * from r");
            let own = number(&row[0], "tpot");
            assert!(number(&row[0], "ttft") < 300.0 && own < 10.0, "{text}");
            let gap = of("tokens_per_gpu").expect("the objective");
            let score = number(gap, "value");
            let ahead = all.iter().filter(|r| number(r, "tokens_per_gpu") > score * (1.0 + 1e-9));
            let ahead = ahead.count() as f64;
            assert!(number(rank, "value") >= ahead + 1.0, "{text}: {rank} {ahead}");
            let level = all.iter().filter(|r| number(r, "tokens_per_gpu") >= score * (1.0 - 1e-9));
            assert!(number(rank, "value") <= level.count() as f64 + 1.0, "{text}: {rank}");
            assert!((number(gap, "limit") / number(&all[0], "tokens_per_gpu") - 1.0).abs() < 1e-9);
        }
    }
    assert!(lost > count / 100 && broke > count / 2, "{lost} lost, {broke} broke");
}

/// When a shipped rule is broken, over the columns of estimated rows.
fn rule(name: &str) -> &'static str {
    match name {
        "step_budget" => "max_step_tokens <= batch",
        "replica_in_budget" => "gpus_per_replica > 32",
        "few_idle_gpus" => "gpus_used < 32 * 0.9",
        "smallest_replica" => "gcd(prefill_workers, decode_workers) > 1",
        // How much of it a cache may take is not a column.
        "fits_memory" | "fits_kv_cache" => "memory > 100",
        "prefill.fits_memory" | "prefill.fits_kv_cache" => "memory > 50",
        "decode.fits_memory" | "decode.fits_kv_cache" => "memory > 100",
        "worker_in_budget" => "gpus_per_worker > 32",
        other => panic!("the test does not know the rule `{other}`"),
    }
}

#[test]
fn what_is_open_is_chosen_and_said() {
    let mut session = main_question();
    for text in [
        "why not tp = 2, pp = 4 in a",
        "why not tp = 8, batch = 16 in a",
        "why not decode.tp = 4 in a",
        "why not in a",
        "why not system = h100_sxm in a",
        "why not mode = agg in a",
        "let p = search for 'Qwen/Qwen3-32B' on h200_sxm * 8 as agg pareto tokens_per_user, \
         tokens_per_gpu; why not tp = 2, batch = 8 in p",
        "why not in p",
    ] {
        let answer = must(&mut session, text);
        let found = rows(&answer);
        assert!(!found.is_empty(), "{text}");
        let names: Vec<&str> = answer.schema.fields().iter().map(|f| f.name().as_str()).collect();
        assert_eq!(names, ["kind", "subject", "value", "limit", "excess", "message"]);
    }
    let none = "let b = search for 'Qwen/Qwen3-32B' on h200_sxm * 8 as agg where ttft < 30ms";
    must(&mut session, none);
    let found = must_rows(&mut session, "why not in b");
    let ttft = found.iter().find(|r| r["subject"] == "ttft < 30ms").expect("the condition");
    assert!(number(ttft, "value") > 30.0 && number(ttft, "excess") > 0.0, "{ttft}");
    // At that bound there is an answer.
    let relaxed = none.replace("30ms", &format!("{}ms", number(ttft, "value") * 1.000_001));
    assert_eq!(must_rows(&mut session, &relaxed).len(), 1);
}

/// An answer calls the axis of a pool `prefill_tp`, and so may who asks about its row.
#[test]
fn pools_go_by_the_names_of_columns_too() {
    let mut session = main_question();
    for terms in ["decode.tp = 4", "prefill.tp = 4, decode.tp = 4"] {
        let by_column = why(&mut session, &terms.replace('.', "_"));
        assert_eq!(by_column, why(&mut session, terms), "{terms}");
    }
}

/// How long answers take in a warm session; run by hand: `cargo test --test it why_not -- --ignored
/// --nocapture`.
#[test]
#[ignore = "a measurement, not a check"]
fn how_long_it_takes() {
    let mut session = main_question();
    for terms in ["tp = 2", "tp = 4", "decode.tp = 2", "tp = 2, pp = 4", "tp = 8", "prefill.tp = 8"]
    {
        let mut times: Vec<f64> = (0..7)
            .map(|_| {
                let begin = std::time::Instant::now();
                why(&mut session, terms);
                begin.elapsed().as_secs_f64() * 1e3
            })
            .collect();
        let first = times.remove(0);
        times.sort_by(f64::total_cmp);
        println!("{terms}: first {first:.1} ms, then {:.1} ms", times[times.len() / 2]);
    }
}
