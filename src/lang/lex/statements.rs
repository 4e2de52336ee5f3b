//! What can be said of a text by its tokens alone: where statements end, and what is no comment.

use super::{Kind, tokens};

/// Where semicolons end statements: those between the classes of a mix end nothing.
pub fn statement_ends(text: &str) -> Vec<usize> {
    let mut found = Vec::new();
    // Brackets that are open since that of the mix.
    let mut brackets = 0_usize;
    let mut last = "";
    for token in tokens(text).filter(|t| t.kind != Kind::Comment) {
        let start = token.range.start;
        let word = &text[token.range];
        match word {
            "(" if brackets > 0 || last.eq_ignore_ascii_case("mix") => brackets += 1,
            ")" => brackets = brackets.saturating_sub(1),
            ";" if brackets == 0 => found.push(start),
            _ => {}
        }
        last = word;
    }
    found
}

/// Whether `text` ends where a statement ends, so that a shell need not ask for more.
pub fn is_complete(text: &str) -> bool {
    let text = text.trim();
    if text.is_empty() {
        return true;
    }
    text.ends_with(';') && statement_ends(text).last() == Some(&(text.len() - 1))
}

/// The opening quote that is never closed, if there is one.
pub fn open_quote(text: &str) -> Option<char> {
    let open = tokens(text).find(|t| t.kind == Kind::OpenText)?;
    text[open.range].chars().next()
}

/// The text without blanks and comments `-- ..` at its end.
pub fn without_trailing_comments(text: &str) -> &str {
    let text = text.trim_end();
    let line = text.rfind('\n').map_or(0, |at| at + 1);
    if !text[line..].contains("--") {
        return text;
    }
    let is_comment = |at: usize| text[at..].starts_with("--");
    let last =
        tokens(text).filter(|t| t.kind != Kind::Comment || !is_comment(t.range.start)).last();
    last.map_or("", |token| &text[..token.range.end])
}

/// The text on one line, without comments; texts in quotes stay as they are.
pub fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut end = 0;
    for token in tokens(text) {
        if token.range.start > end && !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
        end = token.range.end;
        if token.kind != Kind::Comment {
            out.push_str(&text[token.range]);
        }
    }
    out.truncate(out.trim_end().len());
    out
}
