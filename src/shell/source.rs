//! Where the text of a batch comes from.

use std::io;
use std::path::Path;

use crate::base::error::{Code, Error, Result, Span};
use crate::base::files::{self, From};

/// A text and what errors call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// File name, `<stdin>` or `<input>`.
    pub name: String,
    /// The statements.
    pub text: String,
}

impl Source {
    /// A text given on the command line.
    pub fn inline(text: impl Into<String>) -> Self {
        Self { name: "<input>".to_owned(), text: text.into() }
    }

    /// Reads a file; `-` is standard input.
    pub fn read(path: &str) -> Result<Self> {
        let (name, bytes) = if path == "-" {
            ("<stdin>", files::all(io::stdin().lock()))
        } else {
            (path, files::read(Path::new(path), From::Anything))
        };
        let bytes = bytes.map_err(|error| {
            Error::internal(Code::UnreadableStatements, format!("cannot read `{name}`: {error}"))
        })?;
        Self::decode(name, bytes)
    }

    fn decode(name: &str, bytes: Vec<u8>) -> Result<Self> {
        let name = name.to_owned();
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let range = valid..valid + char::REPLACEMENT_CHARACTER.len_utf8();
            Error::question(Code::NotUtf8, format!("`{name}` is not UTF-8 text"))
                .at(Span { source: name.clone(), text, range }, "not a character")
        })?;
        // Some editors mark UTF-8 files; the mark is not part of the language.
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        Ok(Self { name, text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::Kind;

    #[test]
    fn bytes_that_are_no_text() {
        let error = Source::decode("a.aiq", b"show \xff models".to_vec()).unwrap_err();
        insta::assert_snapshot!(crate::ui::diagnostics::render(&error, false), @r"
        error[AIQ0655]: `a.aiq` is not UTF-8 text
          --> a.aiq:1:6
        1 | show � models
          |      ^ not a character
        ");
        assert_eq!(error.kind, Kind::Question);
    }

    #[test]
    fn a_missing_file() {
        let error = Source::read("no/such/file.aiq").unwrap_err();
        assert_eq!((error.code.as_str(), error.kind), ("AIQ0654", Kind::Internal));
    }

    #[test]
    fn a_marked_file() {
        let source = Source::decode("a.aiq", "\u{feff}show models".into()).unwrap();
        assert_eq!(source.text, "show models");
    }
}
