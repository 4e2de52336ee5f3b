//! Which values a user may give, and what each must look like.

use serde_json::Value as Json;

use super::Platform;
use crate::error::{Error, Result};
use crate::tsv;

const KEYS: &str = include_str!("../../models/deploy/keys.tsv");

/// A key, or all that begin alike if it ends in `*`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub(super) name: &'static str,
    kind: &'static str,
    pub(super) default: &'static str,
    platforms: &'static str,
    meaning: &'static str,
}

/// All keys.
pub(super) fn keys() -> impl Iterator<Item = Key> {
    tsv::rows(KEYS).map(|row| Key {
        name: row.get("key"),
        kind: row.get("kind"),
        default: row.get("default"),
        platforms: row.get("for"),
        meaning: row.get("meaning"),
    })
}

/// The key of that name: itself, or the one whose `*` stands for its rest.
pub(super) fn find(name: &str) -> Option<Key> {
    let exact = keys().find(|k| k.name == name);
    exact.or_else(|| keys().find(|k| k.prefix().is_some_and(|p| name.starts_with(p))))
}

impl Key {
    /// What names begin with that this key stands for, if it stands for many.
    pub(super) fn prefix(self) -> Option<&'static str> {
        self.name.strip_suffix('*')
    }

    /// Whether files of a platform use it. `engine` stands for all that run the engine as it is.
    pub(super) fn is_for(self, platform: Platform) -> bool {
        let name = match platform {
            Platform::Engine(_) => "engine",
            other => other.name(),
        };
        self.platforms.split(',').any(|p| p == name || p == "all")
    }

    /// The value of a key that nobody gave; of a key for many, none of them.
    pub(super) fn unsaid(self) -> Json {
        match (self.kind, self.default) {
            _ if self.prefix().is_some() => Json::Object(serde_json::Map::new()),
            ("list" | "counts", "") => Json::Array(Vec::new()),
            ("count" | "port", n) => n.parse::<u64>().map_or(Json::Null, Json::from),
            (_, text) => text.into(),
        }
    }

    /// The value as the files need it.
    ///
    /// # Errors
    /// `AIQ0711` for a value of another kind.
    pub(super) fn checked(self, name: &str, value: &Json) -> Result<Json> {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let is_list = value.is_array() || value.is_object();
        let plain = !is_list && !text.chars().any(char::is_control);
        let whole = |v: &Json| v.as_u64().filter(|n| *n > 0);
        let sound = match self.kind {
            "any" => true,
            "list" => value.is_array(),
            "count" => whole(value).is_some(),
            "port" => whole(value).is_some_and(|n| n < 65_536),
            "counts" => match value {
                Json::Array(list) => !list.is_empty() && list.iter().all(|v| whole(v).is_some()),
                one => whole(one).is_some(),
            },
            "text" => plain,
            "label" => plain && is_label(&text),
            "quantity" => plain && is_quantity(&text),
            "path" => plain && text.starts_with('/') && text.chars().all(is_path),
            "image" | "package" => plain && !text.is_empty() && text.chars().all(is_reference),
            "url" => {
                let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
                plain && rest.is_some_and(|r| !r.is_empty() && r.chars().all(is_reference))
            }
            choices => choices.split(',').any(|c| c == text),
        };
        if !sound {
            let text = format!("`{name}` takes no {text}");
            let needs = match self.kind {
                "label" => "small letters, digits and `-`, at most 63".to_owned(),
                "count" => "a whole number from 1".to_owned(),
                "counts" => "whole numbers from 1".to_owned(),
                "port" => "a port from 1 to 65535".to_owned(),
                "quantity" => "an amount such as 64Gi".to_owned(),
                "path" => "an absolute path".to_owned(),
                "url" => "an address that begins with http:// or https://".to_owned(),
                "image" | "package" => format!("the name of an {}", self.kind),
                "list" => "a list, in a file of values".to_owned(),
                "text" | "any" => "a text".to_owned(),
                choices => choices.replace(',', ", "),
            };
            return Err(
                Error::question("AIQ0711", text).help(format!("{} ({})", needs, self.meaning))
            );
        }
        Ok(match (self.kind, value) {
            ("any" | "list" | "count" | "port", v) => v.clone(),
            ("counts", Json::Array(_)) => value.clone(),
            ("counts", one) => Json::Array(vec![one.clone()]),
            _ => text.into(),
        })
    }
}

/// A name of Kubernetes (RFC 1123 label).
fn is_label(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=63).contains(&text.len())
        && text.chars().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// An amount of Kubernetes in bytes.
fn is_quantity(text: &str) -> bool {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.get(digits.len()..).unwrap_or_default();
    digits.parse::<u64>().is_ok_and(|n| n > 0)
        && matches!(unit, "" | "k" | "M" | "G" | "T" | "Ki" | "Mi" | "Gi" | "Ti")
}

fn is_path(c: char) -> bool {
    c.is_ascii_alphanumeric() || "/._-".contains(c)
}

/// Characters of images, addresses and packages: none that a shell or YAML reads otherwise.
fn is_reference(c: char) -> bool {
    c.is_ascii_alphanumeric() || "/._-:@=~+,%".contains(c)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn values_are_of_the_kind_of_their_key() {
        let good = [
            ("k8s.namespace", Json::from("serving-2")),
            ("k8s.shared_memory", "64Gi".into()),
            ("k8s.image", "registry:5000/a/b@sha256:00".into()),
            ("bench.loads", 8.into()),
            ("bench.tool", "vllm".into()),
            ("env.A", 1.into()),
        ];
        for (name, value) in good {
            let key = find(name).expect(name);
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
            let key = find(name).expect(name);
            assert_eq!(key.checked(name, &value).expect_err(name).code, "AIQ0711");
        }
        assert!(keys().all(|k| k.unsaid() != Json::Null), "every key has a default");
    }
}
