//! Pricing an operation from measurements: which slice answers, the estimate in it, what may stand
//! in for it, and what if the machine were another. Entry: [`Pricer::bind`] on a [`Context`].

mod context;
mod evidence;
mod finder;
mod lookup;
mod memo;
mod mode;
mod nearest;
mod pricer;
mod query;
mod rated;
mod scheme;
mod transfer;
mod what_if;

pub use context::Context;
pub use evidence::{Evidence, Repairs};
pub use mode::DataMode;
pub use pricer::Pricer;
pub(crate) use rated::{Points, RatedOp};
pub use transfer::{Rules, Transfers};
pub use what_if::WhatIf;
