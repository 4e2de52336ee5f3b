//! `aiq recommend`: the fewest GPUs that carry a load.

use super::common::Common;
use super::default::MODES;
use super::deployment::{Deployment, Targets, top};
use super::statement::at_most;
use super::transcript::Transcript;
use crate::base::error::Result;
use crate::lang::ast::{AxisTerm, BinaryOp, Expr, Name, Objective};
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
    /// GPUs that there are at most.
    #[arg(long, default_value_t = 512)]
    total_gpus: u64,
    #[command(flatten)]
    targets: Targets,
}

impl Recommend {
    /// The statements it stands for. As many replicas as the load needs, so no GPUs stay idle.
    fn text(&self, session: &Session) -> Result<String> {
        let mut search = self.deployment.search(session, Some(self.total_gpus))?;
        let (load, carried) = match (self.target_request_rate, self.target_concurrency) {
            (Some(rate), _) => (rate, "replica_rate"),
            (None, load) => (load.unwrap_or(1.0), "replica_concurrency"),
        };
        let needed = Expr::number(load).then(BinaryOp::Div, Expr::name(carried));
        let needed = Expr::call("max", [Expr::number(1.0), Expr::call("ceil", [needed])]);
        search.axes.push(AxisTerm::one("replicas", needed));
        search.axes.push(AxisTerm::one("max_idle", Expr::quantity(1.0, Unit::Percent)));
        let clauses = &mut search.clauses;
        clauses.modes = MODES.map(Name::new).to_vec();
        clauses.filter = self.targets.conditions();
        clauses.filter.push(at_most("gpus_used", self.total_gpus as f64));
        clauses.objective = Some(Objective::Minimize(Expr::name("gpus_used")));
        search.clauses.top = Some(top(&session.library().columns, self.targets.top_n, &search));
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
    if transcript.is_machine() {
        transcript.print_rows(&best)?;
        return transcript.finish(u8::from(!best.feasible));
    }
    for mode in MODES {
        transcript.print_mode(&best, mode)?;
    }
    transcript.print_remarks(&best)?;
    transcript.finish(u8::from(!best.feasible))
}
