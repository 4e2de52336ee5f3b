//! How an engine makes up its steps.

use super::fault::Fault;

/// How an engine makes up its steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Whether sequences decode in context steps too. Else they stand still in them.
    pub mixed: bool,
    /// Whether prompts are cut to the room of a step. Else they are taken whole: one that does not
    /// fit beside others waits, one longer than any step is the only one of its step.
    pub chunked: bool,
    /// Tokens of a step at most; in engines that are not mixed, of a context step.
    pub max_step_tokens: u64,
    /// Sequences at most.
    pub max_sequences: u64,
    /// When a request is admitted to the cache.
    pub cache: Cache,
    /// Tokens that the cache holds; infinite for no limit.
    pub capacity: f64,
    /// Decode steps from one look for new requests to the next. It also looks after context steps
    /// and when idle.
    pub recv_interval: u64,
    /// Decode steps for which new prompts are held back at most, while there are too few of them.
    pub batch_wait_iters: u64,
    /// Share of the room of a step from which on waiting prompts are not held back.
    pub batch_wait_ratio: f64,
}

/// When a request is admitted to the cache.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cache {
    /// If what is held now and the prompt fit; when full, the sequence started last is preempted.
    Grow,
    /// If the prompts and whole outputs of all admitted fit.
    Reserve,
    /// If the prompts and this share of the outputs of all admitted fit. Never preempts.
    Estimate {
        /// Share of the output.
        share: f64,
    },
}

impl Cache {
    /// As SGLang does: with 0.7 of the output.
    pub const ESTIMATE: Self = Self::Estimate { share: 0.7 };

    /// Tokens set aside for a request at its admission.
    pub(super) fn reserves(self, prompt: u64, output: u64) -> f64 {
        match self {
            Self::Grow => 0.0,
            Self::Reserve => (prompt + output) as f64,
            Self::Estimate { share } => prompt as f64 + share * output as f64,
        }
    }
}

impl Policy {
    /// Mixed steps with prompts cut to size and a cache that grows without limit: vLLM.
    pub fn vllm(max_step_tokens: u64, max_sequences: u64) -> Self {
        Self {
            mixed: true,
            chunked: true,
            max_step_tokens,
            max_sequences,
            cache: Cache::Grow,
            capacity: f64::INFINITY,
            recv_interval: 1,
            batch_wait_iters: 0,
            batch_wait_ratio: 0.0,
        }
    }

    /// Mixed steps with whole prompts and a cache reserved to the end: TensorRT-LLM.
    pub fn trtllm(max_step_tokens: u64, max_sequences: u64) -> Self {
        let vllm = Self::vllm(max_step_tokens, max_sequences);
        Self { chunked: false, cache: Cache::Reserve, ..vllm }
    }

    /// Context steps apart, prompts cut to size, and a cache reserved by estimate: SGLang.
    pub fn sglang(max_step_tokens: u64, max_sequences: u64) -> Self {
        let vllm = Self::vllm(max_step_tokens, max_sequences);
        Self { mixed: false, cache: Cache::ESTIMATE, ..vllm }
    }

    /// Refuses what no step can be made of.
    pub(super) fn check(&self) -> Result<(), Fault> {
        if self.max_step_tokens == 0 {
            return Err(Fault::Setting("a step has no tokens"));
        }
        if self.max_sequences == 0 {
            return Err(Fault::Setting("the engine has no sequences"));
        }
        if self.recv_interval == 0 {
            return Err(Fault::Setting("the engine never looks for requests"));
        }
        if self.capacity.is_nan() || self.capacity < 0.0 {
            return Err(Fault::Setting("the capacity of the cache is no number of tokens"));
        }
        if !self.batch_wait_ratio.is_finite() {
            return Err(Fault::Setting("the ratio of waiting tokens is no number"));
        }
        match self.cache {
            Cache::Estimate { share } if !(0.0..=f64::MAX).contains(&share) => {
                Err(Fault::Setting("the estimated share of outputs is no share"))
            }
            _ => Ok(()),
        }
    }
}
