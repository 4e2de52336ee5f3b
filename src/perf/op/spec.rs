//! An operation: what it is asked with, and what prices it.

use super::formula::Formula;
use super::rules::{PartRule, SelectionRule, first_group};
use super::selection::Selection;
use crate::perf::machine::{MAX_ASSUMED, Rates};
use crate::perf::tables::TableSpec;

/// Most numeric arguments of any operation.
pub(crate) const MAX_NUMBERS: usize = 16;

/// An operation: its arguments, its table and its rules.
///
/// Arguments and table columns of the same name are the same thing. Of the keys that are no argument
/// the lanes choose the kernel; any value of the others will do.
pub struct OpSpec {
    /// Name, as architectures write it.
    pub name: &'static str,
    /// Text arguments, in order.
    pub text: &'static [&'static str],
    /// Numeric arguments, in order.
    pub numbers: &'static [&'static str],
    /// Measurements; `None` for an analytic operation.
    pub table: Option<&'static TableSpec>,
    /// What bounds it, and how an answer is put together.
    pub(crate) formula: &'static Formula,
    /// Sizes at which it was measured that no column of the table holds. Those that are arguments
    /// are only assumed where the estimates are tested.
    pub(crate) measured_at: Vec<(&'static str, f64)>,
    /// Which rows of the table answer; all of its keys where there is no rule.
    pub(crate) selections: Vec<SelectionRule>,
    /// Other operations that the answer is made of.
    pub(crate) parts: Vec<PartRule>,
}

/// An operation that another is made of, with its text arguments.
pub(crate) struct Part {
    pub(crate) op: &'static str,
    pub(crate) text: Vec<String>,
}

impl OpSpec {
    /// Which rows of the table are looked in, by the text arguments; in this order.
    pub(crate) fn select(&self, text: &[&str]) -> Vec<Selection> {
        if self.selections.is_empty() {
            return vec![Selection::all(text)];
        }
        let rules = first_group(&self.selections, |rule| &rule.when, text);
        if rules.is_empty() {
            return vec![Selection::none(text)];
        }
        rules.iter().map(|rule| rule.selection(self.text, text)).collect()
    }

    /// The operations that the answer is made of, by the text arguments.
    pub(crate) fn parts(&self, text: &[&str]) -> Vec<Part> {
        let rules = first_group(&self.parts, |rule| &rule.when, text);
        let part = |rule: &PartRule| Part {
            op: rule.op,
            text: rule.text.iter().map(|word| word.of(text).to_owned()).collect(),
        };
        rules.iter().map(part).collect()
    }

    /// A size at which it was measured.
    pub(crate) fn measured_at(&self, name: &str) -> Option<f64> {
        self.measured_at.iter().find(|(size, _)| *size == name).map(|(_, value)| *value)
    }

    /// The rates of the formula with the sizes that it assumes.
    pub(crate) fn with_assumed(&self, rates: Rates) -> Rates {
        let mut assumed = [0.0; MAX_ASSUMED];
        for (place, name) in assumed.iter_mut().zip(self.formula.assumed) {
            *place = self.measured_at(name).unwrap_or(0.0);
        }
        Rates { assumed, ..rates }
    }
}

impl std::fmt::Debug for OpSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("OpSpec").field(&self.name).finish()
    }
}
