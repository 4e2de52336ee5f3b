//! Rows whose measured latency stands for something else than the kernel, and what is taken instead.

/// A latency that was replaced.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Replaced {
    /// What was measured, ms.
    pub measured: f32,
    /// Index into [`Repaired::reasons`].
    pub reason: u32,
}

/// Why latencies were replaced.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RepairReason {
    /// The rule of `repairs.yaml`.
    pub rule: String,
    /// What it found, in words.
    pub found: String,
}

/// The rows of a table, or the points of a grid, that were replaced.
#[derive(Debug, Clone, Default)]
pub struct Repaired {
    /// Ascending.
    rows: Vec<(usize, Replaced)>,
    /// Why latencies were replaced.
    pub reasons: Vec<RepairReason>,
    /// A bit for each row, none where no row was replaced: lookups ask for every point.
    bits: Vec<u64>,
}

impl Repaired {
    /// None yet, for these reasons.
    pub fn because(reasons: Vec<RepairReason>) -> Self {
        Self { reasons, ..Self::default() }
    }

    /// Adds a row behind those there are.
    pub fn insert(&mut self, row: usize, replaced: Replaced) {
        if self.bits.len() <= row / 64 {
            self.bits.resize(row / 64 + 1, 0);
        }
        self.bits[row / 64] |= 1 << (row % 64);
        self.rows.push((row, replaced));
    }

    /// Whether a row was replaced.
    pub(crate) fn has(&self, row: usize) -> bool {
        self.bits.get(row / 64).is_some_and(|bits| bits >> (row % 64) & 1 == 1)
    }

    fn replaced(&self, row: usize) -> Option<Replaced> {
        let at = self.rows.binary_search_by_key(&row, |(row, _)| *row).ok()?;
        self.rows.get(at).map(|(_, replaced)| *replaced)
    }

    /// What was measured at a row, ms, and why that was replaced.
    pub(crate) fn get(&self, row: usize) -> Option<(f64, &RepairReason)> {
        let found = self.replaced(row)?;
        Some((f64::from(found.measured), self.reasons.get(found.reason as usize)?))
    }

    /// The same of the rows that are kept, under their new numbers.
    pub(crate) fn kept(&self, keep: &[bool]) -> Self {
        let mut kept = Self::because(self.reasons.clone());
        let rows = keep.iter().enumerate().filter(|(_, keep)| **keep).map(|(row, _)| row);
        rows.enumerate().for_each(|(new, old)| kept.take(self, old, new));
        kept
    }

    /// Adds what `other` has of a row, for the row `to`.
    pub(crate) fn take(&mut self, other: &Self, row: usize, to: usize) {
        if other.has(row)
            && let Some(replaced) = other.replaced(row)
        {
            self.insert(to, replaced);
        }
    }
}
