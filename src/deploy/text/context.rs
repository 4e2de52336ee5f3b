//! What a template reads.

use serde_json::{Map, Value as Json};

use super::word::Word;

/// Values by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Context(Map<String, Json>);

impl Context {
    /// Sets a value.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<Json>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Sets every value of another.
    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// A value, if there is one.
    pub(crate) fn get(&self, name: &str) -> Option<&Json> {
        self.0.get(name)
    }

    /// A text; empty where there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.get(name).and_then(Json::as_str).unwrap_or_default()
    }

    /// A whole number, if there is one.
    pub(crate) fn whole(&self, name: &str) -> Option<u64> {
        self.get(name).and_then(Json::as_u64)
    }

    /// A command line; empty where there is none.
    pub(crate) fn words(&self, name: &str) -> Vec<Word> {
        let words = self.get(name).and_then(Json::as_array).into_iter().flatten();
        words.filter_map(|word| serde_json::from_value(word.clone()).ok()).collect()
    }

    /// All values.
    pub(crate) fn values(&self) -> &Map<String, Json> {
        &self.0
    }
}

impl From<Map<String, Json>> for Context {
    fn from(values: Map<String, Json>) -> Self {
        Self(values)
    }
}

impl From<Context> for Json {
    fn from(context: Context) -> Self {
        Self::Object(context.0)
    }
}
