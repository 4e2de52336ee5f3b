use proptest::prelude::*;

use super::*;
use crate::shell::Interpreter;
use crate::shell::fake::Fake;

fn texts(line: &str) -> (usize, Vec<String>) {
    match complete(line, line.len(), &Fake::default().vocabulary()) {
        Completion::Texts(start, texts) => (start, texts),
        Completion::File(_) => (line.len(), vec!["FILE".to_owned()]),
    }
}

/// Text before the cursor, words that must be offered, words that must not be.
const CASES: &[(&str, &[&str], &[&str])] = &[
    ("", &["search", "set", "show", "let", "help"], &["where", "ttft", "h200_sxm"]),
    ("se", &["search", "set"], &["show", "serving"]),
    ("search ", &["tp", "gemm", "where", "on"], &["h200_sxm", "ttft"]),
    ("search tp ", &["in", "="], &["where", "ttft"]),
    ("search tp in [", &["1", "2"], &["isl", "where", "fp8"]),
    ("search tp in [1, ", &["2"], &["isl", "where"]),
    ("search tp in [1, 2] ", &["on", "where", "maximize"], &["tp", "h200_sxm"]),
    ("search tp in [1, 2], ", &["gemm", "pp"], &["where", "on"]),
    ("search gemm in [", &["fp8", "bfloat16"], &["1", "agg"]),
    ("search gemm = ", &["fp8"], &["h200_sxm", "1"]),
    ("search prefill.gemm = ", &["fp8"], &["h200_sxm"]),
    ("search prefill.t", &["tp"], &["ttft"]),
    ("search system in [", &["h100_sxm", "h200_sxm"], &["fp8", "tp"]),
    ("search backend = ", &["trtllm", "sglang"], &["h200_sxm"]),
    ("search on ", &["h100_sxm", "h200_sxm"], &["tp", "where", "trtllm"]),
    ("search tp = 1 on h2", &["h200_sxm"], &["h100_sxm"]),
    ("search on h200_sxm ", &["using", "where"], &["h100_sxm", "on"]),
    ("search on h200_sxm * ", &[], &["h100_sxm", "where"]),
    ("search on h200_sxm * 8, ", &["h100_sxm"], &["where"]),
    ("search on h200_sxm wh", &["where"], &["h100_sxm"]),
    ("search using ", &["trtllm", "sglang"], &["'1.3.0rc20'", "fp8"]),
    ("search using trtllm ", &["'1.3.0rc20'", "where"], &["'0.24.0'", "sglang"]),
    ("search using sglang '", &["0.24.0'"], &["1.3.0rc20'"]),
    ("search for ", &["'Qwen/Qwen3-32B'"], &["h200_sxm", "where"]),
    ("search for 'Qwen/Qwen3-3", &["Qwen/Qwen3-32B'"], &["Qwen/Qwen3-8B'"]),
    ("search for Qwen/Qwen3-3", &["'Qwen/Qwen3-32B'"], &["'Qwen/Qwen3-8B'"]),
    ("search for \"32b", &["Qwen/Qwen3-32B\""], &[]),
    ("search as ", &["agg", "disagg"], &["tp", "where"]),
    ("search as agg ", &["where"], &["agg", "disagg"]),
    ("search as agg, ", &["disagg"], &["where"]),
    ("search serving ", &["isl", "osl"], &["tp", "ttft", "where"]),
    ("search serving isl = ", &["4000"], &["osl", "where"]),
    ("search serving isl = 4000, ", &["osl"], &["tp", "where"]),
    ("search where ", &["ttft", "tp", "p99", "origin"], &["h200_sxm", "where"]),
    ("search where tt", &["ttft"], &["tpot"]),
    ("search where ttft < 300ms ", &["and", "maximize"], &["ttft", "where"]),
    ("search where ttft < 300ms and tpo", &["tpot"], &["ttft"]),
    ("search where system = ", &["h200_sxm"], &["ttft"]),
    ("search where origin <= ", &["interpolated"], &["ttft"]),
    ("search where tp in [", &["1"], &["ttft"]),
    ("search maximize ", &["ttft", "tokens_per_gpu", "tp"], &["h200_sxm", "where"]),
    ("search minimize t", &["ttft", "tpot"], &["isl"]),
    ("search maximize ttft ", &["top", "where"], &["minimize", "tpot"]),
    ("search pareto ttft, ", &["tpot"], &["where"]),
    ("search prefer ", &["ttft"], &["h200_sxm"]),
    ("search prefer ttft < 1ms ", &["weight", "hard", "prefer"], &["ttft"]),
    ("search top 5 ", &["per", "distinct"], &["ttft"]),
    ("search top 5 per ", &["tp"], &["h200_sxm", "where"]),
    ("search tp = 1; wh", &["where"], &["'Qwen/Qwen3-32B'"]),
    ("search tp = 1; ", &["search", "set"], &["where", "tp"]),
    ("search tp -- se", &[], &["search"]),
    ("estimate ", &["tp", "from"], &["ttft"]),
    ("estimate from ", &["gemm", "best", "'"], &["ttft"]),
    ("let a = ", &["search", "estimate"], &["tp"]),
    ("let a = search on ", &["h200_sxm"], &["tp"]),
    ("show ", &["models", "settings"], &["tp", "where", "h200_sxm"]),
    ("show coverage for ", &["'Qwen/Qwen3-32B'", "h200_sxm"], &["ttft"]),
    ("explain ", &["ops", "metric", "best"], &["where"]),
    ("explain ops ", &["best", "search"], &["gemm", "ttft"]),
    ("explain metric ", &["ttft"], &["tp", "best"]),
    ("explain metric ttft ", &["in"], &["ttft"]),
    ("explain metric ttft in ", &["best"], &["gemm", "ttft"]),
    ("why ", &["not"], &["tp"]),
    ("why not ", &["tp", "in"], &["ttft"]),
    ("why not tp = 2 in ", &["best"], &["gemm", "tp"]),
    ("why not tp = 2, pp = 4 in ", &["best"], &["gemm", "tp"]),
    ("generate ", &["best"], &["gemm", "where"]),
    ("generate best ", &["to"], &["best"]),
    ("generate best to 'a' for ", &["dynamo", "bare"], &["'Qwen/Qwen3-32B'"]),
    ("generate best to '", &["FILE"], &[]),
    ("plot ", &["best", "search"], &["gemm", "ttft"]),
    ("plot best ", &["ttft", "to", "color by"], &["best", "h200_sxm"]),
    ("plot best ttft, ", &["tpot"], &["to"]),
    ("plot best ttft, tpot ", &["to", "color by"], &["ttft"]),
    ("plot best ttft, tpot color by ", &["tp"], &["h200_sxm"]),
    ("plot search on h200_sxm ", &["where", "to", "color by"], &["h100_sxm"]),
    ("save ", &["best"], &["gemm"]),
    ("save best to 'x' ", &["for"], &["best"]),
    ("diff ", &["best", "search"], &["gemm"]),
    ("diff best, ", &["best"], &["gemm"]),
    ("diff search tp = 1 between ", &["h200_sxm", "trtllm"], &["ttft"]),
    ("set ", &["price", "isl", "kv_tolerance"], &["ttft", "where"]),
    ("set price ", &["h200_sxm"], &["isl"]),
    ("set kv = ", &["fp8"], &["tp"]),
    ("set model = Qw", &["'Qwen/Qwen3-32B'", "'Qwen/Qwen3-8B'"], &[]),
    ("set data = ", &["hybrid"], &["fp8"]),
    ("assert ", &["best", "ttft"], &["h200_sxm"]),
    ("assert best.tt", &["ttft"], &[]),
    ("describe ", &["gemm", "ttft", "tp", "h200_sxm"], &["where"]),
    ("select ", &["m", "ttft"], &["where", "h200_sxm"]),
    ("select m from ", &["gemm", "best"], &["ttft", "m"]),
    ("include '", &["FILE"], &[]),
];

#[test]
fn by_place() {
    let mut wrong = Vec::new();
    for (line, some, none) in CASES {
        let (_, found) = texts(line);
        let has = |word: &&&str| found.iter().any(|f| f == **word);
        let lacks = some.iter().filter(|w| !has(w)).map(|w| format!("`{line}` lacks {w}"));
        let offers = none.iter().filter(has).map(|w| format!("`{line}` offers {w}"));
        wrong.extend(lacks.chain(offers).map(|said| format!("{said}: {found:?}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn where_the_completed_text_starts() {
    assert_eq!(texts("search tp on h2"), (13, vec!["h200_sxm".to_owned()]));
    assert_eq!(texts("search for Qwen/Qwen3-3").0, 11);
    assert_eq!(texts("search for 'Qwen/Qwen3-3").0, 12);
    assert_eq!(texts("assert best.tt").0, 12);
    assert_eq!(complete("include 'a", 10, &[]), Completion::File(Some(8)));
}

proptest! {
    #[test]
    fn any_cursor(
        line in "(\\PC|[\n'\"=;,.()*]|on |for |where |search |in |plot |to |[a-z]{1,3} ){0,20}",
        cursor in 0usize..60,
    ) {
        match complete(&line, cursor, &Fake::default().vocabulary()) {
            Completion::Texts(start, _) | Completion::File(Some(start)) => {
                prop_assert!(start <= line.len() && line.is_char_boundary(start));
            }
            Completion::File(None) => {}
        }
    }
}
