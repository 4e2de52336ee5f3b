//! What pools are made of.

use super::super::fault::Fault;
use super::super::policy::Cache;
use super::super::prices::StepPrices;

/// Servers that compute prompts, ranks that decode, and the way between them.
#[derive(Debug, Clone)]
pub struct Pools<'a> {
    /// Those that compute prompts.
    pub prefill: PrefillServers<'a>,
    /// Those that decode.
    pub decode: DecodeRanks<'a>,
    /// The way between them.
    pub transfer: Transfer,
}

/// Servers that compute prompts, each as many at once as fit in a step.
#[derive(Debug, Clone)]
pub struct PrefillServers<'a> {
    /// How many.
    pub count: usize,
    /// Prices of one.
    pub prices: &'a StepPrices,
    /// Tokens of a step at most; a longer prompt is the only one of its step.
    pub max_step_tokens: u64,
}

/// Ranks that decode.
#[derive(Debug, Clone)]
pub struct DecodeRanks<'a> {
    /// How many.
    pub count: usize,
    /// Prices of one.
    pub prices: &'a StepPrices,
    /// Sequences of one at most.
    pub max_sequences: u64,
    /// When the cache of one has room. `Grow` sets aside whole outputs as `Reserve` does: what was
    /// handed over cannot go back.
    pub cache: Cache,
    /// Tokens that the cache of one holds; infinite for no limit.
    pub capacity: f64,
}

/// The way of a prompt's cache from one to the other.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Transfer {
    /// Milliseconds of each request.
    pub ms: f64,
    /// Milliseconds of each token of its prompt.
    pub ms_per_token: f64,
}

impl Transfer {
    /// Milliseconds of a prompt of so many tokens.
    pub fn of(&self, prompt: u64) -> f64 {
        self.ms + self.ms_per_token * prompt as f64
    }
}

impl Pools<'_> {
    pub(super) fn check(&self) -> Result<(), Fault> {
        if self.prefill.count == 0 || self.prefill.max_step_tokens == 0 {
            return Err(Fault::Setting("nothing computes prompts"));
        }
        if self.decode.count == 0 || self.decode.max_sequences == 0 {
            return Err(Fault::Setting("nothing decodes"));
        }
        if self.decode.capacity.is_nan() || self.decode.capacity < 0.0 {
            return Err(Fault::Setting("the capacity of the cache is no number of tokens"));
        }
        let times = [self.transfer.ms, self.transfer.ms_per_token];
        if times.iter().all(|ms| ms.is_finite() && *ms >= 0.0) {
            return Ok(());
        }
        Err(Fault::Setting("the time of a transfer is negative or no number"))
    }
}
