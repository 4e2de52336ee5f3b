//! Why there is no simulation.

use std::fmt;

/// Why a simulation could not be run or finished.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// A table of prices has no points, points that do not ascend, or values that are no numbers.
    Table(&'static str),
    /// A setting of which nothing can be simulated.
    Setting(&'static str),
    /// A step whose price is negative or no number.
    Price {
        /// The price, milliseconds.
        ms: f64,
        /// When the step would begin, milliseconds.
        at: f64,
    },
    /// More events than any run of these requests can have, or nothing left that could happen.
    Stuck {
        /// Events so far.
        events: u64,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table(what) => write!(f, "a table of step prices cannot be used: {what}"),
            Self::Setting(what) => write!(f, "cannot simulate: {what}"),
            Self::Price { ms, at } => write!(f, "a step at {at} ms would take {ms} ms"),
            Self::Stuck { events } => write!(f, "no end in sight after {events} events"),
        }
    }
}

impl std::error::Error for Fault {}
