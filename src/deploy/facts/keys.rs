//! Which values a user may give, and what each must look like.

use serde_json::Value as Json;

use super::platform::Platform;
use super::value_kind::ValueKind;
use crate::base::error::{Code, Error, Result};
use crate::base::tsv::Row;
use crate::deploy::assets;

/// A key, or all that begin alike if it ends in `*`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    /// Its name.
    pub(crate) name: &'static str,
    kind: ValueKind,
    /// What it is if nobody gives it; may be empty.
    pub(crate) default: &'static str,
    takers: Takers,
    meaning: &'static str,
}

/// Which platforms a key says something to.
#[derive(Debug, Clone, Copy)]
enum Takers {
    /// `all`, those of a site, or without either those whose manifests name the key.
    Those(&'static str),
    /// The one in whose folder it stands.
    Only(&'static str),
}

/// All keys: those of several platforms, those of one, those of the benchmark.
///
/// # Errors
/// As [`Platform::all`].
pub(crate) fn keys() -> Result<Vec<Key>> {
    let shared = |path| assets::table(path).map(|row| Key::of(row, Takers::Those(row.get("for"))));
    let mut keys: Vec<Key> = shared("keys.tsv").collect();
    let mut platforms = Platform::all()?;
    platforms.dedup_by_key(|p| p.folder());
    for platform in platforms {
        let own = assets::table(&platform.path("keys.tsv"));
        keys.extend(own.map(|row| Key::of(row, Takers::Only(platform.folder()))));
    }
    keys.extend(shared("benchmark/keys.tsv"));
    Ok(keys)
}

/// The key of that name among several: itself, or the one whose `*` stands for its rest.
pub(crate) fn find(keys: &[Key], name: &str) -> Option<Key> {
    let exact = keys.iter().find(|k| k.name == name);
    let many = || keys.iter().find(|k| k.prefix().is_some_and(|p| name.starts_with(p)));
    exact.or_else(many).copied()
}

impl Key {
    fn of(row: Row, takers: Takers) -> Self {
        Self {
            name: row.get("key"),
            kind: ValueKind::of(row.get("kind")),
            default: row.get("default"),
            takers,
            meaning: row.get("meaning"),
        }
    }

    /// What names begin with that this key stands for, if it stands for many.
    pub(crate) fn prefix(self) -> Option<&'static str> {
        self.name.strip_suffix('*')
    }

    /// Whether files of a platform use it.
    pub(crate) fn is_for(self, platform: Platform) -> bool {
        match self.takers {
            Takers::Only(own) => own == platform.folder(),
            Takers::Those("") => platform.takes(self.name),
            Takers::Those(which) => which == "all" || which == platform.manifest().site.name(),
        }
    }

    /// The value of a key that nobody gave.
    pub(crate) fn default_value(self) -> Json {
        self.kind.read(self.default)
    }

    /// The value as the files need it.
    ///
    /// # Errors
    /// `AIQ0711` for a value of another kind.
    pub(crate) fn checked(self, name: &str, value: &Json) -> Result<Json> {
        self.kind.checked(value).ok_or_else(|| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            Error::question(Code::BadUserValue, format!("`{name}` takes no {text}")).help(format!(
                "{} ({})",
                self.kind.needs(),
                self.meaning
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn values_are_of_the_kind_of_their_key() {
        let keys = keys().expect("keys");
        let good = [
            ("k8s.namespace", Json::from("serving-2")),
            ("k8s.shared_memory", "64Gi".into()),
            ("k8s.image", "registry:5000/a/b@sha256:00".into()),
            ("bench.loads", 8.into()),
            ("bench.tool", "vllm".into()),
            ("env.A", 1.into()),
        ];
        for (name, value) in good {
            let key = find(&keys, name).expect(name);
            key.checked(name, &value).expect(name);
        }
        let bad = [
            ("k8s.namespace", Json::from("Serving")),
            ("k8s.shared_memory", "64 Gi".into()),
            ("k8s.image", "a b".into()),
            ("k8s.model_mount", "models".into()),
            ("bench.loads", 0.into()),
            ("bench.tool", "wrk".into()),
            ("bench.url", "http://a\"; rm".into()),
            ("env.A", "a\nb".into()),
        ];
        for (name, value) in bad {
            let key = find(&keys, name).expect(name);
            assert_eq!(key.checked(name, &value).expect_err(name).code, "AIQ0711");
        }
        let single = keys.iter().filter(|k| k.prefix().is_none());
        assert!(single.map(|k| k.default_value()).all(|v| v != Json::Null), "all have defaults");
    }
}
