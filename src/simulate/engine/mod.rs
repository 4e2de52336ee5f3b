//! The simulation of one attention rank that computes prompts and decodes. Entry: [`simulate`].
//!
//! Steps that differ only in a price that grows evenly are taken at once: there are two events a
//! request and one for each cut, whatever the length of outputs.

mod admission;
mod cache;
mod estimates;
mod state;
mod step;

use super::fault::Fault;
use super::outcome::Outcome;
use super::policy::Policy;
use super::prices::StepPrices;
use super::workload::Workload;
use state::Engine;

/// Simulates a workload on one attention rank.
pub fn simulate(
    prices: &StepPrices,
    policy: &Policy,
    workload: &Workload,
) -> Result<Outcome, Fault> {
    let mut engine = Engine::new(prices, policy, workload)?;
    engine.run()?;
    Ok(engine.outcome())
}

/// The same with every step taken by itself: slow, and what [`simulate`] is tested against.
#[cfg(test)]
pub(super) fn simulate_each_step(
    prices: &StepPrices,
    policy: &Policy,
    workload: &Workload,
) -> Result<Outcome, Fault> {
    let mut engine = Engine::new(prices, policy, workload)?;
    engine.is_stepwise = true;
    engine.run()?;
    assert_eq!((engine.held, engine.admitted, engine.waiting_tokens), (0, 0, 0));
    assert_eq!((engine.batch.len(), engine.batch.tokens, engine.counted), (0, 0, 0));
    Ok(engine.outcome())
}

impl Engine<'_> {
    fn run(&mut self) -> Result<(), Fault> {
        while self.ended < self.requests.len() {
            self.events += 1;
            if self.events > self.most_events {
                return Err(self.stuck());
            }
            self.look();
            // Mixed engines make room for the tokens of running sequences before anything starts.
            self.has_preempted = self.policy.mixed && self.make_room();
            if self.has_preempted {
                self.is_held_back = false;
            } else {
                self.admit();
            }
            if self.step_tokens > 0 {
                self.context_step()?;
            } else if self.batch.len() > 0 {
                if !self.policy.mixed {
                    self.has_preempted = self.make_room();
                }
                self.decode_steps()?;
            } else {
                self.idle()?;
            }
        }
        Ok(())
    }

    /// Lets time go on to the next request.
    fn idle(&mut self) -> Result<(), Fault> {
        let next = self.sends.peek().filter(|_| self.waiting.is_empty());
        let next = next.ok_or_else(|| self.stuck())?;
        self.now = self.now.max(next);
        self.since_look = 0;
        Ok(())
    }

    fn stuck(&self) -> Fault {
        Fault::Stuck { events: self.events }
    }
}
