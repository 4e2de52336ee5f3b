//! What lies beside the tables as YAML: facts of systems, slots of versions, and what may stand in for
//! what. Entry: [`List::load`], which refuses what a list cannot say, and [`System::load`].

mod check;
mod repairs;
mod reuse;
mod system;
mod transfers;
pub mod version;

pub(super) use check::List;
pub(super) use repairs::{Floor, LooksAt, RepairRule, parse as repairs};
pub(super) use reuse::{Donor, Kernels, Lanes, donors};
pub(super) use system::flatten;
pub use system::{Fact, System};
pub(super) use transfers::parse as transfers;
