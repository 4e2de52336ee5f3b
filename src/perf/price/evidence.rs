//! What a price may rest on.

use std::fmt;

use super::mode::DataMode;

/// Which measurements count, and how far from one a price may be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Evidence {
    /// How far from a measurement.
    pub mode: DataMode,
    /// Which repairs of measured rows are made.
    pub repairs: Repairs,
}

/// Which repairs of measured rows are made; a setting of the user.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Repairs {
    /// Those of all rules.
    #[default]
    All,
    /// None: tables are as they were measured.
    None,
    /// Those of one rule of `repairs.yaml`.
    Of(String),
}

impl Repairs {
    /// The repairs of that name, of which `rules` are those of a rule.
    pub fn named(name: &str, rules: &[String]) -> Option<Self> {
        match name {
            "all" => Some(Self::All),
            "none" => Some(Self::None),
            _ => rules.iter().any(|rule| rule == name).then(|| Self::Of(name.to_owned())),
        }
    }

    /// The word users see and type.
    pub fn name(&self) -> &str {
        match self {
            Self::All => "all",
            Self::None => "none",
            Self::Of(rule) => rule,
        }
    }

    /// Whether the repairs of a rule are made.
    pub fn has(&self, rule: &str) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Of(own) => own == rule,
        }
    }
}

impl From<DataMode> for Evidence {
    fn from(mode: DataMode) -> Self {
        Self { mode, ..Self::default() }
    }
}

/// What is not as usual: ` data = hybrid repairs = none`.
impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.mode != DataMode::default() {
            write!(f, " data = {}", self.mode)?;
        }
        if self.repairs != Repairs::default() {
            write!(f, " repairs = {}", self.repairs.name())?;
        }
        Ok(())
    }
}
