//! What stands on a terminal of 80 and of 120 columns.

use crate::support::binary::{command, stdout, succeeded};
use crate::support::root;

const NAMED: &str = "let a = search for 'Qwen/Qwen3-32B' on h200_sxm * 32 \
    where ttft < 300ms and tpot < 10ms top 2 per mode; ";

/// What is asked, by the name of its snapshot. An answer that a statement is about comes first.
const ASKED: &[(&str, &[&str])] = &[
    ("search", &["-c", "search tp in [1, 2, 4, 8] where ttft < 300ms maximize tokens_per_gpu"]),
    (
        "load",
        &["-c", "search where request_rate >= 5req/s and tpot < 30ms minimize gpus_used top 4"],
    ),
    (
        "sweep",
        &["-c", "search for isl in [1k, 4k], gemm in [fp8, bfloat16] as agg where ttft < 1s"],
    ),
    ("winner", &["-c", "search where ttft < 300ms top 1"]),
    ("assumed", &["-c", "search as agg where ttft < 300ms top 1; show assumed"]),
    ("explain_ops", &["-c", "let a = search as agg where ttft < 300ms top 1; explain ops a[1]"]),
    (
        "explain_metric",
        &["-c", "let a = search as agg where ttft < 300ms top 1; explain metric ttft in a"],
    ),
    ("why_not", &["-c", "let a = search as agg where ttft < 300ms; why not tp = 1 in a"]),
    ("frontier", &["-c", "frontier ttft in search on h200_sxm * 8 where tpot < 8ms"]),
    ("sensitivity", &["-c", "let a = search as agg where ttft < 300ms top 1; sensitivity a[1]"]),
    ("estimate", &["-c", "estimate tp = 4, batch = 64 as agg"]),
    ("show", &["-c", "show axes; show systems; show rules for 'kv'"]),
    ("describe", &["-c", "describe tp; describe ttft"]),
    ("default", &["default", "--model", "QWEN3_32B", "--system", "h200_sxm", "--total-gpus", "8"]),
    (
        "recommend",
        &[
            "recommend",
            "--model",
            "QWEN3_32B",
            "--system",
            "h200_sxm",
            "--target-request-rate",
            "20",
        ],
    ),
];

/// Without the times under answers, and without the answer that another is about.
fn without_times(text: &str) -> String {
    let footer = |line: &str| {
        let digits = line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ',');
        digits.starts_with(" candidate") && digits.len() < line.len()
    };
    let mut kept = Vec::new();
    let mut in_footer = false;
    for line in text.lines() {
        in_footer = footer(line) || (in_footer && !line.is_empty());
        if !in_footer {
            kept.push(line);
        }
    }
    kept.join("\n")
}

fn at(width: usize, arguments: &[&str]) -> String {
    let output = command(root(), arguments).env("COLUMNS", width.to_string()).output();
    let output = output.expect("the binary runs");
    succeeded(&output, arguments.last().unwrap_or(&""));
    without_times(&stdout(&output))
}

#[test]
fn answers_fit_a_terminal() {
    for width in [80, 120] {
        for (name, arguments) in ASKED {
            let text = at(width, arguments);
            for line in text.lines().filter(|line| !line.contains("://")) {
                assert!(line.chars().count() <= width, "{name} at {width}: {line}");
            }
            insta::assert_snapshot!(format!("{name}_{width}"), text);
        }
        let text = at(width, &["-c", &format!("{NAMED}diff a.agg, a.disagg")]);
        insta::assert_snapshot!(format!("diff_{width}"), text);
    }
}
