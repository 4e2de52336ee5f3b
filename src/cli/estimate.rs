//! `aiq estimate`: the price of one configuration.

use super::common::Common;
use super::deployment::Deployment;
use super::statement::{count, estimate};
use super::transcript::Transcript;
use crate::base::error::Result;
use crate::lang::ast::Name;
use crate::session::Session;

/// Options. Sizes that are not given are 1.
#[derive(Debug, clap::Args)]
pub(super) struct Estimate {
    #[command(flatten)]
    deployment: Deployment,
    /// agg or disagg.
    #[arg(long, default_value = "agg")]
    mode: String,
    /// Tensor parallelism.
    #[arg(long, default_value_t = 1)]
    tp: u64,
    /// Pipeline stages.
    #[arg(long, default_value_t = 1)]
    pp: u64,
    /// Data parallelism of attention.
    #[arg(long, default_value_t = 1)]
    dp: u64,
    /// Tensor parallelism of experts.
    #[arg(long)]
    moe_tp: Option<u64>,
    /// Expert parallelism.
    #[arg(long)]
    moe_ep: Option<u64>,
    /// Requests of a worker at a time.
    #[arg(long, visible_alias = "batch-size", default_value_t = 128)]
    batch: u64,
    /// Most tokens of a step (agg) [default: that of the engine].
    #[arg(long)]
    max_step_tokens: Option<u64>,
    /// Prompt tokens of a step (agg), beside a token of each request.
    #[arg(long, conflicts_with = "max_step_tokens")]
    ctx_tokens: Option<u64>,
    /// Prefill workers of a replica (disagg).
    #[arg(long, default_value_t = 1)]
    prefill_workers: u64,
    /// Tensor parallelism of a prefill worker (disagg) [default: --tp].
    #[arg(long)]
    prefill_tp: Option<u64>,
    /// Prompts of a prefill worker at a time (disagg).
    #[arg(long, default_value_t = 1)]
    prefill_batch: u64,
    /// Decode workers of a replica (disagg).
    #[arg(long, default_value_t = 1)]
    decode_workers: u64,
    /// Tensor parallelism of a decode worker (disagg) [default: --tp].
    #[arg(long)]
    decode_tp: Option<u64>,
    /// Requests of a decode worker at a time (disagg) [default: --batch].
    #[arg(long)]
    decode_batch: Option<u64>,
    /// Total number of GPUs.
    #[arg(long, default_value_t = 8)]
    total_gpus: u64,
}

impl Estimate {
    /// The statement it stands for.
    fn text(&self, session: &Session) -> Result<String> {
        let mut search = self.deployment.search(session, Some(self.total_gpus))?;
        let axes = &mut search.axes;
        axes.extend([count("pp", self.pp), count("dp", self.dp)]);
        let ranks = self.tp * self.dp;
        let (moe_tp, moe_ep) = match (self.moe_tp, self.moe_ep) {
            (None, None) => (None, None),
            (tp, ep) => {
                let other = |n: u64| (ranks / n.max(1)).max(1);
                (tp.or(ep.map(other)), ep.or(tp.map(other)))
            }
        };
        axes.extend(moe_tp.map(|n| count("moe_tp", n)));
        axes.extend(moe_ep.map(|n| count("moe_ep", n)));
        if self.mode == "disagg" {
            axes.extend([
                count("prefill.workers", self.prefill_workers),
                count("prefill.tp", self.prefill_tp.unwrap_or(self.tp)),
                count("prefill.batch", self.prefill_batch),
                count("decode.workers", self.decode_workers),
                count("decode.tp", self.decode_tp.unwrap_or(self.tp)),
                count("decode.batch", self.decode_batch.unwrap_or(self.batch)),
            ]);
        } else {
            axes.push(count("tp", self.tp));
            axes.push(count("batch", self.batch));
            let beside = self.ctx_tokens.map(|n| n.saturating_add(self.batch));
            let most = self.max_step_tokens.or(beside);
            axes.extend(most.map(|n| count("max_step_tokens", n)));
        }
        search.clauses.modes = vec![Name::new(&self.mode)];
        Ok(format!("{}{};\n", self.deployment.preamble(), estimate(&search)))
    }
}

/// Runs it; the result is the exit status.
pub(super) fn run(common: &Common, options: &Estimate) -> Result<u8> {
    let mut transcript = Transcript::open(common)?;
    let text = options.text(&transcript.session)?;
    transcript.run("aiq estimate", &text)?;
    let Some(answer) = transcript.unnamed.pop() else { return Ok(1) };
    transcript.print_rows(&answer)?;
    Ok(u8::from(!answer.feasible))
}
