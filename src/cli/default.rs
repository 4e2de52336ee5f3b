//! `aiq default`: aggregated against disaggregated serving.

use super::common::Common;
use super::deployment::{Deployment, Targets, top};
use super::statement::frontier;
use super::summary;
use super::transcript::Transcript;
use crate::base::error::Result;
use crate::lang::ast::Name;
use crate::session::Session;

/// The serving modes that are compared.
pub(super) const MODES: [&str; 2] = ["agg", "disagg"];

/// Options.
#[derive(Debug, clap::Args)]
pub(super) struct Default {
    #[command(flatten)]
    deployment: Deployment,
    /// Total number of GPUs.
    #[arg(long)]
    total_gpus: u64,
    #[command(flatten)]
    targets: Targets,
}

impl Default {
    /// The statements it stands for.
    fn text(&self, session: &Session) -> Result<String> {
        let columns = &session.library().columns;
        let mut search = self.deployment.search(session, Some(self.total_gpus))?;
        search.clauses.modes = MODES.map(Name::new).to_vec();
        search.clauses.filter = self.targets.conditions();
        search.clauses.objective = columns.objective();
        search.clauses.top = Some(top(self.targets.top_n, &search));
        let mut text = self.deployment.preamble();
        text.push_str(&format!("let best = {search};\n"));
        for mode in MODES {
            text.push_str(&format!(
                "let {mode}_frontier = {};\n",
                frontier(session.library(), &search, mode)
            ));
        }
        if let Some(directory) = &self.targets.save_dir {
            let names = "best, agg_frontier, disagg_frontier";
            text.push_str(&self.targets.files.save(names, directory));
        }
        Ok(text)
    }
}

/// Runs it; the result is the exit status.
pub(super) fn run(common: &Common, options: &Default) -> Result<u8> {
    let mut transcript = Transcript::open(common)?;
    let text = options.text(&transcript.session)?;
    transcript.run("aiq default", &text)?;
    let Some(best) = transcript.answer("best") else { return transcript.finish(1) };
    let frontiers = MODES.iter().filter_map(|m| transcript.answer(&format!("{m}_frontier")));
    let frontiers: Vec<_> = frontiers.collect();
    let chart = summary::chart(transcript.session.library(), &best, &frontiers);
    if let (Some(chart), false) = (chart, transcript.is_machine()) {
        transcript.print_chart(&chart)?;
    }
    transcript.print_rows(&best)?;
    transcript.finish(u8::from(!best.feasible))
}
