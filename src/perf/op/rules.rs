//! Rules that ship as text: which rows answer and which operations are part of an answer, by the text
//! arguments.

use glob::Pattern;

use super::origin::Origin;
use super::selection::{Kernels, Only, Selection};

/// Values that text arguments must have, all of them.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct When(pub(crate) Vec<(usize, &'static str)>);

impl When {
    fn holds(&self, text: &[&str]) -> bool {
        self.0.iter().all(|&(argument, value)| text.get(argument) == Some(&value))
    }
}

/// A text argument of a part.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Word {
    /// An argument of the whole.
    Argument(usize),
    /// The same whatever the whole is asked with.
    Fixed(&'static str),
}

impl Word {
    /// The word for the text arguments of the whole.
    pub(crate) fn of<'t>(self, text: &[&'t str]) -> &'t str {
        match self {
            Self::Argument(argument) => text.get(argument).copied().unwrap_or_default(),
            Self::Fixed(word) => word,
        }
    }
}

/// A line of `models/measurements/selections.tsv`.
#[derive(Debug)]
pub(crate) struct SelectionRule {
    pub(crate) when: When,
    /// Arguments that the table spells otherwise.
    pub(crate) rows: Vec<(usize, &'static str)>,
    /// Patterns of kernels between blanks; `{x}` is the argument x.
    pub(crate) kernels: &'static str,
    pub(crate) only: Option<Only>,
    pub(crate) origin: Origin,
}

impl SelectionRule {
    /// The rows for these text arguments, of which `names` are the names.
    pub(crate) fn selection(&self, names: &[&str], text: &[&str]) -> Selection {
        let mut rows = text.to_vec();
        for &(argument, value) in &self.rows {
            rows[argument] = value;
        }
        let arguments = || names.iter().zip(text);
        let filled = |pattern: &str| {
            let own = |(name, _): &(&&str, &&str)| pattern == format!("{{{name}}}");
            let value = arguments().find(own).map(|(_, value)| Pattern::escape(value));
            value.unwrap_or_else(|| pattern.to_owned())
        };
        let kernels = Kernels::matching(self.kernels.split_whitespace().map(filled));
        Selection { kernels, only: self.only, origin: self.origin, ..Selection::all(&rows) }
    }
}

/// A line of `models/measurements/parts.tsv`.
#[derive(Debug)]
pub(crate) struct PartRule {
    pub(crate) when: When,
    /// The operation.
    pub(crate) op: &'static str,
    /// Its text arguments, in order.
    pub(crate) text: Vec<Word>,
}

/// The first of the rules that belong together, by what they are for, whose condition holds.
pub(crate) fn first_group<'r, R>(
    rules: &'r [R],
    when: impl Fn(&R) -> &When,
    text: &[&str],
) -> &'r [R] {
    let Some(start) = rules.iter().position(|rule| when(rule).holds(text)) else {
        return &[];
    };
    let rest = &rules[start..];
    let first = when(&rest[0]);
    let end = rest.iter().position(|rule| when(rule) != first).unwrap_or(rest.len());
    &rest[..end]
}
