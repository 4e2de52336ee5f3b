//! Assertions that were checked.

use std::time::Duration;

use crate::base::error::Error;

/// An assertion that was checked.
#[derive(Debug, Clone)]
pub struct Check {
    /// The assertion as typed.
    pub text: String,
    /// What errors call the text it stands in.
    pub source: String,
    /// Its line, from 1.
    pub line: usize,
    /// How long checking it took, without the question it is about.
    pub elapsed: Duration,
    /// Why it failed, if it did.
    pub failure: Option<Error>,
}
