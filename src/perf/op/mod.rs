//! What an operation is: its arguments, its formula, which rows answer, and what an answer looks like.
//! Entry: [`OpSpec`]; the operations themselves are in [`ops`](super::ops).

mod estimate;
mod failure;
mod formula;
mod measurements;
mod miss;
mod origin;
mod rules;
mod selection;
mod spec;
mod trace;

pub(crate) use estimate::Estimate;
pub use failure::{Failure, Price};
pub(crate) use formula::{Formula, first_measured};
pub(crate) use measurements::Measurements;
pub(crate) use miss::Wanted;
pub use miss::{Miss, Misses};
pub use origin::Origin;
pub(crate) use rules::{PartRule, SelectionRule, When, Word};
pub(crate) use selection::{Kernels, Only, Selection};
pub use spec::OpSpec;
pub(crate) use spec::{MAX_NUMBERS, Part};
pub use trace::{Neighbour, Trace};
pub(crate) use trace::{Probe, Reach};
