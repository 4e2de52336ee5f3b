//! The steps themselves.

use super::super::fault::Fault;
use super::super::policy::Cache;
use super::super::run::Run;
use super::state::{Engine, Joined};

impl Engine<'_> {
    /// A step with the prompt tokens that were made up for it.
    pub(super) fn context_step(&mut self) -> Result<(), Fault> {
        let decoding = if self.policy.mixed { self.batch.len() } else { 0 };
        let tokens = self.step_tokens as f64;
        let held = self.batch.mean_tokens();
        let ms = self.prices.context_step(tokens, self.step_chunks, decoding as f64, held);
        self.step_tokens = 0;
        self.step_chunks = 0.0;
        self.since_look = 0;
        self.take_steps(&Run::single(ms), 1, decoding)?;
        self.join_finished();
        self.finish_step();
        Ok(())
    }

    /// As many decode steps as are alike.
    pub(super) fn decode_steps(&mut self) -> Result<(), Fault> {
        let decoding = self.batch.len();
        let run = self.prices.decode_run(decoding as f64, self.batch.mean_tokens());
        let steps = self.steps_alike(&run);
        let start = self.now;
        self.take_steps(&run, steps, decoding)?;
        if self.is_held_back {
            self.held_back += steps;
        }
        let looked = self.since_look + steps >= self.policy.recv_interval;
        self.since_look = (self.since_look + steps) % self.policy.recv_interval;
        if looked && self.since_look > 0 {
            // It has looked before the last of these steps, and not since.
            self.see_by(start + run.elapsed(steps - self.since_look));
        }
        self.finish_step();
        Ok(())
    }

    /// Steps until something may change.
    fn steps_alike(&self, run: &Run) -> u64 {
        if self.is_stepwise || self.has_preempted {
            return 1;
        }
        let mut steps = run.steps.min(self.steps_to_full());
        steps = steps.min(self.batch.next_end().unwrap_or(1));
        if self.is_held_back {
            // What could start may not fit any more when the cache has grown.
            let grows = self.policy.cache == Cache::Grow && self.policy.capacity.is_finite();
            let most = if grows { 1 } else { self.policy.batch_wait_iters - self.held_back };
            steps = steps.min(most);
        }
        // What waits and cannot start does not see who comes after it.
        if self.waiting.is_empty() || self.is_held_back {
            steps = steps.min(self.steps_to_seen(run, steps));
        }
        steps.max(1)
    }

    /// Steps until the engine sees the next request.
    fn steps_to_seen(&self, run: &Run, most: u64) -> u64 {
        let Some(next) = self.sends.peek() else { return most };
        let sent = run.steps_to(next, self.now, most).max(1);
        let interval = self.policy.recv_interval;
        (self.since_look + sent).next_multiple_of(interval) - self.since_look
    }

    /// Lets time go on by some steps, in which so many sequences make a token each.
    fn take_steps(&mut self, run: &Run, steps: u64, decoding: u64) -> Result<(), Fault> {
        let ms = run.elapsed(steps);
        if !(run.is_sound() && ms.is_finite() && ms >= 0.0) {
            return Err(Fault::Price { ms, at: self.now });
        }
        let start = self.now;
        self.now += ms;
        self.busy_ms += ms;
        if decoding > 0 {
            self.count_gaps(run, steps, start);
            self.batch.advance(steps);
            self.held += steps * decoding;
            self.decode_ms += ms;
            self.sequence_ms += ms * decoding as f64;
        }
        Ok(())
    }

    /// Counts the gaps that end with these steps. The first is longer for sequences that stood
    /// still before.
    fn count_gaps(&mut self, run: &Run, steps: u64, start: f64) {
        if self.joined.is_empty() && self.last_tokens >= start {
            self.gaps.add_run(run, steps, self.counted);
        } else {
            let fresh: u64 = self.joined.iter().map(|joined| joined.sequences).sum();
            self.gaps.add(start + run.first - self.last_tokens, self.counted - fresh);
            for joined in self.joined.drain(..) {
                self.gaps.add(start + run.first - joined.at, joined.sequences);
            }
            let rest = Run { first: run.first + run.growth, ..*run };
            self.gaps.add_run(&rest, steps - 1, self.counted);
        }
        self.last_tokens = self.now;
    }

    /// Lets the prompts that are computed join the batch, each with a token.
    fn join_finished(&mut self) {
        let mut sequences = 0;
        for &request in &self.finishing {
            let counted = u64::from(request >= self.warmup);
            let progress = &mut self.requests[request];
            if progress.made > 0 {
                self.gaps.add(self.now - progress.paused, counted);
            }
            progress.first.get_or_insert(self.now);
            progress.made += 1;
            progress.joined = self.batch.steps;
            let left = progress.lengths.output - progress.made;
            let tokens = progress.tokens();
            self.batch.join(request, tokens, left);
            self.counted += counted;
            if left > 0 {
                sequences += counted;
            }
        }
        self.finishing.clear();
        if sequences > 0 {
            self.joined.push(Joined { at: self.now, sequences });
        }
    }

    fn finish_step(&mut self) {
        self.cache_peak = self.cache_peak.max(self.held);
        if self.admitted == 1 && self.held as f64 > self.policy.capacity {
            self.over_capacity = true;
        }
        self.end_sequences();
    }
}
