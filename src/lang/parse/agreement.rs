//! The lexer and the grammar agree on every text that parses.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use pest::Parser;
use proptest::prelude::*;

use super::grammar::{Grammar, Rule};
use super::parse;
use crate::lang::lex::{Kind, Token, tokens, without_trailing_comments};
use crate::lang::quote::quoted;

/// Statements with a bit of everything.
const STATEMENTS: &[&str] = &[
    "search tp in [1, 2, 4], batch in 1..512 by *2, prefill.tp = -4 for 'it''s', \"b \"\"c\"\"\" \
     on h200_sxm * 32, 'x-y' using trtllm '1.3' where ttft <= 1_000.5e-3s and not (a != 'it''s')",
    "search serving mix (chat: 70% isl = 1k, osl = 500; 30% isl = 16k), nextn = 1 pareto a, b",
    "search with system.mem_bw * 1.2 where a<>b or b==c && d=<e || e=>f and g between 1 and 2",
    "set price h200_sxm = $3.20/gpu_hour, x = [1..4 step 2, 8], y = 12req/s, z = 8k",
    "estimate from (select ')' as a -- it's ;\n, (2) as b /* \" ; */) as agg",
    "select 'a;b', \"c;d\" /* e'; */ from x -- it's\n where f.g = 1",
    "plot a [ttft, tpot] color by tp to 'a.svg' force",
    "generate a.agg[1] to 'd' for dynamo with 'x.y' = [1, 'a'], 'values.yaml'",
    "diff search tp = 1 where a between 1 and 2 between h200_sxm and (system = b200, tp = 2)",
    "assert best.a within 5% of if a then 1 else 2",
    "define metric m : $/M_tokens lower = sum(a for x in [1, 2]) / -2 * 3 - 4",
    "rule r when a require b in [1, 2] else 'no {a + 1}: it''s {b}'",
    "architecture x for 'X' like y { let a = config('b') once { use z g gemm(n = 1) role logits } \
     per stage context overlap { lane { c gemm(n = 1) } lane { d gemm(n = 2) times 2 } } }",
];

/// What the grammar reads as one token each.
fn read(text: &str) -> Vec<(Kind, Range<usize>)> {
    let pairs = Grammar::parse(Rule::file, text).unwrap().flatten();
    let kind = |rule| match rule {
        Rule::string | Rule::template | Rule::quoted => Some(Kind::Text),
        Rule::number => Some(Kind::Number),
        Rule::comment => Some(Kind::Comment),
        Rule::path | Rule::ident => Some(Kind::Word),
        Rule::eq | Rule::ne | Rule::le | Rule::ge | Rule::lt | Rule::gt => Some(Kind::Sign),
        Rule::add | Rule::sub | Rule::mul | Rule::div => Some(Kind::Sign),
        _ => None,
    };
    let tokens = pairs.filter_map(|pair| {
        let kind = kind(pair.as_rule())?;
        let text = match kind {
            Kind::Comment => pair.as_str(),
            _ => without_trailing_comments(pair.as_str()),
        };
        let start = pair.as_span().start();
        Some((kind, start..start + text.len()))
    });
    tokens.collect()
}

/// Whether a place is within one that the grammar reads in its own way: units of metrics, and
/// expressions in the braces of a message.
fn apart(text: &str) -> impl Fn(&Range<usize>) -> bool {
    let pairs = Grammar::parse(Rule::file, text).unwrap().flatten();
    let own = [Rule::unit_spec, Rule::path, Rule::template];
    let places: Vec<Range<usize>> = pairs
        .filter(|p| own.contains(&p.as_rule()))
        .map(|p| p.as_span().start()..p.as_span().end())
        .collect();
    move |at| places.iter().any(|p| p.start <= at.start && at.end <= p.end && p != at)
}

fn agree(text: &str) {
    let apart = apart(text);
    let lexed: Vec<Token> = tokens(text).collect();
    let read = read(text);
    for (kind, range) in read.iter().filter(|(_, range)| !apart(range)) {
        let token = lexed.iter().find(|t| t.range.start == range.start);
        let same = token.is_some_and(|t| t.kind == *kind && t.range == *range);
        assert!(same, "{kind:?} {:?} is {token:?} to the lexer", &text[range.clone()]);
    }
    // Nor does the lexer see texts and numbers that are none.
    let known: BTreeSet<usize> = read.iter().map(|(_, range)| range.start).collect();
    for token in lexed.iter().filter(|t| matches!(t.kind, Kind::Text | Kind::Number)) {
        let sql = Grammar::parse(Rule::file, text).unwrap().flatten().any(|p| {
            let span = p.as_span();
            let verbatim = [Rule::sql, Rule::relation, Rule::diff_text].contains(&p.as_rule());
            verbatim && span.start() <= token.range.start && token.range.end <= span.end()
        });
        assert!(sql || known.contains(&token.range.start), "{:?}", &text[token.range.clone()]);
    }
}

fn shipped() -> Vec<String> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("models")];
    folders.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("queries"));
    let mut texts = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "aiq") {
                texts.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }
    texts
}

#[test]
fn on_every_kind_of_statement() {
    STATEMENTS.iter().for_each(|text| agree(text));
}

#[test]
fn on_what_is_shipped() {
    let texts = shipped();
    assert!(texts.len() > 30);
    texts.iter().for_each(|text| agree(text));
}

/// Statements whose tree has no text of theirs in it.
fn trees() -> impl Strategy<Value = &'static str> {
    let own = |text: &&&str| !text.contains("select") && !text.starts_with("diff");
    prop::sample::select(STATEMENTS.iter().filter(own).copied().collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Comments that hold quotes, semicolons and brackets stand wherever blanks do, and the lexer
    /// finds them again.
    #[test]
    fn on_comments(
        text in trees(),
        gaps in prop::collection::vec(0_usize..4, 1..40),
    ) {
        const GAPS: [&str; 4] = [" ", "\n  ", " -- it's \"so; (\n", " --'\n\t"];
        let (mut out, mut end, mut comments) = (String::new(), 0, 0);
        let mut gaps = gaps.into_iter().cycle();
        for token in tokens(text) {
            if token.range.start > end {
                let gap = GAPS[gaps.next().unwrap_or(0)];
                comments += usize::from(gap.contains("--"));
                out.push_str(gap);
            }
            end = token.range.end;
            out.push_str(&text[token.range]);
        }
        agree(&out);
        let found = tokens(&out).filter(|t| t.kind == Kind::Comment).count();
        prop_assert_eq!(found, comments, "{}", out);
        prop_assert!(parse("<text>", &out).unwrap() == parse("<text>", text).unwrap(), "{}", out);
    }

    #[test]
    fn on_texts(text in ".{0,20}", unit in prop::sample::select(vec!["", "ms", "%", "req/s", "k"])) {
        let statement = format!(
            "search x = {0}, y = 1.5{unit} for {0} on {0} where a = {0} -- {text}", quoted(&text)
        ).replace('\n', " ");
        agree(&statement);
    }
}
