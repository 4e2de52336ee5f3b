//! How a price comes about.

use crate::perf::tables::Slice;

/// How a price came about.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trace {
    /// The data release that answered, `None` for a formula or a miss.
    pub source: Option<String>,
    /// The kernel that was measured, where the table tells.
    pub kernel: Option<String>,
    /// What was transferred, where something was: `head_dim=128`.
    pub transferred: Vec<String>,
    /// The measured rows that entered, nearest axis by axis.
    pub rows: Vec<Neighbour>,
    /// What binds at peak rate: `compute`, `memory` or `link`.
    pub bound: &'static str,
    /// The physical bound, ms.
    pub roofline: f64,
    /// The least latency measured under the same keys, ms: what even the smallest size takes.
    pub floor: f64,
}

/// A measured row.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbour {
    /// The table that has it.
    pub table: &'static str,
    /// The data release that has it: backend and version.
    pub release: String,
    /// Keys of the table with the row's values.
    pub keys: Vec<(&'static str, String)>,
    /// Axes of the table with the row's coordinates.
    pub coordinates: Vec<(&'static str, i32)>,
    /// Milliseconds.
    pub latency: f64,
    /// How far it is from what was asked for: the natural logarithms of the ratios, axis by axis,
    /// added up; 0 for that very size.
    pub distance: f64,
    /// What else differs, where it stands in for others: `quant=bfloat16`.
    pub differs: Option<String>,
}

/// What a lookup leaves behind when it is traced, and nothing otherwise; and how far it reaches.
#[derive(Default)]
pub(crate) struct Probe {
    pub(crate) trace: Option<Trace>,
    pub(crate) reach: Reach,
}

/// How far a lookup reaches.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Reach {
    /// To the slice of the exact keys.
    #[default]
    Exact,
    /// To the nearest slice that may stand in.
    Transfer,
}

impl Trace {
    /// Adds points of a slice that entered an estimate for the coordinates `wanted`.
    pub(crate) fn record(&mut self, slice: &Slice, points: &[usize], wanted: &[f64]) {
        let table = &slice.source.table;
        self.source.get_or_insert_with(|| slice.source.label.clone());
        if self.kernel.is_none() {
            let noted = || points.first().and_then(|&point| table.noted_kernel(point));
            self.kernel = slice.kernel.clone().or_else(|| noted().map(str::to_owned));
        }
        if self.rows.is_empty() {
            self.floor = slice.fastest;
        }
        let keys = table.keys_of(&slice.roots);
        for &point in points {
            let at = table.grid.locate(point);
            let apart = at.iter().zip(wanted);
            let distance =
                apart.map(|(at, wanted)| ((wanted + 1.0) / (f64::from(*at) + 1.0)).ln().abs());
            let distance = distance.sum();
            let coordinates = table.spec.axes.iter().map(|axis| axis.name).zip(at).collect();
            let row = Neighbour {
                table: table.spec.name,
                release: slice.source.label.clone(),
                keys: keys.clone(),
                coordinates,
                latency: table.grid.latency(point),
                distance,
                differs: None,
            };
            if !self.rows.contains(&row) {
                self.rows.push(row);
            }
        }
    }
}
