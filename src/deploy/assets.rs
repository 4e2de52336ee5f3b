//! The tables, manifests and templates below `models/deploy`, as the build found them.

use serde::de::DeserializeOwned;

use crate::base::error::{Code, Error, Result};
use crate::base::tsv::{self, Row};

/// Paths below `models/deploy` with their texts, sorted.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/deploy.rs"));
/// What the names of templates end in.
const TEMPLATE: &str = ".j2";

/// The text of a file.
pub(super) fn text(path: &str) -> Option<&'static str> {
    let at = FILES.binary_search_by_key(&path, |(known, _)| known).ok()?;
    FILES.get(at).map(|(_, text)| *text)
}

/// The rows of a table; none of a table that is not there.
pub(super) fn table(path: &str) -> impl Iterator<Item = Row> + use<> {
    tsv::rows(text(path).unwrap_or_default())
}

/// The lines of a list; none of a list that is not there.
pub(super) fn lines(path: &str) -> impl Iterator<Item = &'static str> + use<> {
    text(path).unwrap_or_default().lines()
}

/// Names and texts of all templates; a name is a path without its last ending.
pub(super) fn templates() -> impl Iterator<Item = (&'static str, &'static str)> {
    FILES.iter().filter_map(|(path, text)| Some((path.strip_suffix(TEMPLATE)?, *text)))
}

/// Whether there is a template of that name.
pub(super) fn has_template(name: &str) -> bool {
    text(&format!("{name}{TEMPLATE}")).is_some()
}

/// The manifest of that name in every folder of `parent`, with the name of the folder.
///
/// # Errors
/// `AIQ0901` for a manifest that does not say what it must.
pub(super) fn manifests<T: DeserializeOwned>(
    parent: &str,
    name: &str,
) -> Result<Vec<(&'static str, T)>> {
    let in_folder = |path: &'static str| {
        let (folder, file) = path.strip_prefix(parent)?.strip_prefix('/')?.split_once('/')?;
        (file == name).then_some(folder)
    };
    let own = FILES.iter().filter_map(|(path, text)| Some((in_folder(path)?, *text)));
    own.map(|(folder, text)| {
        let read = serde_saphyr::from_str(text).map_err(|e| {
            Error::internal(Code::ParserBug, format!("models/deploy/{parent}/{folder}/{name}: {e}"))
        });
        Ok((folder, read?))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_their_paths() {
        assert!(FILES.is_sorted());
        for path in [
            "keys.tsv",
            "benchmark/keys.tsv",
            "ports.tsv",
            "products.tsv",
            "kv_caches.tsv",
            "prices.tsv",
            "graph_sizes.txt",
            "placed_flags.txt",
            "secret_words.txt",
            "worker_size.txt",
        ] {
            assert!(text(path).is_some_and(|t| !t.trim().is_empty()), "{path}");
        }
        assert!(has_template("scripts/processes.sh") && !has_template("keys.tsv"));
    }
}
