//! Requests, simulated on the prices of steps: what each waits for, and what it gets. Knows nothing of
//! models, tables or queries. Entries: [`simulate`] for a worker that computes prompts and decodes,
//! [`simulate_pools`] for workers that do one of them each.
//!
//! Times are milliseconds from the start of the run.

mod batch;
mod bracket;
mod draw;
mod engine;
mod fault;
mod gaps;
mod instant;
mod line;
mod outcome;
mod policy;
mod pools;
mod prices;
mod progress;
mod run;
mod sends;
mod sheet;
mod summary;
#[cfg(test)]
mod tests;
mod workload;

pub use engine::simulate;
pub use fault::Fault;
pub use gaps::Gaps;
pub use line::Line;
pub use outcome::{Outcome, Record};
pub use policy::{Cache, Policy};
pub use pools::{DecodeRanks, Pools, PrefillServers, Transfer, simulate_pools};
pub use prices::StepPrices;
pub use run::Run;
pub use sheet::{Piece, Sheet};
pub use summary::{Bounds, Front, Quantiles, Summary};
pub use workload::{Arrivals, Class, Start, Traced, Workload};
