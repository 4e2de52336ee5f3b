//! A slice of a table: measurements that differ in their axes only.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use super::source::Source;

/// Fewer measured points say nothing of how an operation grows.
pub(crate) const FEW: usize = 4;

/// A slice that answers, and where it is from.
#[derive(Debug)]
pub(crate) struct Slice {
    pub(crate) source: Source,
    pub(crate) roots: Range<usize>,
    /// The kernel, where it is a key.
    pub(crate) kernel: Option<String>,
    /// The least latency, ms.
    pub(crate) fastest: f64,
    /// Whether it has too few points to answer for others.
    pub(crate) is_thin: bool,
    /// A slice of a preferred release that has too few points to answer for others.
    pub(crate) before: Option<Box<Self>>,
    /// Whether it answered since [`Self::take_mark`].
    used: AtomicBool,
    /// Whether a replaced latency entered since [`Self::take_repaired`].
    repaired: AtomicBool,
}

impl Slice {
    /// A slice that answers for the first time.
    pub(crate) fn new(source: Source, roots: Range<usize>, kernel: Option<String>) -> Self {
        let grid = &source.table.grid;
        let points = grid.points(roots.clone());
        let is_thin = points.len() < FEW;
        let fastest = points.map(|point| grid.latency(point)).fold(f64::INFINITY, f64::min);
        let used = AtomicBool::new(true);
        let repaired = AtomicBool::default();
        Self { source, roots, kernel, fastest, is_thin, before: None, used, repaired }
    }

    /// Whether a point was measured.
    pub(crate) fn has(&self, point: &[f64]) -> bool {
        let grid = &self.source.table.grid;
        let mut nodes = self.roots.clone();
        for (level, x) in point.iter().enumerate().take(grid.axes()) {
            let coordinates = grid.coordinates(level, nodes.clone());
            let Some(at) = coordinates.iter().position(|&c| f64::from(c) == *x) else {
                return false;
            };
            let node = nodes.start + at;
            nodes =
                if level + 1 == grid.axes() { node..node + 1 } else { grid.children(level, node) };
        }
        true
    }

    /// Remembers that it answered. Looks before it writes: most lookups find it marked already.
    pub(crate) fn mark(&self) {
        if !self.used.load(Ordering::Relaxed) {
            self.used.store(true, Ordering::Relaxed);
        }
    }

    /// Remembers that a replaced latency entered.
    pub(crate) fn mark_repaired(&self) {
        if !self.repaired.load(Ordering::Relaxed) {
            self.repaired.store(true, Ordering::Relaxed);
        }
    }

    /// Whether a replaced latency entered since the last call.
    pub(crate) fn take_repaired(&self) -> bool {
        self.repaired.swap(false, Ordering::Relaxed)
    }

    /// Whether it answered since the last call.
    pub(crate) fn take_mark(&self) -> bool {
        self.used.swap(false, Ordering::Relaxed)
    }
}
