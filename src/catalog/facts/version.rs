//! Data versions: their order, and the slots `current`, `previous` and `next`.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::str::FromStr;

use pep440_rs::Version;
use serde_json::Value;

use crate::catalog::files::yaml;

/// The words accepted wherever a version is.
pub const SLOTS: [&str; 3] = ["current", "previous", "next"];

/// PEP 440 order; names that are no versions come before all that are.
pub fn compare(a: &str, b: &str) -> Ordering {
    match (Version::from_str(a), Version::from_str(b)) {
        (Ok(x), Ok(y)) => x.cmp(&y),
        (Ok(_), Err(_)) => Ordering::Greater,
        (Err(_), Ok(_)) => Ordering::Less,
        (Err(_), Err(_)) => a.cmp(b),
    }
}

/// Whether a version, and not just any name, is newer than another one.
pub fn is_newer(version: &str, than: &str) -> bool {
    Version::from_str(version).is_ok() && compare(version, than).is_gt()
}

/// Sorts newest first and removes repeated spellings.
pub fn newest_first(versions: &mut Vec<String>) {
    versions.sort_by(|a, b| compare(b, a).then_with(|| a.cmp(b)));
    versions.dedup();
}

/// The versions behind the slots of one backend.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Slot {
    /// Newest complete collection.
    pub current: Option<String>,
    /// The one before it.
    pub previous: Option<String>,
    /// Newest partial collection.
    pub next: Option<String>,
}

impl Slot {
    fn parse(value: &Value) -> Self {
        let get = |name: &str| value.get(name).and_then(yaml::text);
        Self { current: get("current"), previous: get("previous"), next: get("next") }
    }

    /// The version behind a slot word.
    pub fn get(&self, word: &str) -> Option<&str> {
        match word {
            "current" => self.current.as_deref(),
            "previous" => self.previous.as_deref(),
            "next" => self.next.as_deref(),
            _ => None,
        }
    }
}

/// Slots of every backend, with exceptions per system.
#[derive(Debug, Clone, Default)]
pub struct Slots {
    /// By backend.
    pub defaults: BTreeMap<String, Slot>,
    /// By system, then backend.
    pub overrides: BTreeMap<String, BTreeMap<String, Slot>>,
}

impl Slots {
    /// Reads `defaults` and `overrides`; what is absent is empty.
    pub fn parse(value: &Value) -> Self {
        let backends = |v: &Value| -> BTreeMap<String, Slot> {
            let map = v.as_object().into_iter().flatten();
            map.map(|(name, slot)| (name.clone(), Slot::parse(slot))).collect()
        };
        let overrides = value.get("overrides").and_then(Value::as_object).into_iter().flatten();
        Self {
            defaults: value.get("defaults").map(backends).unwrap_or_default(),
            overrides: overrides.map(|(system, v)| (system.clone(), backends(v))).collect(),
        }
    }

    /// The slots of a backend on a system.
    pub fn of(&self, system: &str, backend: &str) -> Option<&Slot> {
        let own = self.overrides.get(system).and_then(|o| o.get(backend));
        own.or_else(|| self.defaults.get(backend))
    }

    /// Fills each default `next` with the newest of the versions that systems without an
    /// exception have data for, if it is newer than `current`.
    pub fn derive_next<'a>(&mut self, data: impl Iterator<Item = (&'a str, &'a str, &'a str)>) {
        for (system, backend, version) in data {
            if self.overrides.get(system).is_some_and(|o| o.contains_key(backend)) {
                continue;
            }
            let Some(slot) = self.defaults.get_mut(backend) else {
                continue;
            };
            let newest = slot.next.as_deref().or(slot.current.as_deref());
            if newest.is_none_or(|n| compare(version, n) == Ordering::Greater) {
                slot.next = Some(version.to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_pep_440() {
        let mut v: Vec<String> = ["1.2.0rc5", "1.3.0rc20", "1.3.0", "1.3.0rc3", "odd", "0.20.0"]
            .map(String::from)
            .to_vec();
        newest_first(&mut v);
        assert_eq!(v, ["1.3.0", "1.3.0rc20", "1.3.0rc3", "1.2.0rc5", "0.20.0", "odd"]);
        assert!(is_newer("1.4", "1.3.0") && !is_newer("1.3", "1.3.0") && !is_newer("odd", "1.3.0"));
    }

    #[test]
    fn next_is_newer_than_current_and_ignores_exceptions() {
        let value = serde_json::json!({
            "defaults": {"trtllm": {"current": "1.3.0rc20", "previous": null}},
            "overrides": {"a100": {"trtllm": {"current": "1.0.0"}}},
        });
        let mut slots = Slots::parse(&value);
        let data =
            [("h", "trtllm", "1.2.0"), ("h", "trtllm", "1.3.0rc23"), ("a100", "trtllm", "9")];
        slots.derive_next(data.into_iter());
        assert_eq!(slots.of("h", "trtllm").unwrap().get("next"), Some("1.3.0rc23"));
        assert_eq!(slots.of("a100", "trtllm").unwrap().get("current"), Some("1.0.0"));
    }
}
