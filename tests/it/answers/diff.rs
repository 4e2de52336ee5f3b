//! What changed between two answers.

use aiq::Permissions;
use serde_json::Value;

use crate::support::number_or_nan as number;
use crate::support::session::{ask, must, must_rows, rows, session};

const QUESTION: &str = "search for 'Qwen/Qwen3-32B' on h200_sxm * 8 using trtllm as agg, disagg \
                        where ttft < 1s and tpot < 30ms maximize tokens_per_gpu top 8";

#[test]
fn a_question_against_itself_is_empty() {
    let mut session = session();
    let same = "between kv = bfloat16 and kv = bfloat16";
    let found = must(&mut session, &format!("diff {QUESTION} {same}"));
    assert_eq!(found.row_count(), 0, "{:?}", rows(&found));
    must(&mut session, &format!("let a = {QUESTION}; let b = {QUESTION}"));
    for text in ["diff a, b", "diff between a and b", "diff a, a"] {
        assert_eq!(must(&mut session, text).row_count(), 0, "{text}");
    }
}

#[test]
fn rows_are_matched_and_their_causes_found() {
    let mut session = session();
    for sides in [
        "h200_sxm and h100_sxm",
        "trtllm and sglang",
        "trtllm '1.3.0rc20' and trtllm '1.2.0rc5'",
        "kv = bfloat16 and kv = fp8",
        "osl = 1000 and osl = 500",
        "max_step_tokens = 8192 and max_step_tokens = 4096",
    ] {
        let text = format!("diff {QUESTION} between {sides}");
        let found = match ask(&mut session, &text) {
            Ok(found) => rows(&found),
            // Not every release ships everywhere.
            Err(error) if error.code == "AIQ0234" || error.message.contains("1.2.0rc5") => continue,
            Err(error) => panic!("{text}: {error}"),
        };
        for row in &found {
            let (a, b) = (number(row, "a"), number(row, "b"));
            match row["change"].as_str().expect("a change") {
                "moved" => assert!((number(row, "delta") - (b - a)).abs() < 1e-9, "{row}"),
                "entered" => assert!(a.is_nan() && b > 0.0, "{row}"),
                "left" => assert!(b.is_nan() && a > 0.0, "{row}"),
                other => panic!("{other}"),
            }
        }
        if sides.starts_with("h200") || sides.starts_with("kv") || sides.starts_with("osl") {
            assert!(!found.is_empty(), "{text}");
            let caused = found.iter().filter(|r| !r["cause"].is_null()).count();
            assert!(caused > 0, "{text}: {found:?}");
        }
    }
}

/// The numbers of a comparison are those of the two answers.
#[test]
fn both_sides_are_the_answers() {
    let mut session = session();
    let on = |system: &str| QUESTION.replace("h200_sxm", system);
    must(&mut session, &format!("let a = {}; let b = {}", on("h200_sxm"), on("h100_sxm")));
    let named = must_rows(&mut session, "diff a, b");
    let text = format!("diff {QUESTION} between h200_sxm and h100_sxm");
    let asked = must_rows(&mut session, &text);
    assert!(!named.is_empty());
    let strip = |rows: &[Value]| -> Vec<(String, String, String)> {
        let of = |r: &Value, n: &str| r[n].to_string();
        rows.iter().map(|r| (of(r, "change"), of(r, "a"), of(r, "b"))).collect()
    };
    assert_eq!(strip(&named), strip(&asked));
}

/// A data directory with one table of a release, each latency times a factor.
fn perturbed(session: &mut aiq::Session, table: &str, factor: f64) -> tempfile::TempDir {
    let data = tempfile::tempdir().expect("a directory");
    let home = data.path().join("h200_sxm/trtllm/1.3.0rc20");
    std::fs::create_dir_all(&home).expect("a directory");
    let described = must(session, &format!("describe {table}"));
    let columns: Vec<String> = rows(&described)
        .iter()
        .map(|r| r["column_name"].as_str().expect("a name").to_owned())
        .filter(|n| !["system", "backend", "version", "latency"].contains(&n.as_str()))
        .collect();
    let file = home.join(format!("{table}.parquet"));
    let text = format!(
        "copy (select {}, latency * {factor} as latency from {table} where system = 'h200_sxm' \
         and backend = 'trtllm' and version = '1.3.0rc20') to '{}'",
        columns.join(", "),
        file.display()
    );
    let before = session.permissions();
    session.permit(Permissions { write: true, ..before });
    must(session, &text);
    session.permit(before);
    data
}

/// The op of decoding that a cause names first: `gate_up (gemm) +0.8926 ms`.
fn named_first(row: &Value) -> Option<String> {
    let (_, ops) = row["cause"].as_str()?.split_once("tpot: ")?;
    let (op, _) = ops.split_once(" ms")?;
    Some(op.to_owned())
}

#[test]
fn a_slower_table_is_found() {
    let mut session = session();
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/systems");
    for table in ["gemm", "generation_attention"] {
        let data = perturbed(&mut session, table, 1.3);
        let sides = format!("between '{shipped}' and '{}'", data.path().display());

        let tables = must_rows(&mut session, &format!("diff tables {sides}"));
        assert_eq!(tables[0]["table"], table, "{tables:?}");
        assert!((number(&tables[0], "median_change") - 30.0).abs() < 1e-3, "{tables:?}");
        assert!(tables[1..].iter().all(|t| number(t, "p95_change") == 0.0), "{tables:?}");

        let one = must(&mut session, &format!("diff table {table} {sides} top 3"));
        let found = rows(&one);
        assert_eq!(found.len(), 3);
        for row in &found {
            assert!((number(row, "b") / number(row, "a") - 1.3).abs() < 1e-6, "{row}");
            assert_eq!(row["cause"], "30.0 % slower");
        }

        let asked = format!("diff {QUESTION} {sides}");
        let found = must_rows(&mut session, &asked);
        assert!(!found.is_empty());
        for row in &found {
            let first = named_first(row).unwrap_or_default();
            assert!(first.contains(table) && first.contains(") +"), "{row}");
        }
        // The session is left with its own data.
        let again = format!("diff {QUESTION} between '{shipped}' and '{shipped}'");
        assert_eq!(must(&mut session, &again).row_count(), 0);
    }
}

/// Counts and quantiles are those of a join in SQL.
#[test]
fn tables_are_matched_as_sql_would() {
    let mut session = session();
    let text = "diff tables between trtllm '1.0.0rc3' and trtllm '1.3.0rc20' on h200_sxm";
    let tables = must_rows(&mut session, text);
    let gemm = tables.iter().find(|t| t["table"] == "gemm").expect("a row of gemm");
    let of = |version: &str| {
        format!(
            "(select quant, n, k, m, latency from gemm where system = 'h200_sxm' and \
             backend = 'trtllm' and version = '{version}')"
        )
    };
    let sql = format!(
        "select count(*) as matched, median(abs(b.latency / a.latency - 1)) * 100 as change, \
         sum(case when abs(b.latency / a.latency - 1) > 0.05 then 1 else 0 end) as beyond \
         from {} a join {} b using (quant, n, k, m)",
        of("1.0.0rc3"),
        of("1.3.0rc20")
    );
    let own = must_rows(&mut session, &sql).remove(0);
    assert_eq!(gemm["matched"], own["matched"]);
    assert_eq!(gemm["changed_over_5pct"], own["beyond"]);
    assert!((number(gemm, "median_change") - number(&own, "change")).abs() < 1e-9);
    let largest = tables.iter().map(|t| number(t, "p95_change")).fold(0.0, f64::max);
    assert!((number(&tables[0], "p95_change") - largest).abs() < 1e-12);
}

#[test]
fn measurements_of_releases_and_backends() {
    let mut session = session();
    for (name, text) in [
        ("releases", "diff table gemm between trtllm '1.0.0rc3' and '1.3.0rc20' on h200_sxm top 4"),
        ("kernels", "diff table context_attention between trtllm and sglang on h200_sxm top 3"),
        ("library", "diff table nccl between '2.23' and '2.26.2' on h200_sxm top 3"),
        ("systems", "diff table gemm between h200_sxm and h100_sxm top 2"),
        ("same", "diff table gemm between trtllm and trtllm on h200_sxm"),
    ] {
        let found = must(&mut session, text);
        let mut told: Vec<String> = rows(&found).iter().map(ToString::to_string).collect();
        told.extend(found.notes.iter().cloned());
        insta::assert_snapshot!(name, format!("{text}\n{}", told.join("\n")));
    }
    // `on` may be left out where one system has both.
    let one = "diff table gemm between trtllm '1.0.0' and vllm '0.14.0' top 1";
    let found = must(&mut session, one);
    assert!(found.notes[0].starts_with("a = a100_sxm trtllm 1.0.0 ("), "{:?}", found.notes);
    let none = "diff table gemm between trtllm '1.2.0rc5' and '1.3.0rc20'";
    assert_eq!(ask(&mut session, none).expect_err("no such table").code, "AIQ0408");
    let set = "set system = h100_sxm; diff table gemm between trtllm '1.0.0rc3' and '1.3.0rc20'";
    let found = must(&mut session, set);
    assert!(found.notes[0].starts_with("a = h100_sxm trtllm 1.0.0rc3"), "{:?}", found.notes);
}

#[test]
fn settings_are_sides() {
    let mut session = session();
    let cheaper = QUESTION.replace("maximize tokens_per_gpu", "minimize cost_per_mtok");
    let price = "set price h200_sxm = $9/gpu_hour; diff";
    let text = format!(
        "{price} {cheaper} between price h200_sxm = $3/gpu_hour and price h200_sxm = $6/gpu_hour"
    );
    let found = must_rows(&mut session, &text);
    assert!(!found.is_empty());
    for row in &found {
        assert_eq!(row["change"], "moved", "{row}");
        assert!((number(row, "b") / number(row, "a") - 2.0).abs() < 1e-9, "{row}");
    }
    let yielded = QUESTION.replace("tokens_per_gpu", "tokens_per_joule");
    let text = format!("diff {yielded} between gpu_draw = 600W and gpu_draw = 300W");
    let found = must_rows(&mut session, &text);
    for row in &found {
        assert!((number(row, "b") / number(row, "a") - 2.0).abs() < 1e-9, "{row}");
    }
    let several = [
        "(isl = 1k, osl = 100) and (isl = 1k, osl = 200)",
        "isl = 1k, osl = 100 and isl = 1k, osl = 200",
    ]
    .map(|sides| {
        let text = format!("diff {QUESTION} between {sides}");
        let found = must(&mut session, &text);
        assert!(found.row_count() > 0);
        found.notes
    });
    assert_eq!(several[0], several[1]);
}

#[test]
fn keys_have_types() {
    let mut session = session();
    let text = format!("diff {} between h200_sxm and h100_sxm", QUESTION.replace(", disagg", ""));
    for row in must_rows(&mut session, &text) {
        assert!(row["tp"].is_u64() && row["batch"].is_u64(), "{row}");
    }
}
