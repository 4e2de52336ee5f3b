//! What if: other hardware, kernels and settings, one by one or as a sweep.

use serde_json::Value;

use crate::support::session::{must, must_rows as asked, session};
use crate::support::{near, number};

/// A question whose answer does not take long.
const QUESTION: &str = "search for 'Qwen/Qwen3-32B' on h200_sxm * 8 using trtllm as agg, disagg \
                        where ttft < 500ms and tpot < 20ms maximize tokens_per_gpu";

/// Whether two rows agree in every number that both have.
fn same(a: &Value, b: &Value) -> bool {
    let fields = a.as_object().expect("a row");
    fields.iter().filter(|(name, _)| *name != "rank" && *name != "origin").all(|(name, value)| {
        match (value.as_f64(), b[name].as_f64()) {
            (Some(a), Some(b)) => near(a, b),
            _ => b.get(name).is_none() || *value == b[name],
        }
    })
}

#[test]
fn to_suppose_what_is_changes_nothing() {
    let mut session = session();
    let plain = asked(&mut session, QUESTION);
    for with in ["system.mem_bw * 1", "gemm.latency * 1", "isl * 1", "system.mem_bw = 4.8TB/s"] {
        let supposed = asked(&mut session, &format!("{QUESTION} with {with}"));
        assert_eq!(plain.len(), supposed.len(), "{with}");
        assert!(plain.iter().zip(&supposed).all(|(a, b)| same(a, b)), "{with}");
    }
}

#[test]
fn a_multiple_of_a_setting_is_that_setting() {
    let mut session = session();
    for (supposed, said) in [
        ("with isl * 2", "serving isl = 8000"),
        ("with isl = 8k", "serving isl = 8000"),
        ("with max_idle * 0", "serving max_idle = 0"),
        ("with decode_latency_scale * 0.5", "serving decode_latency_scale = 0.5"),
        ("for isl * [2]", "serving isl = 8000 top 1"),
    ] {
        let a = asked(&mut session, &format!("{QUESTION} {supposed}"));
        let b = asked(&mut session, &format!("{QUESTION} {said}"));
        assert_eq!(a.len(), b.len(), "{supposed}");
        assert!(!a.is_empty() && a.iter().zip(&b).all(|(a, b)| same(a, b)), "{supposed}");
    }
    let set = asked(&mut session, &format!("set system.mem_bw = 6TB/s; {QUESTION}"));
    let with = asked(
        &mut crate::support::session::session(),
        &format!("{QUESTION} with system.mem_bw = 6TB/s"),
    );
    assert!(set.iter().zip(&with).all(|(a, b)| same(a, b)));
}

#[test]
fn only_what_reads_a_table_gets_faster() {
    let mut session = session();
    let candidate = "estimate prefill.tp = 4, decode.tp = 4, decode.batch = 16 as disagg";
    let plain = asked(&mut session, &format!("explain ops {candidate}"));
    let half = asked(&mut session, &format!("explain ops {candidate} with gemm.latency * 0.5"));
    assert_eq!(plain.len(), half.len());
    for (a, b) in plain.iter().zip(&half) {
        let factor = if a["table"] == "gemm" { 0.5 } else { 1.0 };
        assert!(near(number(a, "ms") * factor, number(b, "ms")), "{a} {b}");
        if a["table"] == "gemm" {
            assert!(matches!(b["origin"].as_str(), Some("transferred" | "extrapolated")), "{b}");
        }
    }
}

#[test]
fn memory_bandwidth_moves_what_it_bounds() {
    let mut session = session();
    let candidate = "estimate prefill.tp = 4, decode.tp = 4, decode.batch = 16 as disagg";
    let plain = asked(&mut session, &format!("explain ops {candidate}"));
    let twice = asked(&mut session, &format!("explain ops {candidate} with system.mem_bw * 2"));
    for (a, b) in plain.iter().zip(&twice) {
        if a["op"] == "host" {
            continue;
        }
        let (was, is) = (number(a, "roofline_ms"), number(b, "roofline_ms"));
        if a["table"].is_null() {
            assert!(number(b, "ms") < number(a, "ms"), "{b}");
        } else if number(a, "ms") > was {
            // What a kernel takes beyond its bound stays.
            assert!(near(number(a, "ms") - was, number(b, "ms") - is), "{a} {b}");
        }
        assert!(is >= was / 2.0 * (1.0 - 1e-9), "{b}");
    }
}

#[test]
fn memory_that_is_missing_rules_candidates_out() {
    let mut session = session();
    let small = must(&mut session, &format!("{QUESTION} with system.mem_capacity * 0.05"));
    assert!(!small.feasible);
}

#[test]
fn a_pool_can_be_on_other_hardware() {
    let mut session = session();
    let candidate = "estimate mode = disagg, prefill.tp = 4, decode.tp = 4, decode.batch = 64";
    let plain = asked(&mut session, candidate).remove(0);
    let decode = format!("{candidate} with decode.system.mem_bw * 2");
    let decode = asked(&mut session, &decode).remove(0);
    // A first token also waits for a decode step.
    let faster = number(&plain, "tpot") - number(&decode, "tpot");
    assert!(near(number(&plain, "ttft") - number(&decode, "ttft"), faster));
    assert!(number(&decode, "tpot") < 0.9 * number(&plain, "tpot"));
}

#[test]
fn a_sweep_has_the_winner_of_each_value() {
    let mut session = session();
    for (sweep, single) in [
        ("for isl in [1k, 4k]", ["serving isl = 1k", "serving isl = 4k"]),
        (
            "for system.mem_bw * [0.8, 1.2]",
            ["with system.mem_bw * 0.8", "with system.mem_bw * 1.2"],
        ),
        ("for gemm.latency * [1.1, 0.9]", ["with gemm.latency * 0.9", "with gemm.latency * 1.1"]),
        (
            "for system.mem_bw in [4TB/s, 6TB/s]",
            ["with system.mem_bw = 4TB/s", "with system.mem_bw = 6TB/s"],
        ),
    ] {
        let swept = asked(&mut session, &format!("{QUESTION} {sweep}"));
        assert_eq!(swept.len(), 2, "{sweep}");
        for (row, single) in swept.iter().zip(single) {
            let alone = asked(&mut session, &format!("{QUESTION} {single} top 1")).remove(0);
            assert!(same(&alone, row), "{single}: {alone} {row}");
        }
    }
}

#[test]
fn rows_of_a_sweep_are_explained_as_they_are() {
    let mut session = session();
    let sweep = "for system.mem_bw * [0.8, 1.2], gemm.latency * [0.9, 1.1]";
    let swept = asked(&mut session, &format!("let a = {QUESTION} {sweep}; select * from a"));
    assert_eq!(swept.len(), 4);
    for (i, row) in swept.iter().enumerate() {
        let ops = asked(&mut session, &format!("explain ops a[{}]", i + 1));
        for (phase, metric) in [("context", "ttft"), ("generation", "tpot")] {
            let own = ops.iter().filter(|o| o["phase"] == phase);
            let sum: f64 = own.map(|o| number(o, "ms")).sum();
            assert!(near(sum, number(row, metric)), "{metric} {sum} {row}");
        }
    }
}

#[test]
fn rows_counted_per_column_are_ranked_among_each_other() {
    let mut session = session();
    let text = "search for 'Qwen/Qwen3-32B' on h100_sxm * 8, h200_sxm * 8 as agg \
                maximize tokens_per_gpu top 2 per system";
    let found = asked(&mut session, text);
    assert_eq!(found.len(), 4);
    let goals: Vec<f64> = found.iter().map(|r| number(r, "tokens_per_gpu")).collect();
    assert!(goals.is_sorted_by(|a, b| a >= b), "{goals:?}");
}

#[test]
fn sensitivity_is_what_estimates_say() {
    let mut session = session();
    let found = asked(&mut session, &format!("let a = {QUESTION}; sensitivity a[1] by 20%"));
    assert!(found.len() >= 8, "{found:?}");
    let plain = asked(&mut session, "select * from a").remove(0);
    let candidate = format!(
        "estimate mode = disagg, gpus = 8, prefill.workers = {}, prefill.tp = {}, \
         prefill.batch = {}, decode.workers = {}, decode.tp = {}, decode.batch = {}",
        plain["prefill_workers"],
        plain["prefill_tp"],
        plain["prefill_batch"],
        plain["decode_workers"],
        plain["decode_tp"],
        plain["decode_batch"],
    );
    for row in &found {
        let input = row["input"].as_str().expect("an input");
        for (end, factor) in [("less", 0.8), ("more", 1.2)] {
            let text = format!("{candidate} with {input} * {factor}");
            let moved = asked(&mut session, &text).remove(0);
            for metric in ["tokens_per_gpu", "ttft", "tpot"] {
                let change = 100.0 * (number(&moved, metric) / number(&plain, metric) - 1.0);
                let told = number(row, &format!("{metric}_{end}"));
                assert!((change - told).abs() < 1e-6, "{input} {end} {metric}: {change} {told}");
            }
        }
    }
    let one = asked(&mut session, "sensitivity a[1] to osl");
    assert_eq!(one.len(), 1);
}

#[test]
fn each_step_of_a_frontier_is_the_winner_under_its_bound() {
    let mut session = session();
    let steps = asked(&mut session, &format!("{QUESTION}; frontier ttft"));
    assert!(steps.len() > 3);
    for step in steps.iter().step_by(4) {
        let bound = number(step, "from") + 1e-9;
        let text = QUESTION.replace("ttft < 500ms", &format!("ttft <= {bound}ms"));
        let winner = asked(&mut session, &format!("{text} top 1")).remove(0);
        assert!(near(number(&winner, "tokens_per_gpu"), number(step, "tokens_per_gpu")), "{step}");
    }
    // The other way round: the bound of a metric that is better higher.
    let text = "search for 'Qwen/Qwen3-32B' on h200_sxm * 8 as agg where tokens_per_user > 40 \
                minimize ttft";
    let steps = asked(&mut session, &format!("frontier tokens_per_user in {text}"));
    assert!(steps.windows(2).all(|w| number(&w[0], "from") > number(&w[1], "from")));
    assert!(steps.windows(2).all(|w| number(&w[0], "ttft") > number(&w[1], "ttft")));
}
