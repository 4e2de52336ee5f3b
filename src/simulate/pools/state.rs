//! What the pools know at a moment.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::super::draw;
use super::super::fault::Fault;
use super::super::gaps::Gaps;
use super::super::outcome::{Outcome, is_unstable, share};
use super::super::progress::Progress;
use super::super::sends::Sends;
use super::super::workload::{Arrivals, Workload};
use super::decode::Rank;
use super::layout::Pools;
use super::prefill::Server;

/// What the pools know at a moment.
pub(super) struct State<'a> {
    pub(super) pools: &'a Pools<'a>,
    /// Whether every decode step is taken by itself.
    pub(super) is_stepwise: bool,
    is_open: bool,
    /// Requests below this number are not counted.
    pub(super) warmup: usize,

    /// Milliseconds.
    pub(super) now: f64,
    pub(super) sends: Sends,
    /// All requests, in the order in which they are sent.
    pub(super) requests: Vec<Progress>,
    seen: usize,
    /// How many have ended.
    pub(super) ended: usize,
    /// Requests that no server has taken yet.
    pub(super) waiting: VecDeque<usize>,
    pub(super) servers: Vec<Server>,
    /// Computed prompts on their way, by when they arrive: bits of a time that is not negative are
    /// in its order.
    pub(super) under_way: BinaryHeap<Reverse<(u64, usize)>>,
    /// Those that have arrived and found no room.
    pub(super) arrived: VecDeque<usize>,
    pub(super) ranks: Vec<Rank>,

    pub(super) gaps: Gaps,
    pub(super) cache_peak: u64,
    pub(super) over_capacity: bool,
    /// Milliseconds of prefill servers in steps.
    pub(super) prefill_ms: f64,
    /// Milliseconds of decode ranks in steps.
    pub(super) decode_ms: f64,
    /// Milliseconds of these times sequences.
    pub(super) sequence_ms: f64,
    events: u64,
    most_events: u64,
}

impl<'a> State<'a> {
    pub(super) fn new(pools: &'a Pools<'a>, workload: &Workload, is_stepwise: bool) -> Self {
        let requests: Vec<_> = draw::lengths(workload).into_iter().map(Progress::new).collect();
        let outputs: u64 = requests.iter().map(|request| request.lengths.output).sum();
        let count = requests.len();
        let places = match &workload.arrivals {
            Arrivals::Closed { clients, .. } => count.min(*clients),
            _ => count,
        };
        let one_rank = places / pools.decode.count + 1;
        Self {
            pools,
            is_stepwise,
            is_open: !matches!(workload.arrivals, Arrivals::Closed { .. }),
            warmup: workload.warmup,
            now: 0.0,
            sends: Sends::new(workload, first_latency(pools, workload, places as f64)),
            seen: 0,
            ended: 0,
            waiting: VecDeque::with_capacity(places),
            servers: (0..pools.prefill.count).map(|_| Server::default()).collect(),
            under_way: BinaryHeap::with_capacity(places),
            arrived: VecDeque::with_capacity(places),
            ranks: (0..pools.decode.count).map(|_| Rank::new(one_rank)).collect(),
            gaps: Gaps::default(),
            cache_peak: 0,
            over_capacity: false,
            prefill_ms: 0.0,
            decode_ms: 0.0,
            sequence_ms: 0.0,
            events: 0,
            // A decode step each token; sent, computed, arrived and joined each request.
            most_events: outputs + 4 * count as u64 + 16,
            requests,
        }
    }

    /// Lets time go on to the next moment at which something happens.
    pub(super) fn next_moment(&mut self) -> Result<(), Fault> {
        self.events += 1;
        let mut next = self.sends.peek().unwrap_or(f64::INFINITY);
        for server in &self.servers {
            next = next.min(server.until);
        }
        for rank in &self.ranks {
            next = next.min(rank.until);
        }
        if let Some(Reverse((bits, _))) = self.under_way.peek() {
            next = next.min(f64::from_bits(*bits));
        }
        if !next.is_finite() || self.events > self.most_events {
            return Err(Fault::Stuck { events: self.events });
        }
        self.now = self.now.max(next);
        Ok(())
    }

    /// Sees the requests that have come.
    pub(super) fn see_requests(&mut self) {
        while let Some(sent) = self.sends.pop(self.now) {
            self.requests[self.seen].sent = sent;
            self.waiting.push_back(self.seen);
            self.seen += 1;
        }
    }

    pub(super) fn outcome(self) -> Outcome {
        let records: Vec<_> = self.requests[self.warmup..].iter().map(Progress::record).collect();
        let start = self.requests.first().map_or(0.0, |request| request.sent);
        let span = self.now - start;
        Outcome {
            unstable: self.is_open && is_unstable(&records),
            gaps: self.gaps,
            preemptions: 0,
            cache_peak: self.cache_peak,
            mean_batch: share(self.sequence_ms, self.decode_ms),
            busy: share(self.decode_ms, span * self.ranks.len() as f64),
            prefill_busy: Some(share(self.prefill_ms, span * self.servers.len() as f64)),
            over_capacity: self.over_capacity,
            first_sent: records.first().map_or(0.0, |record| record.sent),
            last_end: records.iter().map(|record| record.end).fold(0.0, f64::max),
            records,
        }
    }
}

/// About what a request takes beside all others, milliseconds.
fn first_latency(pools: &Pools<'_>, workload: &Workload, places: f64) -> f64 {
    if workload.classes.is_empty() {
        return 0.0;
    }
    let (prompt, output) = workload.mean_lengths();
    let prices = pools.prefill.prices;
    let context = prices.context_step(prompt, prices.chunk(0.0, prompt), 0.0, 0.0);
    let batch = (places / pools.decode.count as f64).clamp(1.0, pools.decode.max_sequences as f64);
    context + output * pools.decode.prices.decode_step(batch, prompt + output / 2.0)
}
