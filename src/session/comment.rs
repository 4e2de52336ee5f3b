//! Options of command lines where clauses stand: `--` begins a comment, so that they would be left out in
//! silence.

use crate::lang::ast::Statement;
use crate::lang::lex::{Kind, tokens};

/// An option as command lines have them, behind a statement that was typed: `search --model x`.
pub(super) fn option(statement: &Statement) -> Option<&str> {
    let source = &statement.loc.source;
    if source.name != "<input>" {
        return None;
    }
    let line = source.text.get(statement.loc.range.start..)?.lines().next()?;
    let comment = tokens(line).find(|t| t.kind == Kind::Comment)?;
    let text = &line[comment.range];
    let is_option = text.strip_prefix("--")?.starts_with(|c: char| c.is_ascii_alphabetic());
    text.split_whitespace().next().filter(|_| is_option)
}

#[cfg(test)]
mod tests {
    use super::option;
    use crate::lang::parse::parse;

    #[test]
    fn options_are_told_from_comments() {
        let of = |text: &str| {
            let statements = parse("<input>", text).unwrap();
            option(&statements[0]).map(str::to_owned)
        };
        assert_eq!(of("search --model x"), Some("--model".to_owned()));
        assert_eq!(of("search tp = 1 -- two"), None);
        assert_eq!(of("search tp = 1;\n--model"), None);
    }
}
