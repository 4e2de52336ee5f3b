//! What a table of measurements has: columns that select a slice exactly, sizes that are interpolated
//! over, and how.

/// Type of a stored column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// Names: precisions, kernels, distributions.
    Text,
    /// Sizes and counts.
    Int,
}

/// A column of an op table.
#[derive(Debug, Clone, Copy)]
pub struct ColumnSpec {
    /// Name here.
    pub name: &'static str,
    /// Where published files have it: the name of a column, or how it follows from several.
    pub published: &'static str,
    /// Type.
    pub ty: ColumnType,
    /// One sentence that says what it is.
    pub meaning: &'static str,
}

/// A table of measured latencies of one operation.
///
/// Rows are stored sorted by `keys`, then `axes`, in this order, so that loading a table is a
/// reshape. Among rows that agree on all of both, the first measured comes first and wins.
#[derive(Debug)]
pub struct TableSpec {
    /// Name of the table and stem of its file.
    pub name: &'static str,
    /// Columns matched exactly.
    pub keys: &'static [ColumnSpec],
    /// Columns interpolated over, outer to inner.
    pub axes: &'static [ColumnSpec],
    /// How, for each of the axes.
    pub(crate) methods: &'static [Axis],
    /// Columns kept for tracing a row, used by no lookup.
    pub notes: &'static [ColumnSpec],
    /// Whether the communication library was measured, whatever backend runs on it.
    pub is_library: bool,
    /// One sentence that says what was measured.
    pub meaning: &'static str,
}

impl TableSpec {
    /// All columns but the latency, in stored order.
    pub fn columns(&self) -> impl Iterator<Item = &'static ColumnSpec> {
        self.keys.iter().chain(self.axes).chain(self.notes)
    }
}

/// The space in which latency is a straight line between two measured coordinates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blend {
    /// Latency against the coordinate: best for gemm and all of decode.
    Linear,
    /// Root of latency against the coordinate: exact for work that grows with its square, as
    /// attention over a prompt does.
    Sqrt,
    /// Logarithms of both: exact for powers of the coordinate.
    LogLog,
    /// Roofline over latency against the logarithm of the coordinate. For comparison only.
    Efficiency,
}

/// What happens outside the measured coordinates of an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beyond {
    /// Overhead plus scaled roofline through two points: the last and one at half its coordinate,
    /// or the first and the second.
    Affine,
    /// The last point's share of the roofline upwards, the first point's latency downwards. For
    /// axes whose last two points say little about what comes.
    Hold,
}

/// How one axis is estimated along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Axis {
    pub(crate) blend: Blend,
    /// Over the largest measured coordinate.
    pub(crate) above: Beyond,
    /// Under the least.
    pub(crate) below: Beyond,
}

impl Axis {
    /// Straight between points, affine in the roofline outside.
    pub(crate) const LINEAR: Self =
        Self { blend: Blend::Linear, above: Beyond::Affine, below: Beyond::Affine };

    /// The same with what the words say of it, such as `sqrt` or `log+hold_up`; `None` for a word that
    /// says nothing.
    pub(crate) fn of(words: &str) -> Option<Self> {
        let mut axis = Self::LINEAR;
        for word in words.split('+').filter(|word| !word.is_empty()) {
            match word {
                "sqrt" => axis.blend = Blend::Sqrt,
                "log" => axis.blend = Blend::LogLog,
                "hold" => (axis.above, axis.below) = (Beyond::Hold, Beyond::Hold),
                "hold_up" => axis.above = Beyond::Hold,
                "hold_down" => axis.below = Beyond::Hold,
                _ => return None,
            }
        }
        Some(axis)
    }
}
