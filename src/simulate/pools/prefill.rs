//! Servers that compute prompts.

use std::cmp::Reverse;

use super::super::fault::Fault;
use super::super::instant::is_by;
use super::super::run::Run;
use super::state::State;

/// A server that computes prompts.
#[derive(Debug)]
pub(super) struct Server {
    /// When its step ends, milliseconds; infinite when it is free.
    pub(super) until: f64,
    /// Prompts of its step.
    prompts: Vec<usize>,
}

impl Default for Server {
    fn default() -> Self {
        Self { until: f64::INFINITY, prompts: Vec::new() }
    }
}

impl State<'_> {
    /// Sends the prompts on their way whose steps have ended.
    pub(super) fn finish_prompts(&mut self) {
        for server in &mut self.servers {
            if !is_by(server.until, self.now) {
                continue;
            }
            server.until = f64::INFINITY;
            for request in server.prompts.drain(..) {
                let prompt = self.requests[request].lengths.prompt;
                let arrives = self.now + self.pools.transfer.of(prompt);
                self.under_way.push(Reverse((arrives.to_bits(), request)));
            }
        }
    }

    /// Lets free servers take prompts, in order, as many as fit in a step and at least one.
    pub(super) fn start_prompts(&mut self) -> Result<(), Fault> {
        let prices = self.pools.prefill.prices;
        for server in &mut self.servers {
            if self.waiting.is_empty() {
                return Ok(());
            }
            if server.until.is_finite() {
                continue;
            }
            let (mut tokens, mut chunks) = (0, 0.0);
            while let Some(&request) = self.waiting.front() {
                let progress = &mut self.requests[request];
                if tokens > 0 && tokens + progress.left > self.pools.prefill.max_step_tokens {
                    break;
                }
                progress.started = Some(self.now);
                chunks += prices.chunk(progress.past as f64, progress.left as f64);
                tokens += progress.left;
                server.prompts.push(request);
                self.waiting.pop_front();
            }
            let ms = prices.context_step(tokens as f64, chunks, 0.0, 0.0);
            if !Run::single(ms).is_sound() {
                return Err(Fault::Price { ms, at: self.now });
            }
            self.prefill_ms += ms;
            server.until = self.now + ms;
        }
        Ok(())
    }
}
