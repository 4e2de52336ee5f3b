//! Ranks that decode.

use std::cmp::Reverse;

use super::super::batch::Batch;
use super::super::fault::Fault;
use super::super::instant::is_by;
use super::super::policy::Cache;
use super::super::run::Run;
use super::state::State;

/// A rank that decodes.
#[derive(Debug)]
pub(super) struct Rank {
    batch: Batch,
    /// Sequences of it that are counted.
    counted: u64,
    /// Tokens set aside for its sequences.
    reserved: f64,
    /// What joins at the end of the steps that it takes.
    joining: Vec<usize>,
    /// The steps that it takes: from when, which, and how many of them.
    start: f64,
    run: Run,
    steps: u64,
    /// When they end, milliseconds; infinite when it is idle.
    pub(super) until: f64,
}

impl Rank {
    /// Without sequences, and with place for so many.
    pub(super) fn new(places: usize) -> Self {
        Self {
            batch: Batch::new(places),
            counted: 0,
            reserved: 0.0,
            joining: Vec::with_capacity(places),
            start: 0.0,
            run: Run::single(0.0),
            steps: 0,
            until: f64::INFINITY,
        }
    }

    /// Sequences that it has or will have.
    fn sequences(&self) -> u64 {
        self.batch.len() + self.joining.len() as u64
    }

    /// Lets a sequence join at the next end of a step.
    fn join(&mut self, request: usize, reserves: f64, now: f64) {
        self.reserved += reserves;
        self.joining.push(request);
        if self.until.is_finite() {
            self.steps = self.run.steps_to(now, self.start, self.steps);
            self.until = self.start + self.run.elapsed(self.steps);
        } else {
            self.start = now;
            self.steps = 0;
            self.until = now;
        }
    }
}

impl State<'_> {
    /// Goes on with the ranks whose steps have ended.
    pub(super) fn finish_runs(&mut self) -> Result<(), Fault> {
        for rank in 0..self.ranks.len() {
            if is_by(self.ranks[rank].until, self.now) {
                self.finish_steps(rank);
                self.join_sequences(rank);
                self.end_sequences(rank);
                self.start_steps(rank)?;
            }
        }
        Ok(())
    }

    fn finish_steps(&mut self, rank: usize) {
        let rank = &mut self.ranks[rank];
        if rank.steps == 0 {
            return;
        }
        self.gaps.add_run(&rank.run, rank.steps, rank.counted);
        let ms = rank.run.elapsed(rank.steps);
        self.decode_ms += ms;
        self.sequence_ms += ms * rank.batch.len() as f64;
        rank.batch.advance(rank.steps);
    }

    fn join_sequences(&mut self, rank: usize) {
        let rank = &mut self.ranks[rank];
        for request in rank.joining.drain(..) {
            let progress = &mut self.requests[request];
            progress.first = Some(self.now);
            progress.made = 1;
            rank.batch.join(request, progress.tokens(), progress.lengths.output - 1);
            rank.counted += u64::from(request >= self.warmup);
        }
        self.cache_peak = self.cache_peak.max(rank.batch.tokens);
    }

    fn end_sequences(&mut self, rank: usize) {
        let rank = &mut self.ranks[rank];
        loop {
            let requests = &self.requests;
            let tokens = |request: usize| requests[request].lengths.whole();
            let Some(request) = rank.batch.pop_ended(tokens) else { break };
            let progress = &mut self.requests[request];
            progress.end = self.now;
            let lengths = &progress.lengths;
            rank.reserved -= reserves(self.pools.decode.cache, lengths.prompt, lengths.output);
            rank.counted -= u64::from(request >= self.warmup);
            self.ended += 1;
            self.sends.ended(self.now);
        }
        if rank.sequences() == 0 {
            rank.reserved = 0.0;
        }
    }

    /// Starts as many steps as are alike if nobody joins.
    fn start_steps(&mut self, rank: usize) -> Result<(), Fault> {
        let rank = &mut self.ranks[rank];
        let Some(next_end) = rank.batch.next_end() else {
            rank.until = f64::INFINITY;
            return Ok(());
        };
        let prices = self.pools.decode.prices;
        rank.run = prices.decode_run(rank.batch.len() as f64, rank.batch.mean_tokens());
        let most = if self.is_stepwise { 1 } else { rank.run.steps };
        rank.steps = next_end.min(most);
        rank.start = self.now;
        let ms = rank.run.elapsed(rank.steps);
        rank.until = self.now + ms;
        if rank.run.is_sound() && ms.is_finite() && ms >= 0.0 {
            return Ok(());
        }
        Err(Fault::Price { ms, at: self.now })
    }

    /// Hands prompts that have arrived to the ranks with the fewest sequences, in order.
    pub(super) fn hand_over(&mut self) {
        while let Some(Reverse((bits, request))) = self.under_way.peek().copied() {
            if !is_by(f64::from_bits(bits), self.now) {
                break;
            }
            self.under_way.pop();
            self.arrived.push_back(request);
        }
        while let Some(&request) = self.arrived.front() {
            let lengths = &self.requests[request].lengths;
            let reserves = reserves(self.pools.decode.cache, lengths.prompt, lengths.output);
            let Some(rank) = self.rank_for(reserves) else { return };
            let rank = &mut self.ranks[rank];
            rank.join(request, reserves, self.now);
            self.over_capacity |= rank.reserved > self.pools.decode.capacity;
            self.arrived.pop_front();
        }
    }

    /// The rank with the fewest sequences of those that have room. One without any has.
    fn rank_for(&self, reserves: f64) -> Option<usize> {
        let has_room = |rank: &Rank| {
            let fits = rank.reserved + reserves <= self.pools.decode.capacity;
            rank.sequences() < self.pools.decode.max_sequences && (fits || rank.sequences() == 0)
        };
        let ranks = self.ranks.iter().enumerate().filter(|(_, rank)| has_room(rank));
        ranks.min_by_key(|(_, rank)| rank.sequences()).map(|(number, _)| number)
    }
}

fn reserves(cache: Cache, prompt: u64, output: u64) -> f64 {
    let cache = if cache == Cache::Grow { Cache::Reserve } else { cache };
    cache.reserves(prompt, output)
}
