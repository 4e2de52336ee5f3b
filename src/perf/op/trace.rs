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
    /// Milliseconds, as they were measured.
    pub latency: f64,
    /// How far it is from what was asked for: the natural logarithms of the ratios, axis by axis,
    /// added up; 0 for that very size.
    pub distance: f64,
    /// What else differs, where it stands in for others: `quant=bfloat16`.
    pub differs: Option<String>,
    /// What is taken in place of the latency, and why: `0.011 ms: over 3 times trtllm 1.3.0rc20`.
    pub repaired: Option<String>,
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
    /// `bound` is the roofline of a point, where points faster than theirs are raised to it.
    pub(crate) fn record(
        &mut self,
        slice: &Slice,
        points: &[usize],
        wanted: &[f64],
        bound: impl Fn(&[i32]) -> Option<f64>,
    ) {
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
            let taken = table.grid.latency(point);
            let (latency, repaired) = match (table.repaired.get(point), bound(&at)) {
                (_, Some(bound)) if bound > taken => {
                    let measured =
                        table.repaired.get(point).map_or(taken, |(measured, _)| measured);
                    (measured, Some(format!("{bound:.4} ms: no kernel is faster")))
                }
                (Some((measured, why)), _) => {
                    (measured, Some(format!("{taken:.4} ms: {}", why.found)))
                }
                (None, _) => (taken, None),
            };
            let coordinates = table.spec.axes.iter().map(|axis| axis.name).zip(at).collect();
            let row = Neighbour {
                table: table.spec.name,
                release: slice.source.label.clone(),
                keys: keys.clone(),
                coordinates,
                latency,
                distance,
                differs: None,
                repaired,
            };
            if !self.rows.contains(&row) {
                self.rows.push(row);
            }
        }
    }
}
