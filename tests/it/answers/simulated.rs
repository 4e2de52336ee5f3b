//! Requests followed one by one: percentiles, arrivals, and what a simulation keeps of the formulas.

use serde_json::Value;

use crate::support::number;
use crate::support::session::{ask, must, must_rows, session};

const ABOUT: &str = "for 'Qwen/Qwen3-32B-FP8' on h200_sxm * 8";

fn rows(text: &str) -> Vec<Value> {
    must_rows(&mut session(), text)
}

/// The only row of an answer.
fn row(text: &str) -> Value {
    rows(text).swap_remove(0)
}

#[test]
fn percentiles_are_searched_in_all_modes() {
    let text = format!("search {ABOUT} where p99_ttft < 1s and tpot < 30ms top 2 per mode");
    let found = rows(&text);
    let modes: Vec<_> = found.iter().filter_map(|row| row["mode"].as_str()).collect();
    assert!(modes.contains(&"agg") && modes.contains(&"disagg"), "{modes:?}");
    for row in &found {
        assert!(number(row, "p99_ttft") < 1000.0 && number(row, "tpot") < 30.0, "{row}");
        assert!(number(row, "p99_ttft") >= number(row, "ttft"), "{row}");
    }
    // What is asked of the winner alone is what the search says of it.
    let best = found.iter().find(|row| row["mode"] == "agg").expect("an aggregated row");
    let axes = ["tp", "batch"].map(|name| format!("{name} = {}", number(best, name)));
    let alone = row(&format!("estimate {} {ABOUT} as agg where p99_ttft < 1s", axes.join(", ")));
    for name in ["p99_ttft", "ttft", "tpot", "tokens_per_gpu"] {
        assert_eq!(number(&alone, name), number(best, name), "{name}");
    }
}

#[test]
fn the_best_of_a_small_question_is_the_best_of_all_its_candidates() {
    for (bounds, tp) in
        [("p99_ttft < 1s and tpot < 25ms", 2), ("p90_itl < 40ms and ttft < 900ms", 4)]
    {
        let batches = "[1, 8, 16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 192, 224, 256]";
        let text = format!(
            "search tp = {tp}, batch in {batches} {ABOUT} as agg where {bounds} \
             maximize tokens_per_gpu top 1"
        );
        let best = row(&text);
        let all = rows(&format!(
            "estimate from (select 'agg' as mode, 'Qwen/Qwen3-32B-FP8' as model, 'h200_sxm' as system, \
             {tp} as tp, batch, 8 as gpus from (values (1), (8), (16), (32), (48), (64), (80), \
             (96), (112), (128), (144), (160), (192), (224), (256)) as t(batch)) where {bounds}"
        ));
        let most = all
            .iter()
            .filter(|row| row["violates"].is_null() && keeps(row, bounds))
            .map(|row| number(row, "tokens_per_gpu"))
            .fold(0.0, f64::max);
        assert_eq!(number(&best, "tokens_per_gpu"), most, "{bounds}");
    }
}

/// Whether a row keeps conditions of the form `name < 25ms`.
fn keeps(row: &Value, bounds: &str) -> bool {
    bounds.split(" and ").all(|bound| {
        let (name, most) = bound.split_once(" < ").expect("a bound");
        let most: f64 = match most.strip_suffix("ms") {
            Some(ms) => ms.parse().expect("a number"),
            None => 1000.0 * most.trim_end_matches('s').parse::<f64>().expect("a number"),
        };
        number(row, name) < most
    })
}

#[test]
fn requests_that_come_by_themselves_are_carried_or_refused() {
    let ask_for = |rate: f64| {
        format!(
            "search {ABOUT} as agg where p99_ttft < 2s minimize gpus_used \
             serving arrivals = open, arrival_rate = {rate} top 1"
        )
    };
    let few = row(&ask_for(2.0));
    let more = row(&ask_for(6.0));
    assert!(number(&few, "gpus_used") < number(&more, "gpus_used"));
    assert_eq!(number(&more, "request_rate"), 6.0);
    // Far too many are refused by formulas, a few too many by the simulation.
    for (rate, rule) in [(60.0, "has_pace"), (16.0, "keeps_pace")] {
        let none = must(&mut session(), &ask_for(rate));
        assert!(!none.feasible && none.row_count() == 0, "{rate}");
        assert!(none.notes.iter().any(|note| note.contains(rule)), "{:?}", none.notes);
    }
}

#[test]
fn a_burst_waits_longer_and_a_seed_says_it_all() {
    let estimate = |more: &str| {
        row(&format!(
            "set simulate = shown; estimate tp = 4, batch = 64, length_spread = 0.8, {more} {ABOUT} as agg"
        ))
    };
    let (spread, burst) = (estimate("start = spread"), estimate("start = burst"));
    assert!(number(&burst, "ttft") > number(&spread, "ttft"));
    assert_eq!(spread, estimate("start = spread"));
    let other = estimate("start = spread, seed = 2");
    let change = number(&other, "ttft") / number(&spread, "ttft") - 1.0;
    assert!(change != 0.0 && change.abs() < 0.2, "{change}");
}

#[test]
fn what_is_not_simulated_is_refused() {
    let refused = [
        format!("set simulate = off; search {ABOUT} where p99_ttft < 1s"),
        format!(
            "search {ABOUT} where p99_ttft < 1s serving mix (a: 50% isl = 1k, osl = 100; b: 50% isl = 4k, osl = 100)"
        ),
        format!("search {ABOUT} where p99(ttft) < 1s"),
        format!("search {ABOUT} as agg serving arrivals = poisson"),
        format!("search {ABOUT} as agg serving start = burts where p99_ttft < 1s"),
    ];
    let said = refused.map(|text| match ask(&mut session(), &text) {
        Ok(answer) => format!("> {text}\n{}", answer.headline.unwrap_or_default()),
        Err(error) => format!("> {text}\n{error}\n{}", error.help.join("\n")),
    });
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn explanations_say_that_they_are_of_formulas() {
    let mut session = session();
    must(&mut session, &format!("let a = search {ABOUT} as agg where p99_ttft < 1s top 1"));
    for text in ["explain ops a", "explain metric ttft in a", "sensitivity a[1]"] {
        let answer = must(&mut session, text);
        assert!(answer.notes.iter().any(|note| note.contains("simulated")), "{text}");
    }
    // Nothing is simulated that the question does not need.
    let plain = must(&mut session, &format!("search {ABOUT} as agg where ttft < 1s top 1"));
    assert!(plain.notes.iter().all(|note| !note.contains("simulated")), "{:?}", plain.notes);
}

#[test]
fn good_requests_keep_all_bounds_each_by_itself() {
    let open = "serving arrivals = open, arrival_rate = 10";
    let of = |bounds: &str| {
        let text = format!("search {ABOUT} as agg where {bounds} {open} maximize goodput top 1");
        row(&text)
    };
    let (loose, tight) = (of("ttft < 5s and tpot < 60ms"), of("ttft < 500ms and tpot < 32ms"));
    for row in [&loose, &tight] {
        let share = number(row, "goodput") / number(row, "request_rate");
        assert!(share <= 1.0 && share > 0.5, "{row}");
    }
    assert!(number(&loose, "goodput") > number(&tight, "goodput"));
    let none = must(&mut session(), &format!("search {ABOUT} as agg maximize goodput"));
    assert!(none.headline.is_some_and(|said| said.contains("requests that keep bounds")));
}

#[test]
fn requests_that_may_miss_a_bound_make_it_a_percentile() {
    let about =
        format!("search {ABOUT} as agg maximize tokens_per_gpu prefer ttft < 280ms weight 5");
    let (mean, most) =
        (row(&format!("{about} top 1")), row(&format!("{about} fail_ratio 5% top 1")));
    assert!(mean["p95_ttft"].is_null() && number(&most, "p95_ttft") > 0.0, "{most}");
    let wrong = ask(&mut session(), &format!("{about} fail_ratio 7% top 1"));
    assert!(wrong.is_err_and(|error| error.to_string().contains("50%, 10%, 5% or 1%")));
}

#[test]
fn a_slow_request_is_told_apart_from_a_usual_one() {
    let mut session = session();
    must(&mut session, &format!("let a = search {ABOUT} where p99_ttft < 1s top 1 per mode"));
    for mode in ["agg", "disagg"] {
        let told = must_rows(&mut session, &format!("explain metric p99_ttft in a.{mode}"));
        let value = |name: &str| {
            let line = told.iter().find(|row| row["name"] == name);
            number(line.unwrap_or_else(|| panic!("no {name}: {told:?}")), "value")
        };
        for whole in ["p50_ttft", "p99_ttft"] {
            let parts = ["wait", "prompt", "front"].map(|part| value(&format!("{whole}_{part}")));
            let sum: f64 = parts.iter().sum();
            assert!((sum / value(whole) - 1.0).abs() < 1e-9, "{mode} {whole}: {parts:?}");
        }
        assert!(value("p99_ttft_wait") >= value("p50_ttft_wait") && value("cache_peak") > 0.0);
        // The row itself says the same.
        let row = must_rows(&mut session, &format!("select p99_ttft from a where mode = '{mode}'"));
        assert_eq!(number(&row[0], "p99_ttft"), value("p99_ttft"), "{mode}");
    }
}
