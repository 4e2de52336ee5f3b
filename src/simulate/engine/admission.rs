//! Which prompt tokens go into the next step.

use super::super::policy::Cache;
use super::state::Engine;

impl Engine<'_> {
    /// Sees the requests that have come, if this is a moment at which the engine looks.
    pub(super) fn look(&mut self) {
        let is_idle = self.batch.len() == 0 && self.waiting.is_empty();
        if self.since_look == 0 || is_idle {
            self.since_look = 0;
            self.see_by(self.now);
        }
    }

    /// Sees the requests that have come by then.
    pub(super) fn see_by(&mut self, time: f64) {
        while let Some(sent) = self.sends.pop(time) {
            let request = &mut self.requests[self.seen];
            request.sent = sent;
            self.waiting_tokens += request.left;
            self.waiting.push_back(self.seen);
            self.seen += 1;
        }
    }

    /// Makes up the prompt tokens of the next step, first come first served.
    pub(super) fn admit(&mut self) {
        let mut room = self.policy.max_step_tokens;
        if self.policy.mixed {
            room = room.saturating_sub(self.batch.len());
        }
        self.is_held_back = self.holds_back(room);
        if self.is_held_back {
            return;
        }
        while let Some(&request) = self.waiting.front() {
            let Some(tokens) = self.can_take(request, room) else { break };
            self.take(request, tokens);
            room = room.saturating_sub(tokens);
            if self.requests[request].left > 0 {
                break;
            }
            self.waiting.pop_front();
            self.finishing.push(request);
        }
        if self.step_tokens > 0 {
            self.held_back = 0;
        }
    }

    /// Whether prompts that could start wait for more of them, for sequences not to be held up.
    fn holds_back(&self, room: u64) -> bool {
        if self.batch.len() == 0 || self.held_back >= self.policy.batch_wait_iters {
            return false;
        }
        let Some(&request) = self.waiting.front() else { return false };
        !self.requests[request].is_admitted
            && (self.waiting_tokens as f64) < self.policy.batch_wait_ratio * room as f64
            && self.can_take(request, room).is_some()
    }

    /// Tokens of a prompt that the step has room for; none if it cannot go on or start.
    fn can_take(&self, request: usize, room: u64) -> Option<u64> {
        let sequences = self.batch.len() + self.finishing.len() as u64;
        if room == 0 || sequences >= self.policy.max_sequences {
            return None;
        }
        let left = self.requests[request].left;
        let is_too_long = left > self.policy.max_step_tokens && self.step_tokens == 0;
        if !self.policy.chunked && left > room && !is_too_long {
            return None;
        }
        let has_place =
            self.requests[request].is_admitted || self.admitted == 0 || self.fits(request);
        has_place.then_some(if self.policy.chunked { left.min(room) } else { left })
    }

    /// Whether the cache has room for one more request.
    fn fits(&self, request: usize) -> bool {
        let lengths = &self.requests[request].lengths;
        let needed = match self.policy.cache {
            // Its first token and the next of every sequence.
            Cache::Grow => {
                (self.held + self.batch.len() + self.requests[request].tokens() + 1) as f64
            }
            cache => self.reserved + cache.reserves(lengths.prompt, lengths.output),
        };
        needed <= self.policy.capacity
    }

    /// Takes some tokens of a prompt into the step.
    fn take(&mut self, request: usize, tokens: u64) {
        if !self.requests[request].is_admitted {
            self.give_place(request);
        }
        let progress = &mut self.requests[request];
        progress.started.get_or_insert(self.now);
        self.step_chunks += self.prices.chunk(progress.past as f64, tokens as f64);
        self.step_tokens += tokens;
        self.waiting_tokens -= tokens;
        progress.past += tokens;
        progress.left -= tokens;
    }

    /// Gives a request its place in the cache, for its first token too.
    fn give_place(&mut self, request: usize) {
        self.over_capacity |= !self.fits(request);
        let progress = &mut self.requests[request];
        progress.is_admitted = true;
        self.admitted += 1;
        self.held += progress.tokens() + 1;
        let lengths = &progress.lengths;
        self.reserved += self.policy.cache.reserves(lengths.prompt, lengths.output);
    }
}
