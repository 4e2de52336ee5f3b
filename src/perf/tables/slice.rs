//! A slice of a table: measurements that differ in their axes only.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use super::source::Source;

/// A slice that answers, and where it is from.
#[derive(Debug)]
pub(crate) struct Slice {
    pub(crate) source: Source,
    pub(crate) roots: Range<usize>,
    /// The kernel, where it is a key.
    pub(crate) kernel: Option<String>,
    /// The least latency, ms.
    pub(crate) fastest: f64,
    /// Whether it answered since [`Self::take_mark`].
    used: AtomicBool,
}

impl Slice {
    /// A slice that answers for the first time.
    pub(crate) fn new(source: Source, roots: Range<usize>, kernel: Option<String>) -> Self {
        let grid = &source.table.grid;
        let points = grid.points(roots.clone());
        let fastest = points.map(|point| grid.latency(point)).fold(f64::INFINITY, f64::min);
        Self { source, roots, kernel, fastest, used: AtomicBool::new(true) }
    }

    /// Remembers that it answered. Looks before it writes: most lookups find it marked already.
    pub(crate) fn mark(&self) {
        if !self.used.load(Ordering::Relaxed) {
            self.used.store(true, Ordering::Relaxed);
        }
    }

    /// Whether it answered since the last call.
    pub(crate) fn take_mark(&self) -> bool {
        self.used.swap(false, Ordering::Relaxed)
    }
}
