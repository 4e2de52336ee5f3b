//! What a user says of the files beside the answer: keys with values, the later of one key wins.

use std::path::Path;

use serde_json::Value as Json;

use crate::base::error::{Code, Error, Result};
use crate::base::files;

/// A value with its key.
#[derive(Debug, Clone, PartialEq)]
pub struct UserValue {
    /// Parts joined by dots, such as `k8s.namespace` or `prefill.engine.block_size`.
    pub key: String,
    /// Its value: a number, text, truth value or list.
    pub value: Json,
}

/// Values of a user. Whether a key is known and its value sound is seen when files are made, as
/// that depends on the engine and the platform.
#[derive(Debug, Clone, Default)]
pub struct UserValues(Vec<UserValue>);

impl UserValues {
    /// Sets one key.
    ///
    /// # Errors
    /// `AIQ0711` for a key or value that is absent.
    pub fn set(&mut self, key: &str, value: Json) -> Result<()> {
        if key.split('.').any(|part| part.trim().is_empty()) {
            return Err(Error::question(
                Code::BadUserValue,
                format!("`{key}` is no name of a value"),
            )
            .help("names have dots between their parts, such as `k8s.namespace`"));
        }
        if value.is_null() {
            return Err(Error::question(Code::BadUserValue, format!("`{key}` has no value")));
        }
        self.0.retain(|v| v.key != key);
        self.0.push(UserValue { key: key.to_owned(), value });
        Ok(())
    }

    /// Sets a key as it stands on a command line: `k8s.namespace=serving`.
    ///
    /// # Errors
    /// `AIQ0711` for a text without `=`.
    pub fn pair(&mut self, text: &str) -> Result<()> {
        let (key, value) = text.split_once('=').ok_or_else(|| {
            Error::question(Code::BadUserValue, format!("`{text}` sets nothing"))
                .help("write a name and a value, such as `k8s.namespace=serving`")
        })?;
        let (key, value) = (key.trim(), value.trim());
        // What a number or list would print otherwise stays the text it is: `1.10`, `1e3`.
        let read = serde_json::from_str::<Json>(value).ok();
        let kept = read.filter(|v| v.is_array() || format!("{v}") == value);
        self.set(key, kept.unwrap_or_else(|| value.into()))
    }

    /// Sets the leaves of a YAML text; keys of its maps are joined by dots.
    ///
    /// # Errors
    /// `AIQ0711` for a text that is no map.
    pub fn yaml(&mut self, text: &str, name: &str) -> Result<()> {
        let bad = |why: String| Error::question(Code::BadUserValue, format!("`{name}`: {why}"));
        let tree: Json = serde_saphyr::from_str(text).map_err(|e| bad(e.to_string()))?;
        match tree {
            Json::Object(map) => map.iter().try_for_each(|(key, value)| self.leaves(key, value)),
            Json::Null => Ok(()),
            _ => Err(bad("values are keys with values".to_owned())),
        }
    }

    /// As [`Self::yaml`], from a file.
    ///
    /// # Errors
    /// `AIQ0604` for a file that cannot be read.
    pub fn file(&mut self, path: &Path) -> Result<()> {
        let name = path.display().to_string();
        let text = files::text(path, files::From::Anything).map_err(|e| {
            Error::question(
                Code::UnreadableFile,
                format!("the values in `{name}` cannot be read: {e}"),
            )
        })?;
        self.yaml(&text, &name)
    }

    fn leaves(&mut self, key: &str, value: &Json) -> Result<()> {
        match value {
            Json::Object(map) => {
                map.iter().try_for_each(|(k, v)| self.leaves(&format!("{key}.{k}"), v))
            }
            leaf => self.set(key, leaf.clone()),
        }
    }

    /// Them in order.
    pub fn iter(&self) -> impl Iterator<Item = &UserValue> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn later_values_win_and_texts_stay() {
        let mut values = UserValues::default();
        values
            .yaml("k8s: {namespace: a, node_selector: {x/y.z: b}}\nengine: {n: 2}", "f")
            .expect("");
        for pair in ["k8s.namespace=c", "engine.n=4", "engine.list=[1, 2]", "env.V=1.10", "env.E="]
        {
            values.pair(pair).expect(pair);
        }
        let text: Vec<String> = values.iter().map(|v| format!("{}={}", v.key, v.value)).collect();
        let expected = [
            r#"k8s.node_selector.x/y.z="b""#,
            r#"k8s.namespace="c""#,
            "engine.n=4",
            "engine.list=[1,2]",
            r#"env.V="1.10""#,
            r#"env.E="""#,
        ];
        assert_eq!(text, expected);
        for wrong in ["k8s.namespace", "=3", "a..b=1", "a=null"] {
            assert_eq!(values.pair(wrong).expect_err(wrong).code, "AIQ0711");
        }
    }
}
