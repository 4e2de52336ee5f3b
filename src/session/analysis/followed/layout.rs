//! The candidates of one layout along the order of the formulas: which of them to try next, and what
//! trying some told.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};

/// How many candidates of a layout are tried at once.
const AT_ONCE: usize = 5;

/// Candidates of a layout whose requests are followed for the answer at most, but for longer answers.
const OF_LAYOUT: usize = 8;

/// How far beyond its bounds the nearest candidate of a layout may be for those around it to be tried, as a
/// share of the bounds.
const FAR: f64 = 3.0;

/// How far formulas may be off in what is best, as a share.
const OFF: f64 = 0.15;

/// Values of the columns that rows are counted per.
pub(super) type Group = Vec<Option<String>>;

/// The candidates of one layout, the best by the formulas first.
pub(super) struct Layout {
    /// The values of what rows are counted per: each has an answer of its own.
    pub(super) group: Group,
    /// Their rows among all that formulas rank.
    pub(super) rows: Vec<u32>,
    /// How far tried places are from the conditions, as a share of the bounds: 0 keeps them.
    misses: BTreeMap<usize, f64>,
}

impl Layout {
    pub(super) fn new(group: Group, rows: Vec<u32>) -> Self {
        Self { group, rows, misses: BTreeMap::new() }
    }

    /// The first place that keeps all conditions, as far as known.
    pub(super) fn kept(&self) -> Option<usize> {
        self.misses.iter().find(|(_, miss)| **miss == 0.0).map(|(place, _)| *place)
    }

    /// The tried place that is nearest to the conditions, and how far from them it is.
    fn nearest(&self) -> Option<(usize, f64)> {
        let tried = self.misses.iter().map(|(place, miss)| (*place, *miss));
        tried.min_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// The rows that were tried, with how far each is from the conditions.
    pub(super) fn tried(&self) -> impl Iterator<Item = (f64, u32)> {
        self.misses.iter().map(|(place, miss)| (*miss, self.rows[*place]))
    }

    /// Places to be tried next: over all of it first, then between what broke a condition and what kept
    /// all, or around what is nearest to them.
    pub(super) fn places(&self) -> Vec<usize> {
        let end = self.rows.len();
        match (self.kept(), self.nearest()) {
            (_, None) => spaced(0, end),
            (Some(kept), _) => spaced(self.before(kept), kept),
            (None, Some((_, miss))) if miss > FAR => Vec::new(),
            (None, Some((place, _))) => {
                let after = self.misses.range((Excluded(place), Unbounded)).next();
                let mut places = spaced(self.before(place), place);
                places.extend(spaced(place + 1, after.map_or(end, |(place, _)| *place)));
                places
            }
        }
    }

    /// The first place behind what was tried before a place.
    fn before(&self, place: usize) -> usize {
        self.misses.range(..place).next_back().map_or(0, |(place, _)| place + 1)
    }

    /// Takes in how far some places are from the conditions.
    pub(super) fn learn(&mut self, places: &[usize], misses: &BTreeMap<u32, f64>) {
        let found = places.iter().filter_map(|p| Some((*p, *misses.get(&self.rows[*p])?)));
        self.misses.extend(found);
    }

    /// Whether the best candidate that may still keep the conditions is not behind the bar of its group.
    pub(super) fn may_be_best(&self, keys: &[f64], bars: &BTreeMap<Group, f64>) -> bool {
        let best = match (self.kept(), self.nearest()) {
            (_, None) => 0,
            (Some(kept), _) => self.before(kept),
            (None, Some((place, _))) => self.before(place),
        };
        let key = self.rows.get(best).and_then(|row| keys.get(*row as usize));
        let bar = bars.get(&self.group).copied().unwrap_or(f64::INFINITY);
        key.is_none_or(|key| key - OFF * key.abs() <= bar)
    }

    /// The rows around the first place that keeps all conditions, for an answer of so many.
    pub(super) fn around(&self, top: usize) -> Vec<u32> {
        let Some(kept) = self.kept() else { return Vec::new() };
        let from = self.before(kept).max(kept.saturating_sub(OF_LAYOUT / 2));
        let to = kept.saturating_add(top.max(OF_LAYOUT / 2)).min(self.rows.len());
        self.rows[from..to].to_vec()
    }
}

/// What a layout must not be behind, by group: the key of the last that an answer has room for, of those
/// known to keep all conditions. Groups without so many have none.
pub(super) fn bars(top: usize, keys: &[f64], layouts: &[Layout]) -> BTreeMap<Group, f64> {
    let mut kept: BTreeMap<Group, Vec<f64>> = BTreeMap::new();
    for layout in layouts {
        let row = layout.kept().and_then(|place| layout.rows.get(place));
        if let Some(key) = row.and_then(|row| keys.get(*row as usize)) {
            kept.entry(layout.group.clone()).or_default().push(*key);
        }
    }
    let last = |mut keys: Vec<f64>| {
        keys.sort_by(f64::total_cmp);
        keys.get(top.saturating_sub(1)).map(|key| key + OFF * key.abs())
    };
    kept.into_iter().filter_map(|(group, keys)| Some((group, last(keys)?))).collect()
}

/// Some places from one to before another, evenly apart, with the first and the last.
fn spaced(from: usize, to: usize) -> Vec<usize> {
    let Some(last) = to.checked_sub(from + 1) else { return Vec::new() };
    let mut places: Vec<usize> = (0..=AT_ONCE).map(|i| from + last * i / AT_ONCE).collect();
    places.dedup();
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tries a layout until nothing is left to try, of which each place misses by so much.
    fn searched(count: usize, miss: impl Fn(usize) -> f64) -> (Layout, usize) {
        let mut layout = Layout::new(Vec::new(), (0..count as u32).collect());
        loop {
            let places = layout.places();
            if places.is_empty() {
                let tried = layout.misses.len();
                return (layout, tried);
            }
            let misses = places.iter().map(|p| (*p as u32, miss(*p))).collect();
            layout.learn(&places, &misses);
        }
    }

    #[test]
    fn the_first_that_keeps_is_found_without_trying_all() {
        for first in [0, 1, 7, 250, 398, 399] {
            let (layout, tried) = searched(400, |p| (first as f64 - p as f64).max(0.0) / 400.0);
            assert_eq!(layout.kept(), Some(first));
            assert!(tried < 30, "{tried} tried");
        }
    }

    #[test]
    fn a_narrow_window_is_found_by_how_far_its_neighbors_are() {
        let (layout, tried) = searched(400, |p| match p.abs_diff(333) {
            0..=2 => 0.0,
            far => far as f64 / 200.0,
        });
        assert!(layout.kept().is_some_and(|place| (331..=335).contains(&place)));
        assert!(tried < 60, "{tried} tried");
    }

    #[test]
    fn what_is_far_from_its_bounds_is_given_up() {
        let (layout, tried) = searched(400, |_| 2.0 * FAR);
        assert_eq!((layout.kept(), tried), (None, AT_ONCE + 1));
        assert!(layout.around(10).is_empty());
    }
}
