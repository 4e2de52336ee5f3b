//! What came of testing a file.

use std::time::Duration;

use crate::base::error::Error;
use crate::session::Check;

/// What came of a file.
#[derive(Debug)]
pub(super) struct Tested {
    pub(super) name: String,
    pub(super) checks: Vec<Check>,
    /// What else went wrong: the file is no text, a question is wrong or has no data.
    pub(super) errors: Vec<Error>,
    pub(super) elapsed: Duration,
}

impl Tested {
    /// Failed assertions, then the other errors.
    pub(super) fn failures(&self) -> impl Iterator<Item = &Error> {
        self.checks.iter().filter_map(|c| c.failure.as_ref()).chain(&self.errors)
    }

    /// How many assertions failed.
    pub(super) fn failed_checks(&self) -> usize {
        self.checks.iter().filter(|c| c.failure.is_some()).count()
    }

    /// The worst exit status of its failures.
    pub(super) fn status(&self) -> u8 {
        self.failures().map(|e| e.kind.exit_status()).max().unwrap_or(0)
    }
}
