//! How far from a measurement a price may be.

use std::fmt;

/// Which prices count; a setting of the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum DataMode {
    /// Measured points and what lies between them; everything else is a miss.
    Measured,
    /// Also beyond the ranges of the tables, and what an operation itself declares equal.
    #[default]
    Tables,
    /// Also what is transferred from another shape, precision or backend.
    Hybrid,
    /// The physical bound, whatever was measured.
    Roofline,
}

impl DataMode {
    /// All modes.
    pub const ALL: [Self; 4] = [Self::Measured, Self::Tables, Self::Hybrid, Self::Roofline];

    /// The word users see and type.
    pub fn name(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Tables => "tables",
            Self::Hybrid => "hybrid",
            Self::Roofline => "roofline",
        }
    }

    /// The mode of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }
}

impl fmt::Display for DataMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
