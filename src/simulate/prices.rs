//! What a step costs.

use super::line::Line;
use super::run::Run;
use super::sheet::Sheet;

/// Prices of the steps of one attention rank of a worker.
#[derive(Debug, Clone, PartialEq)]
pub struct StepPrices {
    /// All but attention of a context step, over tokens of the step, decoding ones included.
    pub context_ops: Line,
    /// All but attention of a decode step, over sequences.
    pub decode_ops: Line,
    /// Attention of one prompt, over its tokens.
    pub context_attention: Line,
    /// Attention of a decode step, over sequences and tokens that each holds.
    pub decode_attention: Sheet,
    /// Time of the host in each step, milliseconds.
    pub host: f64,
    /// Time of the host for each decoding sequence of a step, milliseconds.
    pub host_per_sequence: f64,
}

impl StepPrices {
    /// Attention of some more tokens of a prompt, past those that are computed, milliseconds. The
    /// launch, paid once a step, is not in it.
    pub fn chunk(&self, past: f64, tokens: f64) -> f64 {
        let before = self.context_attention.at(if past > 0.0 { past } else { 1.0 });
        self.context_attention.at(past + tokens) - before
    }

    /// A context step, milliseconds: its context tokens, the attention of their chunks, the
    /// sequences that decode in it and the tokens that each of them holds on average.
    pub fn context_step(&self, tokens: f64, chunks: f64, decoding: f64, held: f64) -> f64 {
        let decode =
            if decoding > 0.0 { self.decode_attention.piece(decoding, held).ms } else { 0.0 };
        self.context_ops.at(tokens + decoding)
            + self.context_attention.at(1.0)
            + chunks
            + decode
            + self.host_of(decoding)
    }

    /// A decode step, milliseconds.
    pub fn decode_step(&self, decoding: f64, held: f64) -> f64 {
        self.decode_run(decoding, held).first
    }

    /// Decode steps of the same sequences, one after the other, as far as their price grows evenly.
    pub fn decode_run(&self, decoding: f64, held: f64) -> Run {
        let piece = self.decode_attention.piece(decoding, held);
        let first = self.decode_ops.at(decoding) + piece.ms + self.host_of(decoding);
        let steps = ((piece.until - held).floor() as u64).saturating_add(1);
        Run { first, growth: piece.slope, steps }
    }

    fn host_of(&self, decoding: f64) -> f64 {
        self.host + self.host_per_sequence * decoding
    }
}
