//! What data may stand in for missing data: donor versions, kernels shared between backends, and
//! the attention kernels a backend runs by default.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::catalog::files::yaml;

/// A declared donor: `table` of another version of the same backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::catalog) struct Donor {
    pub(in crate::catalog) table: String,
    pub(in crate::catalog) from_version: String,
}

/// Reads the donors of a `reuse.yaml`, in order.
pub(in crate::catalog) fn donors(value: &Value) -> Vec<Donor> {
    let list = value.get("reuse").and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|entry| {
        let table = entry.get("table").and_then(yaml::text)?;
        let from_version = entry.get("from_version").and_then(yaml::text)?;
        Some(Donor { table, from_version })
    })
    .collect()
}

/// Which kernels of a table may be taken from another backend.
#[derive(Debug, Default)]
pub(in crate::catalog) struct Kernels {
    allowed: BTreeMap<(String, String), BTreeSet<String>>,
}

impl Kernels {
    /// Reads `kernel_reuse.yaml`. Tiers other than the shared ones say that a row must not be
    /// borrowed, because its absence decides which kernel runs.
    pub(in crate::catalog) fn parse(value: &Value) -> Self {
        let mut allowed: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
        for group in value.get("groups").and_then(Value::as_array).into_iter().flatten() {
            let get = |name: &str| group.get(name).and_then(yaml::text);
            let (Some(table), Some(kernel), Some(tier)) =
                (get("table"), get("kernel"), get("tier"))
            else {
                continue;
            };
            if tier != "shared" && tier != "shared_fallback" {
                continue;
            }
            let backends = group.get("frameworks").and_then(Value::as_array).into_iter().flatten();
            for backend in backends.filter_map(yaml::text) {
                allowed.entry((table.clone(), backend)).or_default().insert(kernel.clone());
            }
        }
        Self { allowed }
    }

    /// The kernels of `table` that `backend` may borrow.
    pub(in crate::catalog) fn of(&self, table: &str, backend: &str) -> Option<&BTreeSet<String>> {
        self.allowed.get(&(table.to_owned(), backend.to_owned()))
    }
}

/// The default attention kernel by backend, version and SM generation.
#[derive(Debug, Default)]
pub(in crate::catalog) struct Lanes {
    kernels: BTreeMap<(String, String, String), String>,
}

impl Lanes {
    pub(in crate::catalog) fn parse(value: &Value) -> Self {
        let mut kernels = BTreeMap::new();
        for (backend, versions) in value.as_object().into_iter().flatten() {
            for (version, sms) in versions.as_object().into_iter().flatten() {
                for (sm, kernel) in sms.as_object().into_iter().flatten() {
                    if let Some(kernel) = yaml::text(kernel) {
                        kernels.insert((backend.clone(), version.clone(), sm.clone()), kernel);
                    }
                }
            }
        }
        Self { kernels }
    }

    /// The order of lanes; `default` alone where none is declared.
    pub(in crate::catalog) fn of(&self, backend: &str, version: &str, sm: u32) -> Vec<String> {
        let key = (backend.to_owned(), version.to_owned(), sm.to_string());
        vec![self.kernels.get(&key).cloned().unwrap_or_else(|| "default".to_owned())]
    }
}
