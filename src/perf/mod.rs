//! What one operation costs: measured tables, the rooflines that bound them, and the estimates between
//! measurements. Knows nothing of plans, queries or files. Entry: [`Pricer`], bound to an [`OpSpec`].
//!
//! Each folder uses those above it only.
//!
//! | folder | what it holds |
//! |---|---|
//! | `machine` | peaks of a system, precisions, the bound of any work |
//! | `tables` | which tables there are; their rows as slices of grids |
//! | `op` | what an operation is, and what an answer looks like |
//! | `ops` | the formulas, and the operations that `models/measurements` makes of them |
//! | `price` | lookup, estimate, transfer, what-if |
//! | `holdout` | how well estimates do: points left out and predicted |
//! | `sanity` | measured rows that look wrong |

mod holdout;
mod machine;
mod op;
mod ops;
mod price;
mod sanity;
mod tables;
#[cfg(test)]
mod testing;

pub use holdout::{HoldoutRow, holdout};
pub use machine::{Hardware, QuantMode, QuantModes, Roofline};
pub use op::{Failure, Miss, Misses, Neighbour, OpSpec, Origin, Price, Trace};
pub use ops::{OPS, op};
pub use price::{Context, DataMode, Evidence, Pricer, Repairs, Rules, Transfers, WhatIf};
pub use sanity::{Finding, findings};
pub(crate) use tables::absent;
pub use tables::{
    Column, ColumnSpec, ColumnType, OpTable, RawTable, RepairReason, Repaired, Replaced, Source,
    Sources, TABLES, TableSpec, Used, table,
};
