//! Lists the shipped model, every `models/*.aiq`, and the pages of help, every `docs/help/*.md`, so
//! that neither an architecture nor a page needs code.

#![allow(clippy::expect_used, reason = "a broken build script stops the build")]
#![allow(clippy::print_stdout, reason = "cargo reads what a build script prints")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo"));
    let models = root.join("models");
    println!("cargo::rerun-if-changed={}", models.display());
    let mut list = String::from("&[\n");
    for name in ordered(&models) {
        let path = models.join(&name);
        writeln!(list, "    (\"models/{name}\", include_str!({path:?})),").expect("text");
    }
    list.push_str("]\n");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("set by cargo"));
    std::fs::write(out.join("shipped.rs"), list).expect("the list is written");
    std::fs::write(out.join("help.rs"), help(&root)).expect("the list is written");
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
    let mut list = String::from("&[\n");
    for name in names {
        let path = pages.join(&name);
        writeln!(list, "    (\"{name}\", include_str!({path:?})),").expect("text");
    }
    list.push_str("]\n");
    list
}

/// The files in the order in which they are read: those of `models/order.txt` as they stand there,
/// then the others by name.
fn ordered(models: &Path) -> Vec<String> {
    let order = std::fs::read_to_string(models.join("order.txt")).expect("models/order.txt");
    let mut names: Vec<String> = order
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect();
    let mut others: Vec<String> = std::fs::read_dir(models)
        .expect("models")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".aiq") && !names.contains(name))
        .collect();
    others.sort();
    names.append(&mut others);
    names
}
