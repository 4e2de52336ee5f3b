//! Ragged grids: sorted coordinates level by level, in flat arrays.
//!
//! A node of level `l` holds one coordinate of axis `l`; its children are a range of level
//! `l + 1`. Nodes of the last level are the measured points. Branches need not hold the same
//! coordinates, since large shapes are often not measured.

use std::ops::Range;

/// Most axes of any table.
pub(crate) const MAX_AXES: usize = 4;

/// A forest over the axes of one table; a slice is a range of its roots.
#[derive(Debug)]
pub(crate) struct Grid {
    levels: Vec<Level>,
    /// Milliseconds, one for each node of the last level.
    latency: Vec<f32>,
}

#[derive(Debug, Default)]
struct Level {
    coordinates: Vec<i32>,
    /// First child of each node in the next level; the last child is the one before the next
    /// node's first.
    first: Vec<u32>,
}

impl Grid {
    pub(crate) fn new(axes: usize) -> Self {
        Self { levels: (0..axes).map(|_| Level::default()).collect(), latency: Vec::new() }
    }

    /// Adds a point after the last one. `from` is the outermost axis on which the two differ: the
    /// point opens a new node there and on every axis within.
    pub(crate) fn push(&mut self, from: usize, coordinate: impl Fn(usize) -> i32, latency: f32) {
        for level in from..self.levels.len() {
            let children = self.len(level + 1) as u32;
            self.levels[level].coordinates.push(coordinate(level));
            self.levels[level].first.push(children);
        }
        self.latency.push(latency);
    }

    /// Number of axes.
    pub(crate) fn axes(&self) -> usize {
        self.levels.len()
    }

    /// Number of nodes of a level; the level past the last counts the points.
    pub(crate) fn len(&self, level: usize) -> usize {
        self.levels.get(level).map_or(self.latency.len(), |l| l.coordinates.len())
    }

    /// Sorted coordinates of sibling nodes.
    pub(crate) fn coordinates(&self, level: usize, nodes: Range<usize>) -> &[i32] {
        &self.levels[level].coordinates[nodes]
    }

    /// The nodes of the next level under a node.
    pub(crate) fn children(&self, level: usize, node: usize) -> Range<usize> {
        let first = &self.levels[level].first;
        let end = first.get(node + 1).map_or(self.len(level + 1), |&next| next as usize);
        first[node] as usize..end
    }

    /// The points under a range of roots.
    pub(crate) fn points(&self, roots: Range<usize>) -> Range<usize> {
        (0..self.axes().saturating_sub(1)).fold(roots, |nodes, level| {
            if nodes.is_empty() {
                return 0..0;
            }
            self.children(level, nodes.start).start..self.children(level, nodes.end - 1).end
        })
    }

    /// Milliseconds of a point.
    pub(crate) fn latency(&self, point: usize) -> f64 {
        f64::from(self.latency[point])
    }

    /// The coordinates of a point, outer to inner.
    pub(crate) fn locate(&self, point: usize) -> Vec<i32> {
        let mut at = Vec::with_capacity(self.axes());
        let mut node = point;
        for level in self.levels.iter().rev() {
            if !at.is_empty() {
                node = level.first.partition_point(|&first| first as usize <= node) - 1;
            }
            at.push(level.coordinates[node]);
        }
        at.reverse();
        at
    }

    /// Calls `visit` with the coordinates and the milliseconds of each point under the roots.
    pub(crate) fn for_each(&self, roots: Range<usize>, mut visit: impl FnMut(&[i32], f32)) {
        self.walk(0, roots, &mut [0; MAX_AXES], &mut visit);
    }

    fn walk(
        &self,
        level: usize,
        nodes: Range<usize>,
        at: &mut [i32; MAX_AXES],
        visit: &mut impl FnMut(&[i32], f32),
    ) {
        for node in nodes {
            at[level] = self.levels[level].coordinates[node];
            if level + 1 == self.axes() {
                visit(&at[..=level], self.latency[node]);
            } else {
                self.walk(level + 1, self.children(level, node), at, visit);
            }
        }
    }
}
