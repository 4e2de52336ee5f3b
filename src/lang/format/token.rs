//! A text as tokens with the blanks before them.

use std::ops::Range;

/// What a token is, as far as blanks around it go.
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

    /// Whether it is a word that no call and no row begins with.
    pub(super) fn is_keyword(&self) -> bool {
        const KEYWORDS: &[&str] = &[
            "if",
            "then",
            "else",
            "and",
            "or",
            "not",
            "in",
            "when",
            "where",
            "require",
            "by",
            "step",
            "prefer",
            "maximize",
            "minimize",
            "maximise",
            "minimise",
            "pareto",
            "top",
            "from",
            "serving",
            "mix",
            "weight",
            "fail_ratio",
            "between",
            "times",
            "of",
            "within",
            "assert",
            "for",
            "on",
            "at",
            "color",
            "colour",
        ];
        self.kind == Kind::Word && KEYWORDS.iter().any(|k| self.text.eq_ignore_ascii_case(k))
    }
}

/// Signs of several characters, longest first, and how they are spelled.
const SIGNS: &[(&str, &str)] = &[
    ("..", ".."),
    ("==", "="),
    ("!=", "!="),
    ("<>", "!="),
    ("<=", "<="),
    ("=<", "<="),
    (">=", ">="),
    ("=>", ">="),
    ("||", "or"),
    ("&&", "and"),
];

/// The tokens of a text that parses; `verbatim` are those that are not looked into.
pub(super) fn tokens(text: &str, verbatim: &[Range<usize>]) -> Vec<Token> {
    let mut tokens = Vec::new();
    let (mut at, mut breaks, mut gap, mut line) = (0, 0, 0, 0);
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        if first.is_whitespace() {
            if first == '\n' {
                (breaks, gap, line) = (breaks + 1, 0, at + 1);
            } else {
                gap += 1;
            }
            at += first.len_utf8();
            continue;
        }
        let whole = verbatim.iter().find(|v| v.start == at);
        let (kind, len) = match whole {
            Some(range) => (Kind::Verbatim, range.len()),
            None => measure(rest, first),
        };
        let mut spelled = rest[..len].to_owned();
        if kind == Kind::Sign
            && let Some((_, usual)) = SIGNS.iter().find(|(sign, _)| *sign == spelled)
        {
            spelled = (*usual).to_owned();
        }
        if kind == Kind::Comment {
            spelled.truncate(spelled.trim_end().len());
        }
        let column = text[line..at].chars().count();
        tokens.push(Token { kind, text: spelled, start: at, breaks, gap, column });
        if let Some(end) = rest[..len].rfind('\n') {
            line = at + end + 1;
        }
        at += len;
        (breaks, gap) = (0, 0);
    }
    tokens
}

/// What a token is and how many bytes it takes.
fn measure(rest: &str, first: char) -> (Kind, usize) {
    let word = |text: &str| {
        text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len())
    };
    if rest.starts_with("--") {
        return (Kind::Comment, rest.find('\n').unwrap_or(rest.len()));
    }
    match first {
        '\'' | '"' => (Kind::Text, quoted(rest, first)),
        '$' => {
            let digits = 1 + digits(&rest[1..]);
            let per = rest[digits..].strip_prefix('/').map_or(0, |r| 1 + word(r));
            (Kind::Number, digits + per)
        }
        '0'..='9' => {
            let digits = digits(rest);
            (Kind::Number, digits + unit(&rest[digits..]))
        }
        c if c.is_ascii_alphabetic() || c == '_' => {
            let mut len = word(rest);
            // A path; two dots are a range.
            while let Some(next) = rest[len..].strip_prefix('.') {
                match next.chars().next() {
                    Some(c) if c.is_ascii_alphabetic() || c == '_' => len += 1 + word(next),
                    _ => break,
                }
            }
            (Kind::Word, len)
        }
        _ => {
            let sign = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign));
            (Kind::Sign, sign.map_or(first.len_utf8(), |(sign, _)| sign.len()))
        }
    }
}

/// Bytes of a quoted text; a doubled quote stands for one.
fn quoted(rest: &str, quote: char) -> usize {
    let mut at = 1;
    while let Some(end) = rest[at..].find(quote) {
        at += end + 1;
        if !rest[at..].starts_with(quote) {
            return at;
        }
        at += 1;
    }
    rest.len()
}

/// `12_000.5e-3`, as the grammar reads numbers.
fn digits(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let run = |from: usize| {
        bytes[from.min(bytes.len())..].iter().take_while(|b| b.is_ascii_digit()).count()
    };
    let mut len = run(0);
    while bytes.get(len) == Some(&b'_') && run(len + 1) > 0 {
        len += 1 + run(len + 1);
    }
    if bytes.get(len) == Some(&b'.') && run(len + 1) > 0 {
        len += 1 + run(len + 1);
    }
    if bytes.get(len).is_some_and(|b| b.eq_ignore_ascii_case(&b'e')) {
        let sign = usize::from(matches!(bytes.get(len + 1), Some(b'+' | b'-')));
        if run(len + 1 + sign) > 0 {
            len += 1 + sign + run(len + 1 + sign);
        }
    }
    len
}

/// `%`, or `req/s`, glued to a number.
fn unit(rest: &str) -> usize {
    if rest.starts_with('%') {
        return 1;
    }
    let name = |text: &str| match text.chars().next() {
        Some(c) if c.is_ascii_alphabetic() => {
            text.find(|c: char| !c.is_ascii_alphabetic() && c != '_').unwrap_or(text.len())
        }
        _ => 0,
    };
    let mut len = name(rest);
    while len > 0
        && let Some(per) = rest[len..].strip_prefix('/')
        && name(per) > 0
    {
        len += 1 + name(per);
    }
    len
}
