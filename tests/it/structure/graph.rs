//! Which module uses which.

use std::collections::{BTreeMap, BTreeSet};

use super::imports::{Module, paths, without_tests};
use crate::support::{files_of, root, text_of};

/// Modules and what each of them uses.
pub(super) struct Graph(BTreeMap<Module, BTreeSet<Module>>);

impl Graph {
    /// The files of `src`.
    pub(super) fn of_files() -> Self {
        let source = root().join("src");
        let module = |file: &std::path::Path| -> Module {
            let path = file.strip_prefix(&source).expect("in src").with_extension("");
            let names = path.iter().map(|name| name.to_string_lossy().into_owned());
            names.filter(|name| name != "mod").collect()
        };
        let files = files_of("src", "rs");
        let ends = [vec!["lib".to_owned()], vec!["main".to_owned()]];
        let files: BTreeMap<Module, String> = files
            .iter()
            .map(|file| (module(file), text_of(file)))
            .filter(|(module, _)| !ends.contains(module) && !module.contains(&"tests".to_owned()))
            .collect();
        let uses = files.iter().map(|(module, text)| {
            let paths = paths(&without_tests(text));
            let used = paths.iter().filter_map(|path| target(path, module, &files));
            (module.clone(), used.filter(|used| used != module).collect())
        });
        Self(uses.collect())
    }

    /// The folders right below one, each with those beside it that its files use. At the root, files
    /// count as folders.
    pub(super) fn of_folders(&self, parent: &[String]) -> Self {
        let depth = parent.len() + 1;
        let is_folder = |name: &[String]| {
            depth == 1 || self.0.keys().any(|m| m.len() > depth && m.starts_with(name))
        };
        let folder = |module: &Module| -> Option<Module> {
            let name = module.get(..depth).filter(|name| name.starts_with(parent))?;
            is_folder(name).then(|| name.to_vec())
        };
        let mut folders = BTreeMap::<Module, BTreeSet<Module>>::new();
        for (module, uses) in &self.0 {
            let Some(own) = folder(module) else { continue };
            let others = uses.iter().filter_map(folder).filter(|other| *other != own);
            folders.entry(own.clone()).or_default().extend(others);
        }
        Self(folders)
    }

    /// All modules.
    pub(super) fn modules(&self) -> impl Iterator<Item = &Module> {
        self.0.keys()
    }

    /// Each module with those that it uses.
    pub(super) fn arrows(&self) -> impl Iterator<Item = (&Module, &BTreeSet<Module>)> {
        self.0.iter()
    }

    /// Sets of modules that all lead to each other.
    pub(super) fn circles(&self) -> BTreeSet<Vec<String>> {
        let reached: BTreeMap<&Module, BTreeSet<&Module>> =
            self.0.keys().map(|module| (module, self.reached(module))).collect();
        let circle = |(module, to): (&&Module, &BTreeSet<&Module>)| {
            let back = to.iter().filter(|other| reached[**other].contains(*module));
            let names: Vec<String> = back.map(|other| other.join("::")).collect();
            (names.len() > 1).then_some(names)
        };
        reached.iter().filter_map(circle).collect()
    }

    /// All that a module leads to; itself only if it is in a circle.
    fn reached(&self, from: &Module) -> BTreeSet<&Module> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<&Module> = self.0[from].iter().collect();
        while let Some(module) = open.pop() {
            if reached.insert(module) {
                open.extend(self.0.get(module).into_iter().flatten());
            }
        }
        reached
    }
}

/// The file that a path of a module leads to; `None` outside of the crate.
fn target(path: &[String], module: &Module, files: &BTreeMap<Module, String>) -> Option<Module> {
    let mut place: Module = match path.first()?.as_str() {
        "crate" => Vec::new(),
        "super" | "self" => module.clone(),
        child => {
            let child = [module.clone(), vec![child.to_owned()]].concat();
            return files.contains_key(&child).then(|| longest(&[module, path].concat(), files))?;
        }
    };
    let mut names = path;
    while let Some((first, rest)) = names.split_first() {
        match first.as_str() {
            "crate" | "self" => {}
            "super" => {
                place.pop();
            }
            _ => break,
        }
        names = rest;
    }
    place.extend(names.iter().cloned());
    longest(&place, files)
}

/// The file of the longest beginning of a path.
fn longest(path: &[String], files: &BTreeMap<Module, String>) -> Option<Module> {
    let ends = (1..=path.len()).rev().map(|n| path[..n].to_vec());
    ends.into_iter().find(|module| files.contains_key(module))
}
