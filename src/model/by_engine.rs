//! Definitions by name, some of which hold for one engine only.

use std::collections::BTreeMap;

use crate::lang::ast::Name;

/// Definitions by name: for every engine, and for single engines, where these win.
#[derive(Debug, Clone)]
pub struct ByEngine<T>(BTreeMap<String, Variants<T>>);

/// The definitions of one name.
#[derive(Debug, Clone)]
struct Variants<T> {
    general: Option<T>,
    engines: BTreeMap<String, T>,
}

impl<T> Default for ByEngine<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Default for Variants<T> {
    fn default() -> Self {
        Self { general: None, engines: BTreeMap::new() }
    }
}

impl<T> ByEngine<T> {
    /// Adds a definition. As the later one it wins over all before it: one for every engine takes
    /// the place of those of single engines too.
    pub(super) fn insert(&mut self, name: &Name, engine: Option<&Name>, definition: T) {
        let variants = self.0.entry(name.text.clone()).or_default();
        match engine {
            Some(engine) => drop(variants.engines.insert(engine.text.clone(), definition)),
            None => *variants = Variants { general: Some(definition), engines: BTreeMap::new() },
        }
    }

    /// The definition that holds for an engine.
    pub fn get(&self, name: &str, engine: &str) -> Option<&T> {
        let variants = self.0.get(name)?;
        variants.engines.get(engine).or(variants.general.as_ref())
    }

    /// The names that are defined for any engine.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// All definitions by name, with the engine that alone has them: the general one first.
    pub fn all(&self) -> impl Iterator<Item = (Option<&str>, &T)> {
        self.0.values().flat_map(|variants| {
            let engines = variants.engines.iter().map(|(engine, d)| (Some(engine.as_str()), d));
            variants.general.iter().map(|d| (None, d)).chain(engines)
        })
    }
}
