//! What an engine knows at a moment.

use std::collections::VecDeque;

use super::super::batch::Batch;
use super::super::draw;
use super::super::fault::Fault;
use super::super::gaps::Gaps;
use super::super::outcome::{Outcome, is_unstable, share};
use super::super::policy::Policy;
use super::super::prices::StepPrices;
use super::super::progress::Progress;
use super::super::sends::Sends;
use super::super::workload::{Arrivals, Workload};
use super::estimates::{first_latency, most_events};

/// Sequences of counted requests that have joined since the batch last took a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Joined {
    /// When, milliseconds.
    pub(super) at: f64,
    /// How many.
    pub(super) sequences: u64,
}

/// What an engine knows at a moment.
pub(super) struct Engine<'a> {
    pub(super) prices: &'a StepPrices,
    pub(super) policy: &'a Policy,
    /// Whether every step is taken by itself.
    pub(super) is_stepwise: bool,
    is_open: bool,
    /// Requests below this number are not counted.
    pub(super) warmup: usize,

    /// Milliseconds.
    pub(super) now: f64,
    pub(super) sends: Sends,
    /// All requests, in the order in which they are sent.
    pub(super) requests: Vec<Progress>,
    /// How many the engine has seen.
    pub(super) seen: usize,
    /// How many have ended.
    pub(super) ended: usize,
    /// Requests that it has seen and that do not decode; the first may be partly computed.
    pub(super) waiting: VecDeque<usize>,
    /// Prompt tokens of those to compute.
    pub(super) waiting_tokens: u64,
    pub(super) batch: Batch,
    /// Sequences of the batch that are counted.
    pub(super) counted: u64,

    /// Requests with a place in the cache.
    pub(super) admitted: u64,
    /// Tokens that they hold, the one that a prompt gives included from its admission on.
    pub(super) held: u64,
    /// Tokens set aside for them, of policies that do.
    pub(super) reserved: f64,

    /// Prompt tokens of the step that is being made up.
    pub(super) step_tokens: u64,
    /// Attention of these, milliseconds.
    pub(super) step_chunks: f64,
    /// Prompts that it finishes.
    pub(super) finishing: Vec<usize>,
    /// Whether prompts that could start are held back.
    pub(super) is_held_back: bool,
    /// Decode steps for which they have been.
    pub(super) held_back: u64,
    /// Whether a sequence lost its place in this step.
    pub(super) has_preempted: bool,
    /// Decode steps since the engine looked for requests.
    pub(super) since_look: u64,

    /// When the batch last made tokens, milliseconds.
    pub(super) last_tokens: f64,
    /// What has joined since then.
    pub(super) joined: Vec<Joined>,
    pub(super) gaps: Gaps,
    pub(super) preemptions: u64,
    pub(super) cache_peak: u64,
    pub(super) over_capacity: bool,
    /// Milliseconds in steps.
    pub(super) busy_ms: f64,
    /// Milliseconds in steps that decode.
    pub(super) decode_ms: f64,
    /// Milliseconds of these times sequences.
    pub(super) sequence_ms: f64,
    pub(super) events: u64,
    pub(super) most_events: u64,
}

impl<'a> Engine<'a> {
    pub(super) fn new(
        prices: &'a StepPrices,
        policy: &'a Policy,
        workload: &Workload,
    ) -> Result<Self, Fault> {
        policy.check()?;
        workload.check()?;
        let requests: Vec<_> = draw::lengths(workload).into_iter().map(Progress::new).collect();
        let clients = match &workload.arrivals {
            Arrivals::Closed { clients, .. } => requests.len().min(*clients),
            _ => requests.len(),
        };
        let places = clients.min(usize::try_from(policy.max_sequences).unwrap_or(usize::MAX));
        let latency = first_latency(prices, workload, places as f64);
        let most_events = most_events(&requests, policy);
        Ok(Self {
            prices,
            policy,
            is_stepwise: false,
            is_open: !matches!(workload.arrivals, Arrivals::Closed { .. }),
            warmup: workload.warmup,
            now: 0.0,
            sends: Sends::new(workload, latency),
            seen: 0,
            ended: 0,
            waiting: VecDeque::with_capacity(clients),
            waiting_tokens: 0,
            batch: Batch::new(places),
            counted: 0,
            admitted: 0,
            held: 0,
            reserved: 0.0,
            step_tokens: 0,
            step_chunks: 0.0,
            finishing: Vec::with_capacity(places),
            is_held_back: false,
            held_back: 0,
            has_preempted: false,
            since_look: 0,
            last_tokens: 0.0,
            joined: Vec::with_capacity(places),
            gaps: Gaps::default(),
            preemptions: 0,
            cache_peak: 0,
            over_capacity: false,
            busy_ms: 0.0,
            decode_ms: 0.0,
            sequence_ms: 0.0,
            events: 0,
            most_events,
            requests,
        })
    }

    /// 1 for a request that is counted, else 0.
    pub(super) fn count_of(&self, request: usize) -> u64 {
        u64::from(request >= self.warmup)
    }

    pub(super) fn outcome(self) -> Outcome {
        let records: Vec<_> = self.requests[self.warmup..].iter().map(Progress::record).collect();
        let start = self.requests.first().map_or(0.0, |request| request.sent);
        Outcome {
            unstable: self.is_open && is_unstable(&records),
            gaps: self.gaps,
            preemptions: self.preemptions,
            cache_peak: self.cache_peak,
            mean_batch: share(self.sequence_ms, self.decode_ms),
            busy: share(self.busy_ms, self.now - start),
            prefill_busy: None,
            over_capacity: self.over_capacity,
            first_sent: records.first().map_or(0.0, |record| record.sent),
            last_end: records.iter().map(|record| record.end).fold(0.0, f64::max),
            records,
        }
    }
}
