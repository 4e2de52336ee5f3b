//! Mixed workloads: with one class they are plain questions, and between classes they lie where
//! they should.

use aiq::Session;
use serde_json::Value;

use crate::support::session::{must, must_rows as answer, session};
use crate::support::{near, number, text_of};

const AGG: &str = "tp = 2, batch = 32";
const DISAGG: &str =
    "prefill.tp = 2, prefill.workers = 2, decode.tp = 4, decode.workers = 1, decode.batch = 48";
const ON: &str = "on h200_sxm * 16 for 'Qwen/Qwen3-32B-FP8'";

fn row(session: &mut Session, text: &str) -> Value {
    answer(session, text).into_iter().next().expect("a row")
}

/// Whether every column of `plain` has the same value in `mixed`.
fn same(plain: &Value, mixed: &Value) {
    for (name, value) in plain.as_object().expect("a row") {
        let other = &mixed[name];
        match (value.as_f64(), other.as_f64()) {
            (Some(a), Some(b)) => assert!(near(a, b), "{name}: {a} and {b}"),
            _ if name == "isl" || name == "osl" => {}
            _ => assert_eq!(value, other, "{name}"),
        }
    }
}

#[test]
fn equal_classes_are_a_plain_question() {
    let mut session = session();
    for backend in ["trtllm", "vllm", "sglang"] {
        for (mode, at) in
            [("agg", AGG), ("disagg", DISAGG.replace("prefill.tp = 2", "prefill.tp = 4").as_str())]
        {
            let about = format!("{ON} using {backend} as {mode}");
            let plain = format!("estimate {at} {about} serving isl = 4k, osl = 500");
            let plain = row(&mut session, &plain);
            for mix in [
                "mix (100% isl = 4k, osl = 500)",
                "mix (a: 50% isl = 4k, osl = 500; b: 50% isl = 4k, osl = 500)",
                "mix (10% isl = 4k; 0.9 isl = 4k), osl = 500",
            ] {
                let mixed = row(&mut session, &format!("estimate {at} {about} serving {mix}"));
                same(&plain, &mixed);
            }
        }
    }
    let about =
        format!("{ON} where ttft < 1s and tpot < 30ms maximize tokens_per_gpu top 5 per mode");
    let plain = answer(&mut session, &format!("search {about} serving isl = 4k, osl = 500"));
    let mix = "mix (30% isl = 4k, osl = 500; 70% isl = 4k, osl = 500)";
    let mixed = answer(&mut session, &format!("search {about} serving {mix}"));
    assert_eq!(plain.len(), mixed.len());
    for (p, m) in plain.iter().zip(&mixed) {
        same(p, m);
    }
}

#[test]
fn mixes_lie_between_their_classes() {
    let mut session = session();
    let classes =
        ["isl = 1k, osl = 500", "isl = 16k, osl = 200", "isl = 6k, osl = 900, prefix = 2k"];
    for (a, b) in [(0, 1), (1, 2), (0, 2)] {
        for backend in ["trtllm", "vllm"] {
            let at = format!("estimate {AGG} {ON} using {backend} as agg serving");
            let alone = [a, b].map(|c| row(&mut session, &format!("{at} {}", classes[c])));
            let mut before = number(&alone[1], "request_rate");
            for share in [10, 40, 75] {
                let mix = format!("mix ({share}% {}; {}% {})", classes[a], 100 - share, classes[b]);
                let mixed = row(&mut session, &format!("{at} {mix}"));
                for name in ["request_rate", "tokens_per_second", "tpot", "memory"] {
                    let [x, y] = [&alone[0], &alone[1]].map(|r| number(r, name));
                    let value = number(&mixed, name);
                    let (low, high) = (x.min(y) * (1.0 - 1e-9), x.max(y) * (1.0 + 1e-9));
                    let inside = (low..=high).contains(&value);
                    assert!(inside, "{backend} {name} of {mix}: {value} not in {low}..{high}");
                }
                let rate = number(&mixed, "request_rate");
                let other = number(&alone[0], "request_rate");
                assert!((rate - before) * (other - before) >= 0.0, "{mix}: not monotone");
                before = rate;
            }
        }
    }
}

#[test]
fn means_are_over_requests() {
    let mut session = session();
    let mix = "mix (chat: 70% isl = 1k, osl = 500; documents: 30% isl = 16k, osl = 200)";
    for (mode, at) in [("agg", AGG), ("disagg", DISAGG)] {
        let own = row(&mut session, &format!("estimate {at} {ON} as {mode} serving {mix}"));
        let of = |name: &str| number(&own, name);
        for metric in ["ttft", "latency"] {
            let mean =
                0.7 * of(&format!("{metric}_chat")) + 0.3 * of(&format!("{metric}_documents"));
            assert!(near(of(metric), mean), "{mode} {metric}: {} and {mean}", of(metric));
        }
        assert!(near(of("tokens_per_second"), of("request_rate") * 410.0), "{mode}");
        assert!(
            near(of("tpot_chat"), of("tpot")) && near(of("tpot_documents"), of("tpot")),
            "{mode}"
        );
        assert!(near(of("latency_chat"), of("ttft_chat") + 499.0 * of("tpot")), "{mode}");
        assert!(of("ttft_documents") > of("ttft_chat"), "{mode}");
    }
    // Short prompts wait behind long ones.
    let alone =
        row(&mut session, &format!("estimate {DISAGG} {ON} as disagg serving isl = 1k, osl = 500"));
    let mixed = row(&mut session, &format!("estimate {DISAGG} {ON} as disagg serving {mix}"));
    assert!(number(&mixed, "ttft_chat") > 2.0 * number(&alone, "ttft"));
}

/// Pools are reduced to their frontiers before they are joined, where nothing can prefer what is
/// beaten. A condition that is not known to be such keeps all.
#[test]
fn frontiers_of_pools_lose_nothing() {
    let mut session = session();
    let mix = "mix (50% isl = 1k, osl = 900; 50% isl = 8k, osl = 100)";
    let ask = |condition: &str| {
        format!(
            "search prefill.workers in 1..4, decode.workers in 1..4, decode.batch in [8, 32, 64, 128] {ON} \
             as disagg serving {mix} where {condition} maximize tokens_per_gpu top 8"
        )
    };
    let reduced =
        answer(&mut session, &ask("largest(ttft) < 2s and tpot < 40ms and ttft_1 < 1500ms"));
    let all =
        answer(&mut session, &ask("largest(ttft) * 1 < 2s and tpot < 40ms and ttft_1 < 1500ms"));
    assert!(!all.is_empty());
    let scores =
        |rows: &[Value]| rows.iter().map(|r| number(r, "tokens_per_gpu")).collect::<Vec<_>>();
    assert!(near(scores(&reduced)[0], scores(&all)[0]));
    for row in &reduced {
        assert!(number(row, "ttft_1") < 1500.0 && number(row, "ttft_2") < 2000.0);
    }
}

#[test]
fn other_statements_take_mixes() {
    let mut session = session();
    let mix = "mix (chat: 70% isl = 1k, osl = 500; documents: 30% isl = 16k, osl = 200)";
    let question = format!(
        "search {ON} serving {mix} where ttft < 3s and tpot < 30ms maximize tokens_per_gpu top 2 per mode"
    );
    answer(&mut session, &format!("let a = {question}"));
    for mode in ["agg", "disagg"] {
        let best = row(&mut session, &format!("select * from a where mode = '{mode}'"));
        for metric in ["ttft", "ttft_chat", "tpot", "latency_documents", "tokens_per_gpu", "memory"]
        {
            let parts = answer(&mut session, &format!("explain metric {metric} in a.{mode}[1]"));
            // Memory is stated in bytes there.
            let unit = if metric == "memory" { 1_073_741_824.0 } else { 1.0 };
            let (told, wanted) = (number(&parts[0], "value") / unit, number(&best, metric));
            assert!(near(told, wanted), "{mode} {metric}: {told} and {wanted}");
        }
        let steps: Vec<Value> = answer(&mut session, &format!("explain ops a.{mode}[1]"));
        let has =
            |end: &str| steps.iter().any(|s| s["step"].as_str().is_some_and(|s| s.ends_with(end)));
        assert!(has("_chat") && has("_documents"), "{mode}");
    }
    let why = answer(&mut session, "why not tp = 1, batch = 4 in a");
    assert!(!why.is_empty());
    answer(&mut session, "why not in a");
    answer(&mut session, &format!("diff {question} between h200_sxm and h100_sxm"));
    answer(&mut session, &format!("explain {question}"));
    let none = must(&mut session, &format!("search {ON} serving {mix} where largest(ttft) < 5ms"));
    let told = none.notes.join("\n");
    assert!(told.contains("`largest(ttft) < 5ms` removed"), "{told}");
    let short = "mix (50% isl = 1k; 50% isl = 900k)";
    let none = must(&mut session, &format!("search {ON} serving {short}"));
    let told = none.notes.join("\n");
    assert!(told.contains("fits_context of 2"), "{told}");
}

#[test]
fn files_of_a_mix_are_priced_again() {
    let mut session = session();
    let mix = "mix (70% isl = 1k, osl = 500; 30% isl = 16k, osl = 200)";
    let to = tempfile::tempdir().expect("a directory");
    let to = to.path().join("files");
    answer(&mut session, &format!("let a = estimate {AGG} {ON} as agg serving {mix}"));
    let text = format!("generate a to '{}'", to.display());
    must(&mut session, &text);
    // Both classes are sent at once: folder, requests at once, requests in all, tokens in, cached, out.
    let bench = text_of(to.join("bench.sh"));
    let runs: Vec<Vec<&str>> = bench
        .lines()
        .filter_map(|l| Some(l.strip_prefix("run ")?.trim_end_matches(" &").split(' ').collect()))
        .collect();
    let predicted = runs.iter().filter(|r| r[0].ends_with("/1") && r[4..6] == ["0", "500"]);
    assert!(predicted.clone().all(|r| r[3] == "1000") && predicted.count() > 2, "{runs:?}");
    assert!(runs.iter().any(|r| r[3..6] == ["16000", "0", "200"]), "{runs:?}");
    let requests = |folder: &str| -> f64 {
        let run = runs.iter().find(|r| r[0] == folder).unwrap_or_else(|| panic!("no {folder}"));
        run[2].parse().expect("a count")
    };
    let share = requests("32/1") / (requests("32/1") + requests("32/2"));
    assert!((share - 0.7).abs() < 0.01, "{share}");
    let record = text_of(to.join("generator.yaml"));
    assert!(record.contains("mix (70% isl = 1k"), "{record}");
}
