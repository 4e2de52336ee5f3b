use proptest::prelude::*;

use super::*;
use crate::lang::quote::quoted;

fn shown(text: &str) -> Vec<(Kind, &str)> {
    tokens(text).map(|t| (t.kind, &text[t.range])).collect()
}

#[test]
fn words_numbers_texts() {
    assert_eq!(
        shown("prefill.batch in 1..512 where ttft<=300ms -- soon"),
        [
            (Kind::Word, "prefill.batch"),
            (Kind::Word, "in"),
            (Kind::Number, "1"),
            (Kind::Sign, ".."),
            (Kind::Number, "512"),
            (Kind::Word, "where"),
            (Kind::Word, "ttft"),
            (Kind::Sign, "<="),
            (Kind::Number, "300ms"),
            (Kind::Comment, "-- soon"),
        ]
    );
    assert_eq!(
        shown("$2.10/gpu_hour 20% 12req/s 1_000.5e-3k 'a''b' \"b"),
        [
            (Kind::Number, "$2.10/gpu_hour"),
            (Kind::Number, "20%"),
            (Kind::Number, "12req/s"),
            (Kind::Number, "1_000.5e-3k"),
            (Kind::Text, "'a''b'"),
            (Kind::OpenText, "\"b"),
        ]
    );
    assert_eq!(
        shown("8/tp /* ' ; */ $ é1 a.1 /*"),
        [
            (Kind::Number, "8"),
            (Kind::Sign, "/"),
            (Kind::Word, "tp"),
            (Kind::Comment, "/* ' ; */"),
            (Kind::Sign, "$"),
            (Kind::Word, "é1"),
            (Kind::Word, "a"),
            (Kind::Sign, "."),
            (Kind::Number, "1"),
            (Kind::Sign, "/"),
            (Kind::Sign, "*"),
        ]
    );
}

#[test]
fn where_statements_end() {
    let ends = |text: &str| statement_ends(text);
    assert_eq!(ends("a; 'b;' -- c;\n; \"d;\""), [1, 14]);
    assert_eq!(ends("search serving MIX (1; (2); 3); b;"), [30, 33]);
    assert_eq!(ends("select 1 /* it's; */; b"), [20]);
    assert_eq!(ends("f(a; b); "), [3, 7]);
    for text in ["", " \n", "a;", "a; -- b\nc;\n", "'a';", "serving mix (1; 2);"] {
        assert!(is_complete(text), "{text}");
    }
    for text in ["a", "'a;", "-- a;", "a; b", "serving mix (1;"] {
        assert!(!is_complete(text), "{text}");
    }
    assert_eq!(open_quote("a 'b' \"c'"), Some('"'));
    assert_eq!(open_quote("a 'b' -- \"c'"), None);
}

#[test]
fn comments_go() {
    assert_eq!(without_trailing_comments("a -- b\n  -- it's\n\n"), "a");
    assert_eq!(without_trailing_comments("a -- b\n c "), "a -- b\n c");
    assert_eq!(without_trailing_comments("f('a -- b') -- c"), "f('a -- b')");
    assert_eq!(without_trailing_comments("'a\n-- b'"), "'a\n-- b'");
    assert_eq!(without_trailing_comments("-- a"), "");
    assert_eq!(one_line(" a\n  + 'b -- c  d' -- e\n  + f -- g\n"), "a + 'b -- c  d' + f");
    assert_eq!(one_line("a--b\nc"), "a c");
}

proptest! {
    #[test]
    fn tokens_and_the_blanks_between_them_are_the_text(
        text in "(\\PC|[\n\t$'\"0-9.,;/*%é模=<>|&(-]|--|/[*]| ){0,40}",
    ) {
        let mut end = 0;
        for token in tokens(&text) {
            prop_assert!(!token.range.is_empty());
            prop_assert!(text[end..token.range.start].chars().all(char::is_whitespace));
            end = token.range.end;
        }
        prop_assert!(text[end..].chars().all(char::is_whitespace));
        // None of these fails either.
        let _ = (is_complete(&text), open_quote(&text), one_line(&text));
        prop_assert!(text.starts_with(without_trailing_comments(&text)));
    }

    #[test]
    fn what_is_quoted_is_one_token(text in ".*") {
        let text = quoted(&text);
        prop_assert_eq!(shown(&text), [(Kind::Text, text.as_str())]);
    }
}
