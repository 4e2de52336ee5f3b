//! `aiq default`: aggregated against disaggregated serving.

use super::Common;
use super::deployment::{Deployment, Targets, top};
use super::statement::frontier;
use super::summary;
use super::told::Told;
use crate::engine::Engine;
use crate::error::Result;
use crate::lang::ast::{Expr, Name, Objective};

/// The serving modes that are compared.
pub(super) const MODES: [&str; 2] = ["agg", "disagg"];

/// Options.
#[derive(Debug, clap::Args)]
pub(super) struct Default {
    #[command(flatten)]
    deployment: Deployment,
    /// GPUs in all.
    #[arg(long)]
    total_gpus: u64,
    #[command(flatten)]
    targets: Targets,
}

impl Default {
    /// The statements it stands for.
    fn text(&self, engine: &Engine) -> Result<String> {
        let mut search = self.deployment.search(engine, Some(self.total_gpus))?;
        search.clauses.modes = MODES.map(Name::new).to_vec();
        search.clauses.filter = self.targets.conditions();
        search.clauses.objective = Some(Objective::Maximize(Expr::name("tokens_per_gpu")));
        search.clauses.top = Some(top(self.targets.top_n, &search));
        let mut text = self.deployment.preamble();
        text.push_str(&format!("let best = {search};\n"));
        for mode in MODES {
            text.push_str(&format!("let {mode}_frontier = {};\n", frontier(&search, mode)));
        }
        if let Some(directory) = &self.targets.save_dir {
            let names = "best, agg_frontier, disagg_frontier";
            text.push_str(&self.targets.files.save(names, directory));
        }
        Ok(text)
    }
}

/// Runs it; the result is the exit status.
pub(super) fn run(common: &Common, asked: &Default) -> Result<u8> {
    let mut told = Told::open(common)?;
    let text = asked.text(told.session.engine())?;
    told.run("aiq default", &text)?;
    let Some(best) = told.answer("best") else { return told.finish(1) };
    if told.is_machine() {
        told.rows(&best)?;
        return told.finish(u8::from(!best.feasible));
    }
    told.say(&summary::verdict(&best))?;
    let frontiers = MODES.iter().filter_map(|m| told.answer(&format!("{m}_frontier")));
    if let Some(chart) = summary::chart(&frontiers.collect::<Vec<_>>()) {
        told.say(&crate::shell::chart::text(&chart, &told.style))?;
    }
    // What is said of all modes is not said of each.
    for mode in MODES.into_iter().filter(|_| best.row_count() > 0) {
        told.mode(&best, mode)?;
    }
    told.remarks(&best)?;
    told.finish(u8::from(!best.feasible))
}
