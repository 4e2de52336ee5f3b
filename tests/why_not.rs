//! Why a candidate is not the answer: every reason holds when it is looked up independently.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use aiq::Session;
use serde_json::Value;
use support::session::{ask, rows, session};

const MAIN: &str = "search for 'Qwen/Qwen3-32B' on h200_sxm * 32 using trtllm \
                    serving isl = 4000, osl = 1000 as agg, disagg \
                    where ttft < 300ms and tpot < 10ms maximize tokens_per_gpu";

fn number(row: &Value, name: &str) -> f64 {
    row[name].as_f64().unwrap_or(f64::NAN)
}

fn main_question() -> Session {
    let mut session = session();
    ask(&mut session, &format!("let a = {MAIN} top 5 per mode")).expect("an answer");
    session
}

fn why(session: &mut Session, terms: &str) -> Vec<Value> {
    let text = format!("why not {terms} in a");
    rows(&ask(session, &text).unwrap_or_else(|e| panic!("{text}: {e}")))
}

/// Numbers that look random and are the same every time.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }

    fn one(&mut self, of: &[u32]) -> u32 {
        of[self.below(of.len())]
    }
}

/// A candidate as terms, and as columns of a relation to estimate.
fn candidate(random: &mut Random) -> Vec<(String, u32)> {
    let pair = |name: &str, value: u32| (name.to_owned(), value);
    if random.below(2) == 0 {
        let prompts = random.one(&[1, 1, 2, 4]);
        return vec![
            pair("tp", random.one(&[1, 2, 4, 8])),
            pair("pp", random.one(&[1, 1, 2, 4])),
            pair("batch", random.one(&[1, 2, 4, 8, 12, 16, 20, 28, 40, 64, 128, 256])),
            pair("ctx_tokens", 4000 * prompts),
        ];
    }
    vec![
        pair("prefill.tp", random.one(&[1, 2, 4, 8])),
        pair("prefill.batch", 1),
        pair("prefill.workers", random.one(&[1, 2, 3, 4])),
        pair("decode.tp", random.one(&[1, 2, 4, 8])),
        pair("decode.batch", random.one(&[1, 4, 8, 16, 28, 44, 64, 128, 512])),
        pair("decode.workers", random.one(&[1, 2, 3, 4])),
    ]
}

#[test]
fn every_reason_holds() {
    let count = std::env::var("AIQ_CANDIDATES").ok().and_then(|n| n.parse().ok()).unwrap_or(250);
    let mut session = main_question();
    let all = rows(&ask(&mut session, &format!("{MAIN} top 100000")).expect("all rows"));
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let (mut lost, mut broke) = (0, 0);
    for _ in 0..count {
        let terms = candidate(&mut random);
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
        ask(&mut session, &priced).unwrap_or_else(|e| panic!("{priced}: {e}"));
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
                    let n = rows(&ask(&mut session, &sql).expect("SQL"));
                    assert_eq!(number(&n[0], "n"), 1.0, "{text}: {reason}");
                    assert!((number(reason, "excess") - (value - bound)).abs() < 1e-9, "{reason}");
                }
                Some("rule") => {
                    broke += 1;
                    let condition = rule(subject);
                    let sql = format!("select count(*) as n from r where {condition}");
                    let n = rows(&ask(&mut session, &sql).unwrap_or_else(|e| panic!("{sql}: {e}")));
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
            let row = rows(&ask(&mut session, "select * from r").expect("the row"));
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
        "enough_requests" => {
            "batch < ceil(ctx_tokens / 4000.0) or (batch > 1 and batch <= ceil(ctx_tokens / 4000.0))"
        }
        "step_budget" => "ctx_tokens > 8192",
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
        let answer = ask(&mut session, text).unwrap_or_else(|e| panic!("{text}: {e}"));
        let found = rows(&answer);
        assert!(!found.is_empty(), "{text}");
        let names: Vec<&str> = answer.schema.fields().iter().map(|f| f.name().as_str()).collect();
        assert_eq!(names, ["kind", "subject", "value", "limit", "excess", "message"]);
    }
    let none = "let b = search for 'Qwen/Qwen3-32B' on h200_sxm * 8 as agg where ttft < 30ms";
    ask(&mut session, none).expect("an answer");
    let found = rows(&ask(&mut session, "why not in b").expect("reasons"));
    let ttft = found.iter().find(|r| r["subject"] == "ttft < 30ms").expect("the condition");
    assert!(number(ttft, "value") > 30.0 && number(ttft, "excess") > 0.0, "{ttft}");
    // At that bound there is an answer.
    let relaxed = none.replace("30ms", &format!("{}ms", number(ttft, "value") * 1.000_001));
    assert_eq!(rows(&ask(&mut session, &relaxed).expect("an answer")).len(), 1);
}

/// How long answers take in a warm session; run by hand: `cargo test --test why_not -- --ignored
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
