//! What each code means: the sections of `docs/errors.md`.

use super::error::{Code, Error, Result};

/// One section for each code.
const ERRORS: &str = include_str!("../../docs/errors.md");

/// What a code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// The code, as in `AIQ0203`.
    pub code: &'static str,
    /// What is wrong, in a few words.
    pub title: &'static str,
    /// Why, and what to do.
    pub text: &'static str,
}

impl std::fmt::Display for Page {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}\n\n{}", self.code, self.title, self.text)
    }
}

/// All sections.
pub fn pages() -> impl Iterator<Item = Page> {
    ERRORS.split("\n## ").skip(1).filter_map(|section| {
        let (head, text) = section.split_once('\n')?;
        let (code, title) = head.split_once(": ")?;
        Some(Page { code, title, text: text.trim() })
    })
}

/// Whether a text has the form of a code: `AIQ` and four digits.
pub fn is_code(text: &str) -> bool {
    let digits = text.get(..3).filter(|head| head.eq_ignore_ascii_case("aiq")).map(|_| &text[3..]);
    digits.is_some_and(|d| d.len() == 4 && d.bytes().all(|b| b.is_ascii_digit()))
}

/// The section of a code; `203` and `0203` are short for `AIQ0203`.
///
/// # Errors
/// `AIQ0232` if there is none. No other code is near: a digit apart is another matter.
pub fn page(code: &str) -> Result<Page> {
    let wanted = code.trim().to_ascii_uppercase();
    let full = if wanted.starts_with("AIQ") { wanted } else { format!("AIQ{wanted:0>4}") };
    pages().find(|page| full == page.code).ok_or_else(|| {
        let error = Error::question(Code::NoSuchCode, format!("no error has the code `{code}`"));
        match is_code(&full) {
            true => error.help("`docs/errors.md` lists them all"),
            false => error.help("codes are AIQ and four digits, as in AIQ0203"),
        }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_has_its_section() {
        let known: Vec<&str> = pages().map(|page| page.code).collect();
        let documented: BTreeSet<&str> = known.iter().copied().collect();
        assert_eq!(known.len(), documented.len(), "a code has two sections");
        let codes: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        let missing: Vec<_> = codes.difference(&documented).collect();
        let extra: Vec<_> = documented.difference(&codes).collect();
        assert!(missing.is_empty() && extra.is_empty(), "missing {missing:?}, extra {extra:?}");
    }

    #[test]
    fn codes_may_be_short() {
        let codes = ["AIQ0203", "aiq0203", "203"].map(|code| page(code).unwrap().code);
        assert_eq!(codes, ["AIQ0203"; 3]);
        assert!(is_code("aiq0203") && !is_code("aiq203") && !is_code("aiqé203"));
        for unknown in ["AIQ999x", "AIQ9999", "é"] {
            let error = page(unknown).unwrap_err();
            assert_eq!(error.code, "AIQ0232");
            assert!(!error.help[0].contains("did you mean"));
        }
    }
}
