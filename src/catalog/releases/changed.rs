//! What was changed in a data directory since aiq wrote it.
//!
//! Tables carry a digest of their own and are refused when it does not fit. The lists and facts beside
//! them are made to be edited, so a change is only told.

use std::path::Path;

use super::catalog::Catalog;
use crate::publish::Manifest;

impl Catalog {
    /// A sentence for each file of facts that is not as it was written, of every directory that has
    /// a list of its files.
    pub fn changed(&self) -> &[String] {
        self.inner.changed.get_or_init(|| {
            self.inner.shared.overlay.roots().iter().flat_map(|root| changed_in(root)).collect()
        })
    }
}

fn changed_in(root: &Path) -> Vec<String> {
    let manifest = Manifest::of(root).unwrap_or_default();
    let facts = manifest.names().filter(|name| name.ends_with(".yaml"));
    let told = |name: &str| {
        let path = root.join(name);
        let how = match std::fs::read(&path) {
            Ok(contents) if manifest.is_unchanged(name, &contents) => return None,
            Ok(_) => "was changed since it was written",
            Err(_) => "is gone",
        };
        Some(format!("`{}` {how}; `aiq systems seal` takes it as it is", path.display()))
    };
    facts.filter_map(told).collect()
}
