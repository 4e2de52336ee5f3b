//! Files that are part of the program: measurements, facts of systems, dimensions of checkpoints. They
//! have paths below [`ROOT`], as if they lay in a folder of that name, so that whatever reads data reads
//! them as well.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where files of the program are.
const ROOT: &str = "aiq:";

/// Their paths below it, sorted, and what they hold; listed by the build script.
static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/data.rs"));

/// The path of a folder or file of the program.
pub(crate) fn path(below: &str) -> PathBuf {
    Path::new(ROOT).join(below)
}

/// What a file of the program holds; `None` for any other path.
pub(crate) fn bytes(path: &Path) -> Option<&'static [u8]> {
    let name = below(path)?;
    let found = FILES.binary_search_by(|(known, _)| (*known).cmp(&name)).ok()?;
    FILES.get(found).map(|(_, bytes)| *bytes)
}

/// Whether a path is a folder of the program.
pub(crate) fn is_dir(path: &Path) -> bool {
    below(path).is_some_and(|name| inside(&name).next().is_some())
}

/// What is in a folder of the program: files and folders by name; empty for any other path.
pub(crate) fn list(path: &Path) -> Vec<(String, PathBuf)> {
    let Some(name) = below(path) else { return Vec::new() };
    let entry = |rest: &'static str| rest.split('/').next().unwrap_or(rest).to_owned();
    let names: BTreeMap<String, PathBuf> =
        inside(&name).map(entry).map(|entry| (entry.clone(), path.join(entry))).collect();
    names.into_iter().collect()
}

/// A path below the root, with `/` between its parts.
fn below(path: &Path) -> Option<String> {
    let below = path.strip_prefix(ROOT).ok()?;
    let parts: Option<Vec<&str>> = below.iter().map(|part| part.to_str()).collect();
    Some(parts?.join("/"))
}

/// The files in a folder, without its name.
fn inside(folder: &str) -> impl Iterator<Item = &'static str> {
    let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let first = FILES.partition_point(|(name, _)| *name < prefix.as_str());
    let names = FILES.iter().skip(first).map(|(name, _)| *name);
    names.map_while(move |name| name.strip_prefix(prefix.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_program_are_listed_and_read() {
        let systems = path("systems");
        assert!(is_dir(&systems) && bytes(&systems).is_none());
        let listed = list(&systems);
        let (_, h200) = listed.iter().find(|(name, _)| name == "h200_sxm").unwrap();
        assert!(is_dir(h200));
        assert!(listed.iter().any(|(name, file)| name == "versions.yaml" && bytes(file).is_some()));
        let checkpoints = list(&path("models/catalog"));
        assert!(
            checkpoints.iter().all(|(_, file)| bytes(file).is_some()) && checkpoints.len() > 50
        );
        assert!(list(Path::new("systems")).is_empty() && bytes(Path::new("Cargo.toml")).is_none());
    }

    #[test]
    fn names_are_sorted() {
        assert!(FILES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
