//! What may follow at the cursor.

use super::lex::{Kind, is_word, pieces};
use super::place::{CLAUSES, Want, wanted};
use crate::{Word, WordKind};

/// What may stand at the cursor.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Completion {
    /// Where the completed text starts, and what may stand there, best first.
    Texts(usize, Vec<String>),
    /// A name of a file; where its quote is, if it has one.
    File(Option<usize>),
}

/// Looks at what stands before the cursor.
pub(super) fn complete(line: &str, cursor: usize, words: &[Word]) -> Completion {
    let before = &line[..line.floor_char_boundary(cursor.min(line.len()))];
    let found = pieces(before);
    if let Some(last) = found.last() {
        match last.kind {
            Kind::Comment => return Completion::Texts(before.len(), Vec::new()),
            Kind::OpenText => return in_quotes(before, last.range.start, words),
            _ => {}
        }
    }
    let start = begins(before, |_| false);
    let groups = wanted(&before[..start]);
    // Paths are written in quotes.
    let files = groups.iter().flatten().any(|want| *want == Want::File);
    let models = groups.iter().flatten().any(|want| *want == Want::Kind(WordKind::Model));
    // A model may be begun without its quote: `for Qwen/Q`.
    let start = if models { begins(before, |c| matches!(c, '/' | '-')) } else { start };
    let typed = &before[start..];
    let mut texts = matching(typed, words, &groups);
    // Of `a.tt` the name behind the dot is begun.
    if let Some(dot) = typed.rfind('.').filter(|_| texts.is_empty()) {
        let texts = matching(&typed[dot + 1..], words, &groups);
        return Completion::Texts(start + dot + 1, texts);
    }
    if files && typed.is_empty() {
        texts.push("'".to_owned());
    }
    Completion::Texts(start, texts)
}

/// Where the word before the cursor begins.
fn begins(before: &str, more: impl Fn(char) -> bool) -> usize {
    let inside = |c: &char| is_word(*c) || *c == '.' || more(*c);
    before.len() - before.chars().rev().take_while(inside).map(char::len_utf8).sum::<usize>()
}

/// Kinds whose words may stand in quotes.
const QUOTED: [WordKind; 8] = [
    WordKind::Model,
    WordKind::System,
    WordKind::Backend,
    WordKind::Version,
    WordKind::Mode,
    WordKind::Value,
    WordKind::Table,
    WordKind::Result,
];

/// Inside quotes there are only names and values; the closing quote comes with them.
fn in_quotes(before: &str, quote: usize, words: &[Word]) -> Completion {
    let groups = wanted(&before[..quote]);
    if groups.iter().flatten().any(|want| *want == Want::File) {
        return Completion::File(Some(quote));
    }
    let (typed, mark) = (&before[quote + 1..], &before[quote..=quote]);
    let quoted = |word: &&Word| QUOTED.contains(&word.kind);
    let mut found: Vec<&Word> = fitting(typed, words, &groups).into_iter().filter(quoted).collect();
    if found.is_empty() {
        let any = [QUOTED.map(Want::Kind).to_vec()];
        found = fitting(typed, words, &any);
    }
    let texts = found.into_iter().map(|word| format!("{}{mark}", word.text)).collect();
    Completion::Texts(quote + 1, once(texts))
}

/// The texts that go on from `typed`: of the first group of wants that has any; else a keyword that
/// ends the clause; else any word.
fn matching(typed: &str, words: &[Word], groups: &[Vec<Want<'_>>]) -> Vec<String> {
    let starts = |text: &str| is_prefix(typed, text);
    for group in groups {
        let mut found: Vec<String> = Vec::new();
        for want in group {
            match want {
                Want::Word(word) if starts(word) => found.push((*word).to_owned()),
                Want::Word(_) | Want::File => {}
                _ => found.extend(
                    words.iter().filter(|w| wants(want, w) && starts(&w.text)).map(written),
                ),
            }
        }
        if !found.is_empty() {
            return once(found);
        }
    }
    if typed.is_empty() {
        return Vec::new();
    }
    let keywords = CLAUSES.into_iter().filter(|c| starts(c)).map(str::to_owned).collect();
    let inside = || fitting(typed, words, groups).into_iter().map(written).collect();
    let any = || words.iter().filter(|w| starts(&w.text)).map(written).collect();
    let fallback: [&dyn Fn() -> Vec<String>; 2] = [&inside, &any];
    let first = fallback.iter().map(|texts| texts()).find(|texts| !texts.is_empty());
    once(if Vec::is_empty(&keywords) { first.unwrap_or_default() } else { keywords })
}

/// Wanted words that begin with `typed`, or else contain it.
fn fitting<'w>(typed: &str, words: &'w [Word], groups: &[Vec<Want<'_>>]) -> Vec<&'w Word> {
    let typed = typed.to_lowercase();
    let any = |word: &&Word| groups.iter().flatten().any(|want| wants(want, word));
    let pick = |fits: &dyn Fn(&str) -> bool| -> Vec<&'w Word> {
        words.iter().filter(any).filter(|word| fits(&word.text.to_lowercase())).collect()
    };
    let found = pick(&|text| text.starts_with(&typed));
    if found.is_empty() && typed.len() > 1 { pick(&|text| text.contains(&typed)) } else { found }
}

fn is_prefix(typed: &str, text: &str) -> bool {
    text.to_lowercase().starts_with(&typed.to_lowercase())
}

fn wants(want: &Want<'_>, word: &Word) -> bool {
    match want {
        Want::Kind(kind) => word.kind == *kind,
        Want::Of(kind, of) => word.kind == *kind && word.of.eq_ignore_ascii_case(of),
        Want::Statement => word.kind == WordKind::Keyword && !CLAUSES.contains(&word.text.as_str()),
        Want::Word(_) | Want::File => false,
    }
}

/// Each text at its first place.
fn once(texts: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    texts.into_iter().filter(|text| seen.insert(text.clone())).collect()
}

/// The word as it stands in a question: in quotes unless it is an identifier or a number.
fn written(word: &Word) -> String {
    let text = &word.text;
    let name = text.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && text.chars().all(|c| is_word(c) || c == '.');
    let number =
        pieces(text).first().is_some_and(|p| p.kind == Kind::Number && p.range.end == text.len());
    // Keywords may be two words: `why not`.
    let bare = matches!(word.kind, WordKind::Keyword | WordKind::Function);
    if name || bare || (number && word.kind == WordKind::Value) {
        text.clone()
    } else {
        format!("'{text}'")
    }
}

#[cfg(test)]
mod tests {
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
        ("search where ", &["ttft", "tp", "p99"], &["h200_sxm", "where"]),
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
}
