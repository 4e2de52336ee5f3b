//! A request on its way, and the records of all.

use super::draw::Lengths;
use super::outcome::Record;

/// A request on its way.
#[derive(Debug, Clone)]
pub(super) struct Progress {
    /// Its lengths.
    pub(super) lengths: Lengths,
    /// When it was sent, milliseconds.
    pub(super) sent: f64,
    /// When the first of its prompt was taken; none before.
    pub(super) started: Option<f64>,
    /// When its first token was there; none before.
    pub(super) first: Option<f64>,
    /// When it ended, milliseconds.
    pub(super) end: f64,
    /// When it had its last token while it is preempted, milliseconds.
    pub(super) paused: f64,
    /// Prompt tokens that are computed or in the cache.
    pub(super) past: u64,
    /// Prompt tokens to compute. After a preemption the tokens made belong to the prompt.
    pub(super) left: u64,
    /// Tokens made when it joined the batch.
    pub(super) made: u64,
    /// Steps of the batch when it joined.
    pub(super) joined: u64,
    /// Whether it has a place in the cache.
    pub(super) is_admitted: bool,
    /// How often it lost that.
    pub(super) preempted: u64,
}

impl Progress {
    /// Of a request that is yet to be sent.
    pub(super) fn new(lengths: Lengths) -> Self {
        Self {
            lengths,
            sent: 0.0,
            started: None,
            first: None,
            end: 0.0,
            paused: 0.0,
            past: lengths.prefix,
            left: lengths.prompt - lengths.prefix,
            made: 0,
            joined: 0,
            is_admitted: false,
            preempted: 0,
        }
    }

    /// Tokens in the cache with those made by the time it joined.
    pub(super) fn tokens(&self) -> u64 {
        self.lengths.prompt + self.made
    }

    /// Takes away its place in the cache: all is to be computed anew.
    pub(super) fn lose_place(&mut self) {
        self.is_admitted = false;
        self.preempted += 1;
        self.past = self.lengths.prefix;
        self.left = self.tokens() - self.past;
    }

    /// How it went.
    pub(super) fn record(&self) -> Record {
        Record {
            sent: self.sent,
            first: self.first.unwrap_or(self.end),
            end: self.end,
            wait: self.started.map_or(0.0, |started| (started - self.sent).max(0.0)),
            prompt: self.lengths.prompt,
            output: self.lengths.output,
            class: self.lengths.class,
            preempted: self.preempted,
        }
    }
}
