//! Measurements in memory: what each table has ([`TABLES`]), and its rows as slices of ragged grids.
//! Entry: [`OpTable::build`], and [`Sources`], which gives tables.

mod grid;
mod raw;
mod repaired;
mod shipped;
mod slice;
mod source;
mod spec;
mod table;

pub(crate) use grid::{Grid, MAX_AXES};
pub use raw::{Column, RawTable};
pub use repaired::{RepairReason, Repaired, Replaced};
pub(crate) use shipped::absent;
pub use shipped::{TABLES, table};
pub(crate) use slice::{FEW, Slice};
pub use source::{Source, Sources, Used};
pub(crate) use spec::{Axis, Beyond, Blend};
pub use spec::{ColumnSpec, ColumnType, TableSpec};
pub use table::OpTable;
