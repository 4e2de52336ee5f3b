//! A text as tokens with the blanks before them.

use std::ops::Range;

use crate::lang::{keywords, lex};

/// What a token is, for the blanks around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    Number,
    Text,
    Sign,
    /// `;` and `:` between and in the classes of a mix.
    Separator,
    Comment,
    Verbatim,
}

impl Kind {
    fn of(kind: lex::Kind) -> Self {
        match kind {
            lex::Kind::Word => Self::Word,
            lex::Kind::Number => Self::Number,
            lex::Kind::Text | lex::Kind::OpenText => Self::Text,
            lex::Kind::Comment => Self::Comment,
            lex::Kind::Sign => Self::Sign,
        }
    }
}

/// A token.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// As it is written.
    pub(super) text: String,
    /// Byte offset.
    pub(super) start: usize,
    /// Line ends before it.
    pub(super) breaks: usize,
    /// Blanks before it on its line.
    pub(super) gap: usize,
    /// Characters before it on its line.
    pub(super) column: usize,
}

impl Token {
    pub(super) fn is(&self, sign: &str) -> bool {
        self.kind == Kind::Sign && self.text == sign
    }

    /// Whether it is a word behind which an operand may stand, which no call and no row begins with.
    pub(super) fn precedes_operand(&self) -> bool {
        self.kind == Kind::Word && keywords::find(&self.text).is_some_and(|k| k.operand)
    }
}

/// How a sign that has several spellings is spelled.
fn usual(sign: &str) -> &str {
    match sign {
        "==" => "=",
        "<>" => "!=",
        "=<" => "<=",
        "=>" => ">=",
        "||" => "or",
        "&&" => "and",
        other => other,
    }
}

/// The tokens of a text that parses; `verbatim` are those that are not looked into.
pub(super) fn tokens(text: &str, verbatim: &[Range<usize>]) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut end = 0;
    while let Some(lex::Token { kind, range }) = lex::token_from(text, end) {
        let (kind, range) = match verbatim.iter().find(|v| v.start == range.start) {
            Some(whole) => (Kind::Verbatim, whole.clone()),
            None => (Kind::of(kind), range),
        };
        let own = &text[range.clone()];
        let spelled = match kind {
            Kind::Sign => usual(own),
            Kind::Comment => own.trim_end(),
            _ => own,
        };
        let blanks = &text[end..range.start];
        let line = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
        tokens.push(Token {
            kind,
            text: spelled.to_owned(),
            start: range.start,
            breaks: blanks.matches('\n').count(),
            gap: text[line.max(end)..range.start].chars().count(),
            column: text[line..range.start].chars().count(),
        });
        end = range.end;
    }
    tokens
}
