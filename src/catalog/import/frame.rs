//! A published table as read: columns by name, before anything is known about them.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

/// Marks text that is absent.
pub(super) const NO_TEXT: u32 = u32::MAX;

/// A column in the type the file gave it.
#[derive(Debug)]
pub(super) enum Values {
    /// Names by position; [`NO_TEXT`] where there is none.
    Text { codes: Vec<u32>, values: Vec<String> },
    /// Whole numbers.
    Int(Vec<Option<i64>>),
    /// Numbers; not a number where there is none.
    Float(Vec<f64>),
}

/// A table as read.
#[derive(Debug, Default)]
pub(super) struct Frame {
    /// Columns by their name in the file.
    pub(super) columns: BTreeMap<String, Values>,
    /// The line or row of the file that each row comes from.
    pub(super) lines: Vec<u32>,
    /// Lines that are no rows, and why.
    pub(super) broken: Vec<(u32, String)>,
}

impl Frame {
    pub(super) fn rows(&self) -> usize {
        self.lines.len()
    }
}

impl Values {
    /// Each row as a size or count; `None` where it is not one.
    pub(super) fn counts(&self) -> Vec<Option<i32>> {
        let narrow = |v: i64| i32::try_from(v).ok().filter(|v| *v >= 0);
        let whole = |v: f64| (v.fract() == 0.0 && v.abs() < 1e15).then_some(v as i64);
        match self {
            Self::Int(values) => values.iter().map(|v| v.and_then(narrow)).collect(),
            Self::Float(values) => values.iter().map(|v| whole(*v).and_then(narrow)).collect(),
            Self::Text { codes, values } => {
                let parsed: Vec<Option<i32>> = values
                    .iter()
                    .map(|v| {
                        let v = v.trim();
                        let exact = v.parse::<i64>().ok();
                        exact.or_else(|| v.parse::<f64>().ok().and_then(whole)).and_then(narrow)
                    })
                    .collect();
                codes.iter().map(|c| parsed.get(*c as usize).copied().flatten()).collect()
            }
        }
    }

    /// Each row as a number; not a number where it is none.
    pub(super) fn numbers(&self) -> Vec<f64> {
        match self {
            Self::Int(values) => values.iter().map(|v| v.map_or(f64::NAN, |v| v as f64)).collect(),
            Self::Float(values) => values.clone(),
            Self::Text { codes, values } => {
                let parsed: Vec<f64> =
                    values.iter().map(|v| v.trim().parse().unwrap_or(f64::NAN)).collect();
                codes.iter().map(|c| parsed.get(*c as usize).copied().unwrap_or(f64::NAN)).collect()
            }
        }
    }

    /// The rows as names.
    pub(super) fn names(&self) -> (Cow<'_, [u32]>, Cow<'_, [String]>) {
        let mut interner = Interner::default();
        let codes = match self {
            Self::Text { codes, values } => return (Cow::Borrowed(codes), Cow::Borrowed(values)),
            Self::Int(values) => values
                .iter()
                .map(|v| v.map_or(NO_TEXT, |v| interner.code(&v.to_string())))
                .collect::<Vec<_>>(),
            Self::Float(values) => values
                .iter()
                .map(|v| if v.is_nan() { NO_TEXT } else { interner.code(&v.to_string()) })
                .collect(),
        };
        (Cow::Owned(codes), Cow::Owned(interner.values))
    }
}

/// Numbers distinct names in the order they first appear.
#[derive(Debug, Default)]
pub(super) struct Interner {
    index: HashMap<String, u32>,
    pub(super) values: Vec<String>,
}

impl Interner {
    pub(super) fn code(&mut self, name: &str) -> u32 {
        if let Some(code) = self.index.get(name) {
            return *code;
        }
        let code = u32::try_from(self.values.len()).unwrap_or(NO_TEXT);
        self.index.insert(name.to_owned(), code);
        self.values.push(name.to_owned());
        code
    }
}
