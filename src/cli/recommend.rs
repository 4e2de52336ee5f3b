//! `aiq recommend`: the fewest GPUs that carry a load.

use super::common::Common;
use super::default::MODES;
use super::deployment::{Deployment, Targets, top};
use super::transcript::Transcript;
use crate::error::Result;
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
        let mut statement = self.deployment.statement(session)?;
        let needed = match (self.target_request_rate, self.target_concurrency) {
            (Some(rate), _) => format!("{rate} / replica_rate"),
            (None, load) => format!("{} / replica_concurrency", load.unwrap_or(1.0)),
        };
        statement.axes.push(format!("replicas = max(1, ceil({needed}))"));
        statement.axes.push("max_idle = 100%".to_owned());
        statement.gpus = Some(self.total_gpus);
        statement.modes = MODES.map(str::to_owned).to_vec();
        statement.conditions = self.targets.conditions();
        statement.conditions.push(format!("gpus_used <= {}", self.total_gpus));
        statement.objective = "minimize gpus_used".to_owned();
        statement.top = top(self.targets.top_n, &statement);
        let mut text = self.deployment.preamble();
        text.push_str(&format!("let best = {};\n", statement.search()));
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
