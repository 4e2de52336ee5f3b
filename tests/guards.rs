//! What statements may not do, and what no statement may take: files, memory, time.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use aiq::Session;
use support::binary::{aiq, rows};
use support::session::{ask, session};

/// The exit status and the error printed as JSON.
fn refused(output: &Output) -> (Option<i32>, String) {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let code = |line: &str| {
        let error: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(error["code"].as_str()?.to_owned())
    };
    (output.status.code(), text.lines().find_map(code).unwrap_or(text))
}

/// Runs statements with some options.
fn run(options: &[&str], text: &str) -> (Option<i32>, String) {
    let arguments = [options, &["--error-format", "json", "-c", text]].concat();
    refused(&aiq(&arguments))
}

fn wrong(code: &str) -> (Option<i32>, String) {
    (Some(2), code.to_owned())
}

fn written(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("written");
    path.display().to_string()
}

#[test]
fn sql_writes_only_where_it_may() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let csv = written(path, "kept.csv", "a\n7\n");
    let fresh = path.join("fresh.csv").display().to_string();
    for statement in [
        format!("copy (select 1 as a) to '{csv}'"),
        format!("copy (select 1 as a) to '{fresh}'"),
        "create table t as select 1 as a; insert into t select 2 as a".to_owned(),
        "create table t as select 1 as a; with b as (select 2 as a) insert into t select * from b"
            .to_owned(),
        format!("create external table t stored as csv location '{csv}'"),
        format!("estimate from (copy (select 1 as a) to '{fresh}')"),
        format!("explain analyze with a as (select 1) copy (select * from a) to '{fresh}'"),
    ] {
        let (status, code) = run(&[], &statement);
        // The last two are no statements at all.
        let known = ["AIQ0620", "AIQ0217", "AIQ0107", "AIQ0101"].contains(&code.as_str());
        assert!(status == Some(2) && known, "{statement}: {code}");
    }
    assert_eq!(std::fs::read_to_string(&csv).expect("kept"), "a\n7\n");
    assert!(!Path::new(&fresh).exists());

    // Nothing that is read turns it on.
    let inner = written(path, "inner.aiq", &format!("copy (select 1 as a) to '{fresh}';"));
    let outer = written(path, "outer.aiq", &format!("include '{inner}';"));
    assert_eq!(run(&["--profile", &inner], "show modes"), wrong("AIQ0620"));
    assert_eq!(run(&[], &format!("include '{outer}'")), wrong("AIQ0620"));
    let (status, _) = refused(&aiq(&["test", &inner]));
    assert_eq!(status, Some(2));
    assert_eq!(run(&[], "set datafusion.execution.batch_size = 1").0, Some(2));

    let write = ["--allow-write"];
    assert_eq!(run(&write, &format!("copy (select 1 as a) to '{fresh}'")).0, Some(0));
    let replace = format!("copy (select 1 as a) to '{csv}'");
    assert_eq!(run(&write, &replace), wrong("AIQ0621"));
    assert_eq!(std::fs::read_to_string(&csv).expect("kept"), "a\n7\n");
    assert_eq!(run(&["--allow-write", "--force"], &replace).0, Some(0));
    assert_eq!(std::fs::read_to_string(&csv).expect("replaced"), "a\n1\n");
    let table = format!("create external table t stored as csv location '{csv}'; select * from t");
    assert_eq!(run(&write, &table).0, Some(0));
    assert_eq!(
        run(&[], "create view v as select 1 as a; create table t as select * from v").0,
        Some(0)
    );
}

#[test]
fn no_file_is_read_where_none_may_be() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let csv = written(path, "rows.csv", "tp,batch\n2,8\n");
    let values = written(path, "values.yaml", "k8s: {namespace: a}\n");
    let rules = written(path, "rules.aiq", "set isl = 1234;");
    let config = written(path, "config.json", "{}");
    let search = "let a = search tp = 2, batch = 8 as agg top 1; ";
    for statement in [
        format!("select * from '{csv}'"),
        format!("select * from public.\"{csv}\""),
        format!("describe '{csv}'"),
        format!("with a as (select * from '{csv}') select * from a"),
        format!("create view v as select * from '{csv}'"),
        format!("estimate from '{csv}'"),
        format!("estimate from (select * from '{csv}')"),
        format!("include '{rules}'"),
        format!("attach '{}'", path.display()),
        format!("search for '{config}'"),
        format!("search for '{}'", path.display()),
        format!("set model = '{config}'; estimate tp = 2"),
        format!("{search}generate a[1] to '{}/out' with '{values}'", path.display()),
        format!("diff tables between 'systems' and '{}/'", path.display()),
    ] {
        let (status, code) = run(&["--no-files"], &statement);
        assert!(status == Some(2) && code == "AIQ0622", "{statement}: {status:?} {code}");
    }
    let external = format!("create external table t stored as csv location '{csv}'");
    assert_eq!(run(&["--no-files", "--allow-write"], &external), wrong("AIQ0622"));

    // What the command line names is the user's own choice.
    let profile = ["--no-files", "--profile", &rules, "--systems", "systems"];
    assert_eq!(run(&profile, "show settings for 'isl'").0, Some(0));
    let all = ["--no-files", "--profile", &path.display().to_string()];
    assert_eq!(run(&all, "show settings for 'isl'").0, Some(0));
    assert!(aiq(&["--no-files", "run", &rules]).status.success());
}

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
    assert_eq!(run(&[], "estimate tp = 2, osl = 10M as disagg where osl > 0").0, Some(0));
}

#[test]
fn rows_have_limits() {
    let output = aiq(&[
        "--format",
        "json",
        "-c",
        "estimate from (select * from (values (2, 8), (2, 2.5), (0, 8)) as t(tp, batch))",
    ]);
    let reasons: Vec<String> = rows(&output).iter().map(|r| r["reason"].to_string()).collect();
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
    assert_eq!(result.map_err(|e| e.code).err(), Some("AIQ0904"), "{text}");
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
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    };
    let json: Vec<serde_json::Value> = serde_json::from_str(&of("json")).expect("one array");
    assert_eq!(json.len(), 70_000);
    assert_eq!(json[0], json[64 * 1024]);
    assert_eq!(of("ndjson").lines().count(), 70_000);
    let csv = of("csv");
    assert_eq!(csv.lines().count(), 70_001);
    assert_eq!(csv.lines().nth(1), csv.lines().nth(64 * 1024 + 1));
    let mut session = session();
    let named = ask(&mut session, &format!("let a = {many}")).expect("an answer");
    assert_eq!(named.row_count(), 70_000);
    let counted = ask(&mut session, "select count(ttft) as n from a").expect("a count");
    assert_eq!(support::session::rows(&counted)[0]["n"], 70_000);
    assert!(ask(&mut session, &format!("{many}; assert best.ttft > 0ms")).is_ok());
}

#[test]
fn configurations_have_limits() {
    let shipped = std::fs::read_to_string("models/catalog/Qwen--Qwen3-32B.json").expect("a model");
    let folder = tempfile::tempdir().expect("a folder");
    let model = folder.path().display().to_string();
    let estimate = format!("estimate tp = 2, batch = 8 for '{model}' as agg");
    let with = |key: &str, value: serde_json::Value| {
        let mut config: serde_json::Value = serde_json::from_str(&shipped).expect("JSON");
        config[key] = value;
        written(folder.path(), "config.json", &config.to_string());
    };
    for (key, value) in [
        ("num_hidden_layers", serde_json::json!(-3)),
        ("num_hidden_layers", serde_json::json!(64.5)),
        ("hidden_size", serde_json::json!(0)),
        ("head_dim", serde_json::json!(0.5)),
        ("vocab_size", serde_json::json!(1e30)),
        ("num_attention_heads", serde_json::json!("many")),
        ("max_position_embeddings", serde_json::json!([])),
    ] {
        with(key, value);
        let output = aiq(&["-c", &estimate]);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{key}: {text}");
        assert!(text.contains("AIQ0309") && text.contains(key) && text.contains(&model), "{text}");
    }
    for key in ["hidden_size", "num_hidden_layers", "vocab_size", "intermediate_size"] {
        with(key, serde_json::Value::Null);
        let text = String::from_utf8_lossy(&aiq(&["-c", &estimate]).stderr).into_owned();
        assert!(text.contains("AIQ0309") && text.contains(&format!("has no `{key}`")), "{text}");
    }
    with("num_key_value_heads", serde_json::json!(7));
    let output = aiq(&["-c", &estimate]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("num_key_value_heads = 7"));
}

#[test]
fn errors_are_our_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let damaged = written(folder.path(), "damaged.parquet", "PAR1garbagegarbagePAR1");
    let data = (Some(3), "AIQ0604".to_owned());
    assert_eq!(run(&[], &format!("estimate from '{damaged}'")), data);
    assert_eq!(run(&[], &format!("select * from '{damaged}'")), data);
    for statement in [
        "select 'a' ~ '((a{1000}){1000}){1000}'",
        "select 1 from gemm where quant ~ '(a{1000}){1000}'",
        "assert not 7",
        "search as agg where not ttft",
        "search as agg where ttft < 1s and 'x'",
        "search as agg where ttft",
        "select round(1.5, -0.0)",
        "select cast(cast('NaN' as double) as int)",
        "select 1/0",
    ] {
        let output = aiq(&["-c", statement]);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{statement}: {text}");
        for foreign in ["bug report", "DataFusion", "Internal error", "Arrow error", "arrow_array"]
        {
            assert!(!text.contains(foreign), "{statement}: {text}");
        }
    }
}

#[cfg(unix)]
#[test]
fn special_files_are_refused() {
    use std::os::unix::ffi::OsStrExt;

    let endless = "/dev/zero";
    assert_eq!(run(&[], &format!("include '{endless}'")), wrong("AIQ0605"));
    assert_eq!(run(&[], &format!("search for '{endless}'")).1, "AIQ0302");
    assert_eq!(run(&[], &format!("select * from '{endless}'")).1, "AIQ0604");
    let output = aiq(&["run", endless]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("larger than 64 MiB"));
    // A name that is no text is never another name.
    let odd = std::ffi::OsStr::from_bytes(b"odd\xff.aiq");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_aiq"))
        .args([std::ffi::OsStr::new("run"), odd])
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("AIQ0633"));
}

#[test]
fn data_directories_have_limits() {
    let facts = std::fs::read_to_string("systems/h200_sxm/system.yaml").expect("facts");
    for (from, to, said) in [
        ("mem_bw: 4800000000000", "mem_bw: 1e20", "`mem_bw` cannot be 100000000000000000000"),
        ("other_mem: 3758096384", "other_mem: -1", "`other_mem` cannot be -1"),
        ("nccl_mem.4:", "ncl_mem.4:", "did you mean `nccl_mem`?"),
        ("  nccl_mem.4: 411041792\n", "", "`misc` has no `nccl_mem.4`"),
        ("p2p_latency: 0.00001", "p2p_latency: fast", "`p2p_latency` cannot be `fast`"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let home = folder.path().join("h200_sxm");
        std::fs::create_dir(&home).expect("a folder");
        let changed = facts.replacen(from, to, 1);
        assert_ne!(changed, facts, "{from}");
        written(&home, "system.yaml", &changed);
        let data = folder.path().display().to_string();
        let output = aiq(&["--systems", &data, "-c", "estimate tp = 4"]);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{to}: {text}");
        assert!(text.contains("AIQ0409") && text.contains(said), "{to}: {text}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    written(folder.path(), "versions.yaml", "defaults:\n  trtllm: {cusrent: '1.3.0rc20'}\n");
    let output = aiq(&["--systems", &folder.path().display().to_string(), "-c", "estimate tp = 4"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("versions.yaml:2") && text.contains("`current`"), "{text}");
}
