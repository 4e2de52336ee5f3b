//! What a simulation tells.

use super::gaps::Gaps;

/// One request, as it went.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// When it was sent, milliseconds.
    pub sent: f64,
    /// When its first token was there, milliseconds.
    pub first: f64,
    /// When its last token was there, milliseconds.
    pub end: f64,
    /// From when it was sent to the step that computed its first prompt tokens, milliseconds.
    pub wait: f64,
    /// Tokens of its prompt.
    pub prompt: u64,
    /// Tokens of its output.
    pub output: u64,
    /// Number of its class.
    pub class: usize,
    /// How often it lost its place in the cache.
    pub preempted: u64,
}

impl Record {
    /// Time to the first token as the engine gives it, milliseconds.
    pub fn ttft(&self) -> f64 {
        self.first - self.sent
    }

    /// Time of each token after the first, milliseconds; none of outputs of one token.
    pub fn tpot(&self) -> Option<f64> {
        (self.output > 1).then(|| (self.end - self.first) / (self.output - 1) as f64)
    }

    /// Time from sending to the last token, milliseconds.
    pub fn latency(&self) -> f64 {
        self.end - self.sent
    }
}

/// What a simulation tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Counted requests, in the order in which they were sent.
    pub records: Vec<Record>,
    /// Gaps between tokens of counted requests.
    pub gaps: Gaps,
    /// How often a request lost its place in the cache, warm-up included.
    pub preemptions: u64,
    /// Most tokens held at once; of pools, on one decode rank.
    pub cache_peak: u64,
    /// Sequences that decode, on average over the time in which any do.
    pub mean_batch: f64,
    /// Share of the time in which steps were taken; of pools, by decode ranks.
    pub busy: f64,
    /// Share of the time in which prefill servers were busy. Of pools only.
    pub prefill_busy: Option<f64>,
    /// Whether requests came faster than they could be served: there is no steady state.
    pub unstable: bool,
    /// Whether a request needed more than the whole cache, and ran all the same.
    pub over_capacity: bool,
    /// When the first counted request was sent, milliseconds.
    pub first_sent: f64,
    /// When the last counted request ended, milliseconds.
    pub last_end: f64,
}

/// Whether the second half of requests that come by themselves waits more than twice as long as the
/// first, and longer than the computation of a prompt takes: without that, a hair is twice a hair.
pub(super) fn is_unstable(records: &[Record]) -> bool {
    let (early, late) = records.split_at(records.len() / 2);
    if early.is_empty() {
        return false;
    }
    let mean = |part: &[Record], of: fn(&Record) -> f64| {
        part.iter().map(of).sum::<f64>() / part.len() as f64
    };
    let late_wait = mean(late, |record| record.wait);
    late_wait > 2.0 * mean(early, |record| record.wait)
        && late_wait > mean(records, |record| record.ttft() - record.wait)
}

/// A part of the whole; 0 of nothing.
pub(super) fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}
