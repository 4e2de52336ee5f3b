//! `aiq recommend`: the fewest or cheapest GPUs that carry a load.

use super::common::Common;
use super::default::MODES;
use super::deployment::{Deployment, Targets, top};
use super::statement::at_least;
use super::transcript::Transcript;
use crate::base::error::Result;
use crate::lang::ast::{Expr, Name, Objective};
use crate::lang::units::Unit;
use crate::session::Session;

/// Options.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("load").required(true))]
pub(super) struct Recommend {
    #[command(flatten)]
    deployment: Deployment,
    /// Requests that arrive, per second.
    #[arg(long, group = "load")]
    target_request_rate: Option<f64>,
    /// Requests in flight at a time.
    #[arg(long, group = "load")]
    target_concurrency: Option<f64>,
    /// Maximum number of GPUs.
    #[arg(long, default_value_t = 512)]
    total_gpus: u64,
    #[command(flatten)]
    targets: Targets,
}

impl Recommend {
    /// What there should be least of: where prices are given, money.
    fn least(&self) -> &'static str {
        if self.deployment.prices.is_some() { "cost_per_hour" } else { "gpus_used" }
    }

    /// The statements it stands for.
    fn text(&self, session: &Session) -> Result<String> {
        let mut search = self.deployment.search(session, Some(self.total_gpus))?;
        let load = match (self.target_request_rate, self.target_concurrency) {
            (Some(rate), _) => at_least("request_rate", Expr::quantity(rate, Unit::RequestRate)),
            (None, load) => at_least("concurrency", Expr::number(load.unwrap_or(1.0))),
        };
        let clauses = &mut search.clauses;
        clauses.modes = MODES.map(Name::new).to_vec();
        clauses.filter = self.targets.conditions();
        clauses.filter.push(load);
        clauses.objective = Some(Objective::Minimize(Expr::name(self.least())));
        search.clauses.top = Some(top(self.targets.top_n, &search));
        let mut text = self.deployment.preamble();
        text.push_str(&format!("let best = {search};\n"));
        if let Some(directory) = &self.targets.save_dir {
            text.push_str(&self.targets.files.save("best", directory));
        }
        Ok(text)
    }
}

/// Runs it; the result is the exit status.
pub(super) fn run(common: &Common, options: &Recommend) -> Result<u8> {
    let mut transcript = Transcript::open(common)?;
    let text = options.text(&transcript.session)?;
    transcript.run("aiq recommend", &text)?;
    let Some(best) = transcript.answer("best") else { return transcript.finish(1) };
    transcript.print_rows(&best)?;
    transcript.finish(u8::from(!best.feasible))
}
