//! Lists the shipped model, every `.aiq` file under `models/`, the pages of help, every
//! `docs/help/*.md` and the glossary, what deployment files are made of, everything below `models/deploy`, and the data
//! that ships, so that neither an architecture, an engine, a platform, a page nor a table needs code.

#![allow(clippy::expect_used, reason = "a broken build script stops the build")]
#![allow(clippy::print_stdout, reason = "cargo reads what a build script prints")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo"));
    let models = root.join("models");
    println!("cargo::rerun-if-changed={}", models.display());
    let mut files = Vec::new();
    texts(&models, &mut files);
    files.sort();
    let mut list = String::from("&[\n");
    for path in files {
        let name = path.strip_prefix(&root).expect("below the root").display();
        writeln!(list, "    (\"{name}\", include_str!({path:?})),").expect("text");
    }
    list.push_str("]\n");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("set by cargo"));
    std::fs::write(out.join("shipped.rs"), list).expect("the list is written");
    std::fs::write(out.join("help.rs"), help(&root)).expect("the list is written");
    std::fs::write(out.join("deploy.rs"), deploy(&models)).expect("the list is written");
    std::fs::write(out.join("data.rs"), data(&root)).expect("the list is written");
}

/// Tables, manifests and templates below `models/deploy` by their paths there, sorted.
fn deploy(models: &Path) -> String {
    let root = models.join("deploy");
    below(&root, &[""], &["tsv", "txt", "yaml", "j2"], "include_str")
}

/// Measurements, facts of systems and dimensions of checkpoints by their paths, sorted.
fn data(root: &Path) -> String {
    println!("cargo::rerun-if-changed={}", root.join("systems").display());
    below(root, &["systems", "models/catalog"], &["parquet", "yaml", "json"], "include_bytes")
}

/// The files with some endings in folders of a root and in those below, by their paths from there,
/// sorted.
fn below(root: &Path, folders: &[&str], endings: &[&str], include: &str) -> String {
    let mut folders: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let ending = path.extension().and_then(|e| e.to_str());
            if path.is_dir() {
                folders.push(path);
            } else if ending.is_some_and(|e| endings.contains(&e)) {
                let name = path.strip_prefix(root).expect("below it").to_string_lossy();
                files.push((name.replace('\\', "/"), path));
            }
        }
    }
    files.sort();
    let mut list = String::from("&[\n");
    for (name, path) in files {
        writeln!(list, "    ({name:?}, {include}!({path:?})),").expect("text");
    }
    list.push_str("]\n");
    list
}

/// The pages of help, by name.
fn help(root: &Path) -> String {
    let pages = root.join("docs/help");
    println!("cargo::rerun-if-changed={}", pages.display());
    let mut names: Vec<String> = std::fs::read_dir(&pages)
        .expect("docs/help")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".md"))
        .collect();
    names.sort();
    let glossary = root.join("docs/glossary.md");
    println!("cargo::rerun-if-changed={}", glossary.display());
    let mut list = String::from("&[\n");
    let pages = names.into_iter().map(|name| (pages.join(&name), name));
    for (path, name) in pages.chain([(glossary, "glossary.md".to_owned())]) {
        writeln!(list, "    (\"{name}\", include_str!({path:?})),").expect("text");
    }
    list.push_str("]\n");
    list
}

/// Adds the `.aiq` files of a folder and of those in it.
fn texts(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            texts(&path, files);
        } else if path.extension().is_some_and(|e| e == "aiq") {
            files.push(path);
        }
    }
}
