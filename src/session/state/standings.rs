//! What was found out about searches before.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::answer::Answer;

/// Sort keys of a candidate, smaller is better.
pub(in crate::session) type Keys = Vec<f64>;

/// What was found out about searches, by their words: the sort keys of all feasible candidates,
/// best first, and what each condition costs.
#[derive(Default)]
pub(in crate::session) struct Standings(
    pub(in crate::session) BTreeMap<String, Arc<Vec<Keys>>>,
    pub(in crate::session) BTreeMap<String, Answer>,
);

impl Standings {
    /// Forgets all: what they were ranked by has changed.
    pub(in crate::session) fn clear(&mut self) {
        self.0.clear();
        self.1.clear();
    }
}
