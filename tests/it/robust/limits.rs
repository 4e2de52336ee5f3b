//! What no statement may take: values without end, more rows, memory or time than there is.

use std::time::{Duration, Instant};

use aiq::Session;

use super::{run, wrong};
use crate::support::binary::{self, aiq, stdout, succeeded};
use crate::support::session::{ask, must, must_rows, session};

#[test]
fn values_have_limits() {
    let begin = Instant::now();
    for statement in [
        "search for 'Qwen/Qwen3-32B' on h200_sxm * 32 serving osl = 999999999999",
        "search osl = 18446744073709551616 as disagg",
        "search osl = 1e308 as disagg",
        "search serving mix (50% isl = 4k; 50% isl = 1e12)",
        "search isl in 1..1e12",
        "search batch in 1..1e12",
        "search for isl in [4000, 1e12]",
        "search on h200_sxm * 1e12",
        "search decode.workers in 1..1e9",
        "set osl = 1e12",
        "set prefix = -1",
        "estimate tp = 0",
        "estimate isl = 0",
        "set decode_stride = 0.001",
        "estimate tp = 2, batch = 2.5",
        "search batch in [0.5, 1.5]",
        "search batch in 1..8 step 0.5",
        "search prefill.tp = 1.5 as disagg",
        "search serving mix (50% isl = 4k; 50% isl = 1000.5)",
        "search on h200_sxm * 7.5",
    ] {
        assert_eq!(run(&[], statement), wrong("AIQ0285"), "{statement}");
    }
    // Each is refused before it is built.
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
    assert_eq!(run(&[], "limit batch : whole 1..4; search batch = 8").1, "AIQ0285");
    // A length that it may have, though not on this model.
    assert_eq!(run(&[], "estimate tp = 2, osl = 10M as disagg where osl > 0").0, Some(1));
}

#[test]
fn rows_have_limits() {
    let rows = binary::ask(
        "estimate from (select * from (values (2, 8), (2, 2.5), (0, 8)) as t(tp, batch))",
    );
    let reasons: Vec<String> = rows.iter().map(|r| r["reason"].to_string()).collect();
    assert_eq!(
        reasons,
        [
            "null",
            "\"`batch` cannot be 2.5: it is a whole number from 1 to 1M\"",
            "\"`tp` cannot be 0: it is a whole number from 1 to 4096\"",
        ]
    );
}

/// How long a statement goes on after it was asked to stop.
fn stops_after(session: &mut Session, text: &str) -> Duration {
    let handle = session.cancel_handle();
    let stop = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        handle.cancel();
        Instant::now()
    });
    let result = ask(session, text);
    let ended = Instant::now();
    let pressed = stop.join().expect("the other thread ends");
    assert_eq!(result.map_err(|e| e.code.as_str()).err(), Some("AIQ0904"), "{text}");
    ended.saturating_duration_since(pressed)
}

#[test]
fn planning_stops_when_asked_to() {
    let mut session = session();
    let classes: Vec<String> = (0..400).map(|i| format!("0.25% isl = {}", 1000 + i)).collect();
    let mix = format!("search serving mix ({}) as disagg", classes.join("; "));
    // Seconds are for a busy machine.
    assert!(stops_after(&mut session, &mix) < Duration::from_secs(2));
}

#[test]
fn memory_has_a_limit() {
    let limit = ["--memory-limit", "256MiB"];
    for statement in [
        "select a.*, b.* from gemm a cross join gemm b",
        "select a.*, b.* from gemm a cross join gemm b order by a.latency",
        "create table t as select a.*, b.m as other from gemm a cross join gemm b",
        "select a.m, count(*) over () from gemm a cross join gemm b",
        "select * from generate_series(1, 1000000000)",
        "let a = estimate from (select 2 as tp, value as batch from generate_series(1, 1000000000))",
    ] {
        let (status, code) = run(&limit, statement);
        assert!(status == Some(4) && code == "AIQ0630", "{statement}: {status:?} {code}");
    }
    let (status, code) = run(&["--memory-limit", "4"], "show modes");
    assert!(status == Some(2) && code.contains("`4` is no size of memory"), "{code}");
    // What never ends can be stopped.
    let mut session = session();
    let endless = "with recursive t as (select 1 as a union all select a + 1 from t) \
                   select count(*) from t";
    assert!(stops_after(&mut session, endless) < Duration::from_secs(2));
}

/// An answer of many rows is written in parts, all of which read as one.
#[test]
fn many_rows_are_one_answer() {
    let many =
        "estimate from (select 2 as tp, 1 + value % 64 as batch from generate_series(1, 70000))";
    let of = |format: &str| {
        let output = aiq(&["--format", format, "-c", many]);
        succeeded(&output, many);
        stdout(&output)
    };
    let json: Vec<serde_json::Value> = serde_json::from_str(&of("json")).expect("one array");
    assert_eq!(json.len(), 70_000);
    assert_eq!(json[0], json[64 * 1024]);
    assert_eq!(of("ndjson").lines().count(), 70_000);
    let csv = of("csv");
    assert_eq!(csv.lines().count(), 70_001);
    assert_eq!(csv.lines().nth(1), csv.lines().nth(64 * 1024 + 1));
    let mut session = session();
    assert_eq!(must(&mut session, &format!("let a = {many}")).row_count(), 70_000);
    let counted = must_rows(&mut session, "select count(ttft) as n from a");
    assert_eq!(counted[0]["n"], 70_000);
    must(&mut session, &format!("{many}; assert best.ttft > 0ms"));
}
