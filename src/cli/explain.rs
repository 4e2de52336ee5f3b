//! `aiq explain AIQ0203`: what an error means.

use std::io::Write;

use crate::base::error::{Code, Error, Result, nearest};

/// One section for each code.
const ERRORS: &str = include_str!("../../docs/errors.md");

/// The sections of the page: code, title, text.
fn sections() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    ERRORS.split("\n## ").skip(1).filter_map(|section| {
        let (head, text) = section.split_once('\n')?;
        let (code, title) = head.split_once(": ")?;
        Some((code, title, text.trim()))
    })
}

/// Prints the section of a code.
pub(super) fn run(code: &str) -> Result<u8> {
    let wanted = code.trim().to_ascii_uppercase();
    // `0203` and `203` are short for it.
    let full = if wanted.starts_with("AIQ") { wanted.clone() } else { format!("AIQ{wanted:0>4}") };
    let Some((code, title, text)) = sections().find(|(code, ..)| *code == full) else {
        let error = Error::question(Code::NoSuchCode, format!("no error has the code `{code}`"));
        return Err(match nearest(&full, sections().map(|(code, ..)| code)) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help("codes are AIQ and four digits, as in AIQ0203"),
        });
    };
    let _ = writeln!(std::io::stdout().lock(), "{code}: {title}\n\n{text}");
    Ok(0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    use super::*;

    fn files(directory: &Path, out: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files(&path, out);
            } else if path.extension().is_some_and(|e| e == "rs") {
                out.push(path);
            }
        }
    }

    #[test]
    fn every_code_has_its_section() {
        let mut sources = Vec::new();
        files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut sources);
        let mut used = BTreeSet::new();
        for source in sources {
            let text = std::fs::read_to_string(source).unwrap();
            for part in text.split("\"AIQ").skip(1) {
                let digits: String = part.chars().take(4).collect();
                if digits.chars().all(|c| c.is_ascii_digit()) && part[4..].starts_with('"') {
                    used.insert(format!("AIQ{digits}"));
                }
            }
        }
        let known: Vec<String> = sections().map(|(code, ..)| code.to_owned()).collect();
        let documented: BTreeSet<String> = known.iter().cloned().collect();
        assert_eq!(known.len(), documented.len(), "a code has two sections");
        let missing: Vec<_> = used.difference(&documented).collect();
        let extra: Vec<_> = documented.difference(&used).collect();
        assert!(missing.is_empty() && extra.is_empty(), "missing {missing:?}, extra {extra:?}");
    }

    #[test]
    fn codes_may_be_short() {
        assert!(run("AIQ0203").is_ok() && run("aiq0203").is_ok() && run("203").is_ok());
        assert_eq!(run("AIQ999x").unwrap_err().code, "AIQ0232");
    }
}
