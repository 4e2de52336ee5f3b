//! What one operation costs: measured tables, the rooflines that bound them, and the
//! interpolation between measurements. Knows nothing of plans, queries or files.
//!
//! | to change | look in |
//! |---|---|
//! | an operation's arguments, bound or special rule | `ops/` |
//! | how points are interpolated and extrapolated | `scheme` |
//! | which slice, kernel or donor answers | `finder` |
//! | what may be transferred from where | `transfer`, `finder/nearest` |
//! | what if the hardware or a kernel were another | `imagined` |
//! | how tables are held | `table`, `grid` |

mod finder;
mod grid;
pub mod hardware;
pub mod imagined;
pub mod miss;
pub mod mode;
mod model;
pub mod op;
mod ops;
pub mod origin;
pub mod pricer;
pub mod quant;
pub mod roofline;
mod scheme;
pub mod source;
pub mod spec;
pub mod study;
pub mod table;
#[cfg(test)]
mod testing;
pub mod transfer;

pub use hardware::Hardware;
pub use miss::Miss;
pub use mode::DataMode;
pub use op::{Context, Failure, OPS, OpSpec, Price, op};
pub use origin::Origin;
pub use pricer::{Neighbour, Pricer, Trace};
pub use quant::{QuantMode, QuantModes};
pub use source::{Source, Sources};
pub use study::{StudyRow, study};
pub use table::{Column, OpTable, RawTable};
