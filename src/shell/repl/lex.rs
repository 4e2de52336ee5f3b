//! A rough division of a line into words, for colours and completion. The grammar decides what a
//! text means; this one never fails, because a line being typed is rarely right.

use std::ops::Range;

/// What a piece of text looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    /// With its unit: `300ms`, `$2.10/gpu_hour`.
    Number,
    /// A text between quotes.
    Text,
    /// A text whose closing quote is missing.
    OpenText,
    Comment,
    /// One other character.
    Sign,
}

/// One piece; white space lies between pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
}

/// The pieces of a text in order.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let (kind, len) = match first {
            c if c.is_whitespace() => {
                at += c.len_utf8();
                continue;
            }
            '-' if rest.starts_with("--") => (Kind::Comment, rest.find('\n').unwrap_or(rest.len())),
            '\'' | '"' => match rest[1..].find(first) {
                Some(end) => (Kind::Text, end + 2),
                None => (Kind::OpenText, rest.len()),
            },
            '$' if rest[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                (Kind::Number, 1 + number(&rest[1..]))
            }
            '0'..='9' => (Kind::Number, number(rest)),
            c if is_word(c) => (Kind::Word, span(rest, is_word)),
            c => (Kind::Sign, c.len_utf8()),
        };
        pieces.push(Piece { kind, range: at..at + len });
        at += len;
    }
    pieces
}

/// Letters, digits and underscores.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Bytes of a number and the unit glued to it; `1..8` is a range of two numbers.
fn number(text: &str) -> usize {
    let digit = |c: char| c.is_ascii_digit() || c == '_';
    let mut len = span(text, digit);
    if let Some(fraction) = text[len..].strip_prefix('.') {
        match span(fraction, digit) {
            0 => return len,
            digits => len += 1 + digits,
        }
    }
    let unit = span(&text[len..], |c| is_word(c) || c == '%');
    // `req/s` is one unit; `8 / tp` is a division.
    let per = text[len + unit..].strip_prefix('/').map_or(0, |per| span(per, char::is_alphabetic));
    let per_hour = if per > 0 { 1 + span(&text[len + unit + 1..], is_word) } else { 0 };
    len + unit + per_hour
}

fn span(text: &str, inside: impl Fn(char) -> bool) -> usize {
    text.find(|c| !inside(c)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> Vec<(Kind, &str)> {
        pieces(text).into_iter().map(|p| (p.kind, &text[p.range])).collect()
    }

    #[test]
    fn words_numbers_texts() {
        assert_eq!(
            shown("batch in 1..512 where ttft<300ms -- soon"),
            [
                (Kind::Word, "batch"),
                (Kind::Word, "in"),
                (Kind::Number, "1"),
                (Kind::Sign, "."),
                (Kind::Sign, "."),
                (Kind::Number, "512"),
                (Kind::Word, "where"),
                (Kind::Word, "ttft"),
                (Kind::Sign, "<"),
                (Kind::Number, "300ms"),
                (Kind::Comment, "-- soon"),
            ]
        );
        assert_eq!(
            shown("$2.10/gpu_hour 20% 12req/s 'a' \"b"),
            [
                (Kind::Number, "$2.10/gpu_hour"),
                (Kind::Number, "20%"),
                (Kind::Number, "12req/s"),
                (Kind::Text, "'a'"),
                (Kind::OpenText, "\"b"),
            ]
        );
    }

    proptest! {
        #[test]
        fn pieces_never_overlap(text in "(\\PC|[\n$'\"0-9./%é模-]){0,30}") {
            let mut end = 0;
            for piece in pieces(&text) {
                prop_assert!(piece.range.start >= end && piece.range.end > piece.range.start);
                prop_assert!(text.is_char_boundary(piece.range.end));
                end = piece.range.end;
            }
            prop_assert!(end <= text.len());
        }
    }
}
