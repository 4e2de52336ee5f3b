//! Where a number comes from.

use std::fmt;

/// How far a latency is from a measurement, best first. Sums carry the worst of their parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Origin {
    /// The table holds exactly this point.
    Measured = 0,
    /// Between measured points of the same slice.
    Interpolated = 1,
    /// From a measured point that stands for something else than the kernel and was replaced.
    Repaired = 2,
    /// From another shape, precision or kernel, scaled by roofline efficiency.
    Transferred = 3,
    /// Beyond the measured range of the slice.
    Extrapolated = 4,
    /// No measurement: the physical bound.
    Roofline = 5,
}

impl Origin {
    /// All classes, best first; the index of each is its numeric form in plans.
    pub const ALL: [Self; 6] = [
        Self::Measured,
        Self::Interpolated,
        Self::Repaired,
        Self::Transferred,
        Self::Extrapolated,
        Self::Roofline,
    ];

    /// The word users see and type.
    pub fn name(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Interpolated => "interpolated",
            Self::Repaired => "repaired",
            Self::Transferred => "transferred",
            Self::Extrapolated => "extrapolated",
            Self::Roofline => "roofline",
        }
    }

    /// The class of a numeric form, `None` outside `0..=5`.
    pub fn from_index(index: u8) -> Option<Self> {
        Self::ALL.get(usize::from(index)).copied()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
