//! Which rows of a table answer for an operation with its text arguments.

use glob::Pattern;

use super::origin::Origin;

/// Part of a table's rows.
pub(crate) struct Selection {
    /// Values of the op's text arguments, as the table spells them.
    pub(crate) text: Vec<String>,
    /// Kernels that count.
    pub(crate) kernels: Kernels,
    /// The sizes that these rows are asked for; all where there is none.
    pub(crate) only: Option<Only>,
    /// The least that an answer is called.
    pub(crate) origin: Origin,
}

impl Selection {
    /// No row at all.
    pub(crate) fn none(text: &[&str]) -> Self {
        let kernels = Kernels::matching(["!*"]);
        Self { text: owned(text), kernels, only: None, origin: Origin::Measured }
    }

    /// All rows with these keys.
    pub(crate) fn all(text: &[&str]) -> Self {
        Self { kernels: Kernels::default(), ..Self::none(text) }
    }
}

/// The largest value of a numeric argument for which rows are asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Only {
    pub(crate) argument: usize,
    pub(crate) most: f64,
}

/// Kernels by patterns of their names.
#[derive(Debug, Default, Clone)]
pub(crate) struct Kernels {
    /// One of these must fit, if there are any.
    any: Vec<Pattern>,
    /// None of these may.
    none: Vec<Pattern>,
}

impl Kernels {
    /// By patterns; those behind `!` exclude. What is no pattern fits no kernel.
    pub(crate) fn matching(patterns: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let mut kernels = Self::default();
        for word in patterns {
            let word = word.as_ref();
            let (list, pattern) = match word.strip_prefix('!') {
                Some(excluded) => (&mut kernels.none, excluded),
                None => (&mut kernels.any, word),
            };
            list.push(Pattern::new(pattern).unwrap_or_default());
        }
        kernels
    }

    pub(crate) fn has(&self, kernel: &str) -> bool {
        let fits = |list: &[Pattern]| list.iter().any(|pattern| pattern.matches(kernel));
        (self.any.is_empty() || fits(&self.any)) && !fits(&self.none)
    }
}

fn owned(text: &[&str]) -> Vec<String> {
    text.iter().map(|&t| t.to_owned()).collect()
}
