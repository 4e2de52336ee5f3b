//! The values of the keys of an experiment.

use serde_json::{Map, Value};

use super::document::{Experiment, plain};
use crate::base::error::Result;
use crate::lang::ast::Item;

/// Keys of one experiment in the flat format.
pub(super) struct Values<'a> {
    pub(super) experiment: &'a Experiment<'a>,
    keys: &'a Map<String, Value>,
}

impl<'a> Values<'a> {
    pub(super) fn new(experiment: &'a Experiment<'a>, keys: &'a Map<String, Value>) -> Self {
        Self { experiment, keys }
    }

    /// A value that is not null.
    pub(super) fn value(&self, key: &str) -> Option<&'a Value> {
        self.keys.get(key).filter(|v| !v.is_null())
    }

    /// The text of the first of some keys that has one.
    pub(super) fn text(&self, keys: &[&str]) -> Option<String> {
        keys.iter().find_map(|k| self.value(k)).map(plain)
    }

    /// A number from 0.
    pub(super) fn number(&self, key: &str) -> Result<Option<f64>> {
        self.value(key).map(|v| number(self.experiment, key, v)).transpose()
    }

    /// A whole number from 1.
    pub(super) fn count(&self, key: &str) -> Result<Option<u64>> {
        self.value(key).map(|v| count(self.experiment, key, v)).transpose()
    }
}

/// A number from 0.
pub(super) fn number(experiment: &Experiment<'_>, key: &str, value: &Value) -> Result<f64> {
    match value.as_f64() {
        Some(n) if n.is_finite() && n >= 0.0 => Ok(n),
        _ => Err(experiment.value(key, "a number from 0")),
    }
}

/// A whole number from 1.
pub(super) fn count(experiment: &Experiment<'_>, key: &str, value: &Value) -> Result<u64> {
    match number(experiment, key, value)? {
        n if n >= 1.0 && n.fract() == 0.0 => Ok(n as u64),
        _ => Err(experiment.value(key, "a whole number from 1")),
    }
}

/// A number from 0 or several.
pub(super) fn numbers(experiment: &Experiment<'_>, key: &str, value: &Value) -> Result<Vec<Item>> {
    let one = |v: &Value| number(experiment, key, v).map(Item::number);
    match value {
        Value::Array(values) if !values.is_empty() => values.iter().map(one).collect(),
        Value::Array(_) => Err(experiment.value(key, "a list of numbers, and not an empty one")),
        single => Ok(vec![one(single)?]),
    }
}

/// True or false.
pub(super) fn flag(experiment: &Experiment<'_>, key: &str, value: &Value) -> Result<bool> {
    value.as_bool().ok_or_else(|| experiment.value(key, "true or false"))
}
