//! Colours for a line being typed.

use crate::lang::lex::{Kind, tokens};
use crate::vocabulary::{Word, WordKind};

/// The line with colours; its visible text is unchanged.
pub(super) fn highlight(line: &str, words: &[Word]) -> String {
    let mut out = String::with_capacity(line.len() * 2);
    let mut end = 0;
    for token in tokens(line) {
        let text = &line[token.range.clone()];
        let color = match token.kind {
            Kind::Word if is_keyword(text, words) => "1;34",
            Kind::Number => "36",
            Kind::Text | Kind::OpenText => "32",
            Kind::Comment => "2",
            Kind::Word | Kind::Sign => "",
        };
        out.push_str(&line[end..token.range.start]);
        if color.is_empty() {
            out.push_str(text);
        } else {
            out.push_str(&format!("\u{1b}[{color}m{text}\u{1b}[0m"));
        }
        end = token.range.end;
    }
    out.push_str(&line[end..]);
    out
}

fn is_keyword(text: &str, words: &[Word]) -> bool {
    let keyword = |word: &Word| word.kind == WordKind::Keyword;
    words.iter().any(|word| keyword(word) && word.text.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::Interpreter;
    use crate::shell::fake::Fake;

    #[test]
    fn keywords_numbers_texts_and_comments() {
        let line = "search tp on 'h200_sxm' where ttft < 300ms -- why";
        let colored = highlight(line, &Fake::default().vocabulary());
        insta::assert_snapshot!(
            colored.replace("\u{1b}[0m", "}").replace("\u{1b}[", "{"),
            @"{1;34msearch} tp {1;34mon} {32m'h200_sxm'} {1;34mwhere} ttft < {36m300ms} {2m-- why}"
        );
    }
}
