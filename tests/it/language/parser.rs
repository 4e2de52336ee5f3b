//! The parser never panics, and says where a text goes wrong.

use aiq::lang::parse::{is_complete, parse};
use proptest::prelude::*;

const WORDS: &[&str] = &[
    "search",
    "tp",
    "in",
    "[",
    "]",
    "1",
    "2.5",
    "300ms",
    "where",
    "ttft",
    "<",
    ">=",
    "and",
    "or",
    "not",
    "(",
    ")",
    "maximize",
    "top",
    "per",
    "mode",
    "'text'",
    "\"x\"",
    ";",
    "--",
    "\n",
    ",",
    "..",
    "step",
    "by",
    "*",
    "if",
    "then",
    "else",
    "let",
    "=",
    "define",
    "metric",
    ":",
    "{",
    "}",
    "rule",
    "require",
    "select",
    "from",
    "estimate",
    "explain",
    "ops",
    "$2/gpu_hour",
    "8k",
    "20%",
    "é",
    "null",
    "sum",
    "for",
    "architecture",
    "overlap",
    "lane",
    "prefer",
    "generation",
    "once",
    "times",
    "when",
];

proptest! {
    #[test]
    fn any_text_gives_statements_or_a_place(text in "\\PC{0,80}") {
        check(&text);
    }

    #[test]
    fn any_words_give_statements_or_a_place(words in prop::collection::vec(prop::sample::select(WORDS), 0..40)) {
        check(&words.join(" "));
    }
}

fn check(text: &str) {
    let _ = is_complete(text);
    if let Err(error) = parse("<input>", text)
        && let Some(span) = &error.span
    {
        assert!(span.range.end <= text.len());
        assert!(text.is_char_boundary(span.range.start));
        assert!(text.is_char_boundary(span.range.end));
    }
}

#[test]
fn deep_nesting_is_refused() {
    for text in [
        "(".repeat(100_000),
        "- ".repeat(100_000),
        "if(1)then(1)else ".repeat(50_000),
        "search where ".to_owned() + &"a and ".repeat(50_000) + "b",
        "search where ".to_owned() + &"not ".repeat(50_000),
    ] {
        assert!(parse("<input>", &text).is_err());
    }
}

#[test]
fn clauses_come_in_any_order() {
    let a = parse(
        "<input>",
        "search tp in [1,2] where ttft < 1s maximize tokens_per_gpu top 3 per mode",
    )
    .expect("parses");
    let b = parse(
        "<input>",
        "search tp in [1,2] top 3 per mode maximize tokens_per_gpu where ttft < 1s",
    )
    .expect("parses");
    assert_eq!(a.len(), b.len());
}
