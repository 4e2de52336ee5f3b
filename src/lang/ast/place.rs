//! Where things stand: texts, places in them, names.

use std::ops::Range;
use std::sync::Arc;

use crate::base::error::Span;

/// A text with its name.
#[derive(Debug)]
pub struct Source {
    /// File name, or `<input>`.
    pub name: String,
    /// The whole text.
    pub text: String,
}

/// A place in a [`Source`].
#[derive(Clone)]
pub struct Loc {
    /// The text.
    pub source: Arc<Source>,
    /// Byte range in it.
    pub range: Range<usize>,
}

impl Loc {
    /// The span of this place, for an error.
    pub fn span(&self) -> Span {
        Span {
            source: self.source.name.clone(),
            text: self.source.text.clone(),
            range: self.range.clone(),
        }
    }

    /// The text at this place.
    pub fn text(&self) -> &str {
        self.source.text.get(self.range.clone()).unwrap_or("")
    }
}

/// A name with its place.
#[derive(Clone)]
pub struct Name {
    /// The name; dots separate the parts of a path.
    pub text: String,
    /// Where it stands.
    pub loc: Loc,
}
