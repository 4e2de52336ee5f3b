//! Places in the cache that are lost and left.

use super::super::policy::Cache;
use super::state::Engine;

impl Engine<'_> {
    /// Steps for which the cache has room for a token of each sequence.
    pub(super) fn steps_to_full(&self) -> u64 {
        if self.policy.cache != Cache::Grow || self.admitted < 2 {
            return u64::MAX;
        }
        let room = (self.policy.capacity - self.held as f64).max(0.0);
        (room / self.batch.len().max(1) as f64).floor() as u64
    }

    /// Makes room for the next token of each sequence; says whether a request lost its place for it.
    /// One that is alone stays, whatever it holds.
    pub(super) fn make_room(&mut self) -> bool {
        let before = self.preemptions;
        while self.batch.len() > 0 && self.steps_to_full() == 0 {
            self.preempt();
        }
        self.preemptions > before
    }

    /// Sends back what started last: a prompt that is partly computed, else a sequence.
    fn preempt(&mut self) {
        let partly = self.waiting.front().filter(|request| self.requests[**request].is_admitted);
        if let Some(&request) = partly {
            let progress = &mut self.requests[request];
            self.held -= progress.tokens() + 1;
            self.waiting_tokens -= progress.left;
            progress.lose_place();
            self.waiting_tokens += progress.left;
        } else if let Some(request) = self.batch.last_joined() {
            self.leave_batch(request);
            self.waiting.push_front(request);
        }
        self.admitted -= 1;
        self.preemptions += 1;
    }

    /// Takes a sequence out of the batch before its end.
    fn leave_batch(&mut self, request: usize) {
        let counted = self.count_of(request);
        let progress = &mut self.requests[request];
        let is_fresh = progress.joined == self.batch.steps;
        progress.made += self.batch.steps - progress.joined;
        let tokens = progress.tokens();
        self.held -= tokens;
        self.batch.remove(request, tokens);
        self.counted -= counted;
        progress.paused = self.last_tokens;
        if is_fresh && let Some(joined) = self.joined.last_mut() {
            // What joined last is of the last group.
            progress.paused = joined.at;
            joined.sequences -= counted;
            if joined.sequences == 0 {
                self.joined.pop();
            }
        }
        progress.lose_place();
        self.waiting_tokens += progress.left;
    }

    /// Ends the sequences that have made all their tokens.
    pub(super) fn end_sequences(&mut self) {
        loop {
            let requests = &self.requests;
            let tokens = |request: usize| requests[request].lengths.whole();
            let Some(request) = self.batch.pop_ended(tokens) else { return };
            self.end(request);
        }
    }

    fn end(&mut self, request: usize) {
        self.counted -= self.count_of(request);
        let progress = &mut self.requests[request];
        progress.end = self.now;
        let lengths = &progress.lengths;
        self.held -= lengths.whole();
        self.admitted -= 1;
        self.reserved -= self.policy.cache.reserves(lengths.prompt, lengths.output);
        if self.admitted == 0 {
            self.reserved = 0.0;
        }
        self.ended += 1;
        self.sends.ended(self.now);
    }
}
