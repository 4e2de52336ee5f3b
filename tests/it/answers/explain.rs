//! Explanations add up to the numbers that they explain, and name measurements that exist.

use std::collections::{BTreeMap, BTreeSet};

use aiq::lang::ast::StatementKind;
use aiq::lang::parse::parse;
use serde_json::Value;

use crate::support::session::{must, must_rows, rows, session};
use crate::support::{files_of, number, text_of};

/// The statements of the shipped queries, by file.
fn queries() -> Vec<(String, Vec<(bool, String)>)> {
    let read = |text: &str| {
        let statements = parse("<query>", text).expect("a query");
        let of = |s: &aiq::lang::ast::Statement| {
            let question = matches!(s.kind, StatementKind::Search(_) | StatementKind::Estimate(_));
            (question, s.loc.text().to_owned())
        };
        let said = statements.iter().filter(|s| !matches!(s.kind, StatementKind::Assert(_)));
        said.map(of).collect()
    };
    let files = files_of("queries", "aiq");
    files.iter().map(|f| (f.display().to_string(), read(&text_of(f)))).collect()
}

#[test]
fn ops_add_up_to_the_answer() {
    let mut explained = 0;
    let mut sources = BTreeSet::new();
    // What is simulated is no sum of ops.
    let by_formula = queries().into_iter().filter(|(file, _)| !file.ends_with("accuracy.aiq"));
    for (file, statements) in by_formula {
        let mut session = session();
        for (question, text) in statements {
            let text = if question { format!("let answer = {text}") } else { text };
            let named = text.trim_start().strip_prefix("let ").and_then(|t| t.split_once('='));
            let name = named.map(|(name, _)| name.trim().to_owned());
            must(&mut session, &text);
            let Some(name) = name else { continue };
            let own = must_rows(&mut session, &format!("select * from {name}"));
            for (i, row) in own.iter().enumerate().filter(|(_, r)| !r["ttft"].is_null()).take(12) {
                let about = format!("{file}: {name}[{}]", i + 1);
                let ops = must_rows(&mut session, &format!("explain ops {name}[{}]", i + 1));
                for (phase, metric) in [("context", "ttft"), ("generation", "tpot")] {
                    let of = || ops.iter().filter(|o| o["phase"] == phase);
                    let sum: f64 = of().map(|o| number(o, "ms")).sum();
                    let wanted = number(row, metric);
                    assert!((sum / wanted - 1.0).abs() < 1e-9, "{about}: {metric} {sum} {wanted}");
                    let share: f64 = of().map(|o| number(o, "share")).sum();
                    assert!((share - 100.0).abs() < 1e-6, "{about}: {share} %");
                }
                for op in &ops {
                    let all = op["sources"].as_array().expect("a list");
                    sources.extend(all.iter().map(ToString::to_string));
                    assert_eq!(op["table"].is_null(), all.is_empty(), "{op}");
                }
                explained += 1;
            }
        }
    }
    assert!(explained > 40, "{explained} rows");
    assert!(sources.len() > 300, "{} sources", sources.len());
    they_exist(&sources);
}

/// Each measured row that is named is in its table, as SQL sees it.
fn they_exist(sources: &BTreeSet<String>) {
    let mut session = session();
    let mut wanted: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in sources {
        let source: Value = serde_json::from_str(source).expect("JSON");
        let text = |name: &str| source[name].as_str().expect("a text");
        let place = ["system", "backend", "version"].map(|n| format!("{n} = '{}'", text(n)));
        let latency = number(&source, "latency");
        let mut conditions = vec![format!("abs(latency - {latency}) <= 1e-6 * {latency}")];
        for pair in text("keys").split(' ') {
            let (name, value) = pair.split_once('=').expect("a pair");
            conditions.push(match value.parse::<i64>() {
                Ok(number) => format!("{name} = {number}"),
                Err(_) => format!("{name} = '{value}'"),
            });
        }
        let from = format!("from {} where {}", text("table"), place.join(" and "));
        wanted.entry(from).or_default().push(conditions.join(" and "));
    }
    for (from, all) in &wanted {
        for some in all.chunks(50) {
            let found = some.iter().enumerate();
            let found = found.map(|(i, c)| format!("count(case when {c} then 1 end) as n{i}"));
            let sql = format!("select {} {from}", found.collect::<Vec<_>>().join(", "));
            let row = must_rows(&mut session, &sql);
            for (i, condition) in some.iter().enumerate() {
                assert!(number(&row[0], &format!("n{i}")) >= 1.0, "{from}: {condition}");
            }
        }
    }
}

#[test]
fn columns_are_these() {
    let mut session = session();
    let question =
        "explain ops estimate tp = 2, batch = 16 for 'Qwen/Qwen3-32B' on h200_sxm * 8 as agg";
    let answer = must(&mut session, question);
    let names: Vec<&str> = answer.schema.fields().iter().map(|f| f.name().as_str()).collect();
    assert_eq!(
        names,
        [
            "phase",
            "step",
            "op",
            "table",
            "version",
            "keys",
            "run_ms",
            "count",
            "weight",
            "ms",
            "share",
            "roofline_ms",
            "bound",
            "origin",
            "sources"
        ]
    );
    let rows = rows(&answer);
    let bounds: BTreeSet<String> =
        rows.iter().filter_map(|r| r["bound"].as_str()).map(str::to_owned).collect();
    assert_eq!(bounds.into_iter().collect::<Vec<_>>(), ["compute", "launch", "link", "memory"]);
}

/// The line of a name.
fn line<'r>(rows: &'r [Value], name: &str) -> &'r Value {
    let found = rows.iter().find(|r| r["name"].as_str().is_some_and(|n| n.trim() == name));
    found.unwrap_or_else(|| panic!("no line of `{name}`"))
}

#[test]
fn a_metric_is_told_down_to_its_passes() {
    let mut session = session();
    let question = "let a = search for 'Qwen/Qwen3-32B' on h200_sxm * 8 as agg, disagg \
                    where ttft < 1s and tpot < 20ms top 1 per mode";
    must(&mut session, question);
    let own = must_rows(&mut session, "select * from a");
    for row in &own {
        let mode = row["mode"].as_str().expect("a mode");
        for metric in ["ttft", "tpot", "tokens_per_gpu", "latency"] {
            let text = format!("explain metric {metric} in a.{mode}[1]");
            let told = must_rows(&mut session, &text);
            let value = number(line(&told, metric), "value");
            let wanted = number(row, metric);
            assert!((value / wanted - 1.0).abs() < 1e-9, "{mode} {metric}: {value} {wanted}");
            assert!(told.iter().any(|r| r["kind"] == "pass"), "{mode} {metric}");
        }
    }
    let told = must_rows(&mut session, "explain metric ttft in a.disagg");
    let pass = line(&told, "prefill.prefill");
    let ops = must_rows(&mut session, "explain ops a.disagg");
    let of_prefill =
        ops.iter().filter(|o| o["phase"] == "context" && o["step"] == "prefill.prefill");
    let sum: f64 = of_prefill.map(|o| number(o, "ms")).sum();
    // A request waits for 0.8 prompts of others on average.
    assert!((number(pass, "value") * 1.8 / sum - 1.0).abs() < 1e-9);
    let lines: Vec<String> = told
        .iter()
        .map(|r| {
            let text = |name: &str| r[name].as_str().unwrap_or("-").to_owned();
            format!(
                "{} | {} | {} | {}",
                text("name"),
                text("kind"),
                text("formula"),
                text("filled")
            )
        })
        .collect();
    // Numbers are those of the data; the formulas are the point.
    let lines: Vec<String> = lines.iter().map(|l| digits(l)).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

/// Fractions without their digits.
fn digits(text: &str) -> String {
    let mut out = String::new();
    let mut fraction = false;
    for c in text.chars() {
        fraction = if c == '.' {
            out.ends_with(|c: char| c.is_ascii_digit())
        } else {
            fraction && c.is_ascii_digit()
        };
        if !(fraction && c.is_ascii_digit()) {
            out.push(c);
        }
    }
    out
}
