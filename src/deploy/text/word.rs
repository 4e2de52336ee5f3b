//! One word of a command line, and how each format writes it so that it stays one word.

use serde::{Deserialize, Serialize};

/// Text, with variables of what runs the command in between.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Word {
    word: Vec<Part>,
}

/// A piece of a word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Part {
    /// Itself, whatever is in it.
    Text(String),
    /// The value that a variable has where the command runs.
    Variable(String),
}

impl Word {
    /// A word without variables.
    pub(crate) fn text(text: &str) -> Self {
        let word = if text.is_empty() { Vec::new() } else { vec![Part::Text(text.to_owned())] };
        Self { word }
    }

    /// For people and for records.
    pub(crate) fn plain(&self) -> String {
        self.written(str::to_owned, |name| format!("${{{name}}}"))
    }

    /// For bash.
    pub(crate) fn for_shell(&self) -> String {
        match self.word.is_empty() {
            true => "''".to_owned(),
            false => self.written(shell, |name| format!("\"${{{name}}}\"")),
        }
    }

    /// For `command` and `args` of a container, where `$(NAME)` is a variable and `$$` a `$`.
    pub(crate) fn for_container(&self) -> String {
        self.written(|text| text.replace('$', "$$"), |name| format!("$({name})"))
    }

    fn written(&self, text: impl Fn(&str) -> String, variable: impl Fn(&str) -> String) -> String {
        let one = |part: &Part| match part {
            Part::Text(t) => text(t),
            Part::Variable(name) => variable(name),
        };
        self.word.iter().map(one).collect()
    }

    fn push(&mut self, c: char) {
        match self.word.last_mut() {
            Some(Part::Text(text)) => text.push(c),
            _ => self.word.push(Part::Text(c.into())),
        }
    }
}

/// A text as one word of bash.
pub(crate) fn shell(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    if !text.chars().any(char::is_control) {
        return format!("'{}'", text.replace('\'', "'\\''"));
    }
    let mut out = "$'".to_owned();
    for c in text.chars() {
        match c {
            '\\' | '\'' => out.extend(['\\', c]),
            c if c.is_control() => {
                let mut bytes = [0; 4];
                for b in c.encode_utf8(&mut bytes).bytes() {
                    out.push_str(&format!("\\{b:03o}"));
                }
            }
            c => out.push(c),
        }
    }
    out + "'"
}

/// The words of a text as bash splits it: quotes and `${NAME}` as there, a line feed ends a word,
/// `#` begins a comment, and what would run a second command (`;`, `&`, `|`) ends the text.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            ' ' | '\t' | '\n' => words.extend(word.take()),
            '#' if word.is_none() => while rest.next_if(|c| *c != '\n').is_some() {},
            ';' | '&' | '|' => break,
            '\'' => {
                let word = word.get_or_insert_default();
                while let Some(c) = rest.next().filter(|c| *c != '\'') {
                    word.push(c);
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                while let Some(c) = rest.next().filter(|c| *c != '"') {
                    match c {
                        '\\' if rest.peek().is_some_and(|c| "\\\"$`".contains(*c)) => {
                            rest.next().into_iter().for_each(|c| word.push(c));
                        }
                        '$' => variable(word, &mut rest),
                        c => word.push(c),
                    }
                }
            }
            '\\' => match rest.next() {
                None | Some('\n') => {}
                Some(c) => word.get_or_insert_default().push(c),
            },
            '$' if rest.next_if_eq(&'\'').is_some() => {
                escaped(word.get_or_insert_default(), &mut rest);
            }
            '$' => variable(word.get_or_insert_default(), &mut rest),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// What follows a `$`: `{NAME}`, or nothing that is known here.
fn variable(word: &mut Word, rest: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    if rest.next_if_eq(&'{').is_none() {
        word.push('$');
        return;
    }
    let name: String = std::iter::from_fn(|| rest.next().filter(|c| *c != '}')).collect();
    word.word.push(Part::Variable(name));
}

/// What follows `$'`.
fn escaped(word: &mut Word, rest: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    let mut bytes = Vec::new();
    while let Some(c) = rest.next().filter(|c| *c != '\'') {
        let mut utf8 = [0; 4];
        match (c, rest.peek()) {
            ('\\', Some('0'..='7')) => {
                let digits: String =
                    std::iter::from_fn(|| rest.next_if(|c| c.is_digit(8))).take(3).collect();
                bytes.push(u8::from_str_radix(&digits, 8).unwrap_or(b'?'));
            }
            ('\\', Some(_)) => match rest.next() {
                Some('n') => bytes.push(b'\n'),
                Some('t') => bytes.push(b'\t'),
                Some('r') => bytes.push(b'\r'),
                Some(c) => bytes.extend(c.encode_utf8(&mut utf8).bytes()),
                None => {}
            },
            (c, _) => bytes.extend(c.encode_utf8(&mut utf8).bytes()),
        }
    }
    String::from_utf8_lossy(&bytes).chars().for_each(|c| word.push(c));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plain(text: &str) -> Vec<String> {
        words(text).iter().map(Word::plain).collect()
    }

    #[test]
    fn words_are_those_of_bash() {
        assert_eq!(
            plain("a  b\n# c\nd # e\n'f g' \"h \\\" ${I}\" ''"),
            ["a", "b", "d", "f g", "h \" ${I}", ""]
        );
        assert_eq!(plain("a \\\n b\\ c & d"), ["a", "b c"]);
        assert_eq!(plain("$'x\\ny\\303\\251\\'' ${NODE_0}:80"), ["x\ny\u{e9}'", "${NODE_0}:80"]);
    }

    #[test]
    fn variables_are_written_as_each_format_has_them() {
        let word = words("${NODE_0}:'$(x) 1'").remove(0);
        assert_eq!(word.for_shell(), "\"${NODE_0}\"':$(x) 1'");
        assert_eq!(word.for_container(), "$(NODE_0):$$(x) 1");
    }

    proptest! {
        #[test]
        fn a_quoted_text_is_read_as_it_was(text in "[^\0]*") {
            let read = words(&Word::text(&text).for_shell());
            prop_assert_eq!(read, vec![Word::text(&text)]);
        }
    }
}
