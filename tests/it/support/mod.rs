//! What tests share: running the binary, asking a session, looking at one worker of a model.

pub(crate) mod binary;
pub(crate) mod dice;
pub(crate) mod session;
pub(crate) mod worker;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The folder of the project.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The measurements that ship.
pub(crate) fn systems() -> PathBuf {
    root().join("systems")
}

/// The text of a file of the project.
pub(crate) fn read(file: &str) -> String {
    text_of(root().join(file))
}

/// The text of a file.
pub(crate) fn text_of(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The files below a folder of the project that end so, by name.
pub(crate) fn files_of(folder: &str, ending: &str) -> Vec<PathBuf> {
    let folder = root().join(folder);
    let mut files = files_below(&folder);
    files.retain(|f| f.extension().is_some_and(|e| e == ending));
    files.iter().map(|f| folder.join(f)).collect()
}

/// Everything below a folder, as paths from there.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    fn walk(root: &Path, folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => walk(root, &path, files),
                false => files.push(path.strip_prefix(root).expect("below").to_owned()),
            }
        }
    }
    let mut files = Vec::new();
    walk(folder, folder, &mut files);
    files.sort();
    files
}

/// A table with a header line, columns separated by tabs.
pub(crate) fn table(text: &str) -> Vec<BTreeMap<&str, &str>> {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().expect("a header").split('\t').collect();
    lines.map(|l| header.iter().copied().zip(l.split('\t')).collect()).collect()
}

/// A number of a row.
pub(crate) fn number(row: &Value, name: &str) -> f64 {
    row[name].as_f64().unwrap_or_else(|| panic!("`{name}` is no number in {row}"))
}

/// A number of a row, NaN where it has none.
pub(crate) fn number_or_nan(row: &Value, name: &str) -> f64 {
    row[name].as_f64().unwrap_or(f64::NAN)
}

/// Whether two numbers are equal but for the order in which they were added up.
pub(crate) fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}
