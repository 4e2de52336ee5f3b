//! The simulation of servers that compute prompts and ranks that decode, of one queue. Entry:
//! [`simulate_pools`].

mod decode;
mod layout;
mod prefill;
mod state;

use super::fault::Fault;
use super::outcome::Outcome;
use super::workload::Workload;
use state::State;

pub use layout::{DecodeRanks, Pools, PrefillServers, Transfer};

/// Simulates a workload on servers that compute prompts and ranks that decode.
pub fn simulate_pools(pools: &Pools<'_>, workload: &Workload) -> Result<Outcome, Fault> {
    run(pools, workload, false)
}

/// The same with every decode step taken by itself: what [`simulate_pools`] is tested against.
#[cfg(test)]
pub(super) fn simulate_pools_each_step(
    pools: &Pools<'_>,
    workload: &Workload,
) -> Result<Outcome, Fault> {
    run(pools, workload, true)
}

fn run(pools: &Pools<'_>, workload: &Workload, is_stepwise: bool) -> Result<Outcome, Fault> {
    pools.check()?;
    workload.check()?;
    let mut state = State::new(pools, workload, is_stepwise);
    while state.ended < state.requests.len() {
        state.next_moment()?;
        state.finish_runs()?;
        state.finish_prompts();
        state.see_requests();
        state.start_prompts()?;
        state.hand_over();
    }
    Ok(state.outcome())
}
