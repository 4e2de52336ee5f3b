//! Options that command modes share, and the clauses they stand for.

use std::path::{Path, PathBuf};

use super::statement::{Statement, framework, name, quoted};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::session::Session;

/// Model, GPUs, requests and targets.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Deployment {
    /// Hugging Face id, directory with a config.json, or short name such as `QWEN3_32B`.
    #[arg(long, visible_alias = "model-path")]
    pub(super) model: String,
    /// GPU type, such as `h200_sxm`.
    #[arg(long)]
    pub(super) system: String,
    /// GPU type of the decode pool, if another.
    #[arg(long)]
    pub(super) decode_system: Option<String>,
    /// trtllm, sglang, vllm, or `auto` for all that were measured on the system [default: that of a
    /// question without `using`].
    #[arg(long)]
    pub(super) backend: Option<String>,
    /// Version of the backend.
    #[arg(long)]
    pub(super) backend_version: Option<String>,
    /// Tokens of a prompt.
    #[arg(long, default_value_t = 4000)]
    pub(super) isl: u64,
    /// Tokens of an answer.
    #[arg(long, default_value_t = 1000)]
    pub(super) osl: u64,
    /// Tokens of the prompt that are cached.
    #[arg(long, default_value_t = 0)]
    pub(super) prefix: u64,
    /// Tokens drafted in each decode step.
    #[arg(long, default_value_t = 0)]
    pub(super) nextn: u64,
    /// Drafted tokens accepted in each step, on average.
    #[arg(long, visible_alias = "nextn-accepted")]
    pub(super) accepted: Option<f64>,
    /// A data directory, before those searched otherwise.
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
}

/// Targets of latency, in ms.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Targets {
    /// Time to the first token, in ms [default: 2000, none with --request-latency].
    #[arg(long)]
    ttft: Option<f64>,
    /// Time for each further token, in ms [default: 30, none with --request-latency].
    #[arg(long)]
    tpot: Option<f64>,
    /// Time of a whole request, in ms.
    #[arg(long)]
    request_latency: Option<f64>,
    /// Rows of each serving mode.
    #[arg(long, default_value_t = 5)]
    pub(super) top_n: u64,
    /// Writes the results to this folder, whole or not at all.
    #[arg(long, value_name = "DIR")]
    pub(super) save_dir: Option<PathBuf>,
    #[command(flatten)]
    pub(super) files: Files,
}

/// What the deployment files of saved rows are for.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Files {
    /// What saved deployment files are for: vllm, sglang, trtllm (the engine as it is), dynamo_bare,
    /// dynamo, llm_d [default: the engine on one machine, dynamo_bare on several].
    #[arg(long, value_name = "TARGET", requires = "save_dir")]
    pub(super) deployment_target: Option<String>,
}

impl Files {
    /// `save NAME, ... to 'DIR'` as a line.
    pub(super) fn save(&self, names: &str, directory: &Path) -> String {
        let to = quoted(&directory.display().to_string());
        let target = self.deployment_target.as_ref();
        let target = target.map_or_else(String::new, |t| format!(" for {}", name(t)));
        format!("save {names} to {to}{target};\n")
    }
}

impl Deployment {
    /// The clauses, without targets.
    pub(super) fn statement(&self, session: &Session) -> Result<Statement> {
        let version = self.backend_version.as_deref();
        let frameworks = frameworks(session, &self.system, self.backend.as_deref())?;
        if frameworks.len() > 1 && version.is_some() {
            return Err(Error::question("AIQ0250", "a version needs the name of its backend")
                .help("name it with --backend"));
        }
        let mut serving = vec![format!("isl = {}", self.isl), format!("osl = {}", self.osl)];
        if self.prefix > 0 {
            serving.push(format!("prefix = {}", self.prefix));
        }
        serving.extend(self.drafts()?);
        let decode = self.decode_system.iter().map(|s| format!("decode.system = {}", name(s)));
        Ok(Statement {
            axes: decode.collect(),
            model: self.model.clone(),
            system: self.system.clone(),
            frameworks: frameworks.iter().map(|b| framework(b, version)).collect(),
            serving,
            ..Statement::default()
        })
    }

    /// Drafted tokens and how many of them are accepted, as values.
    fn drafts(&self) -> Result<Vec<String>> {
        let wrong = |message: &str| Error::question("AIQ0251", message);
        match (self.nextn, self.accepted) {
            (0, None) => Ok(Vec::new()),
            (0, Some(_)) => Err(wrong("accepted tokens without drafted ones")
                .help("say how many are drafted with --nextn")),
            (_, None) => Err(wrong("drafted tokens are worth what is accepted")
                .help("say how many of them with --accepted, such as --accepted 0.8")),
            (nextn, Some(accepted)) => {
                Ok(vec![format!("nextn = {nextn}"), format!("accepted = {accepted}")])
            }
        }
    }

    /// Statements that come before the question.
    pub(super) fn preamble(&self) -> String {
        let attach = |d: &PathBuf| format!("attach {};\n", quoted(&d.display().to_string()));
        self.data.as_ref().map(attach).unwrap_or_default()
    }
}

/// The backend of this name, all for `auto`, the library's default without one.
pub(super) fn frameworks(
    session: &Session,
    system: &str,
    backend: Option<&str>,
) -> Result<Vec<String>> {
    match backend {
        Some(backend) => backends(session.engine(), system, backend),
        None => Ok(session.library().default_choice("backend")),
    }
}

/// A backend by name, or all that were measured on a system for `auto`.
pub(super) fn backends(engine: &Engine, system: &str, backend: &str) -> Result<Vec<String>> {
    match backend {
        "auto" => engine.catalog.backends(&engine.catalog.system(system)?.name),
        one => Ok(vec![one.to_owned()]),
    }
}

/// Columns that describe how workers are split over GPUs. For a deployment of two pools, those of the
/// pool that decodes.
const SHAPE: [(&str, &str); 2] = [
    ("agg", "tp, pp, dp, cp, moe_tp, moe_ep"),
    ("disagg", "decode.tp, decode.pp, decode.dp, decode.moe_tp, decode.moe_ep"),
];

/// The best rows, of every way to split workers the best one.
pub(super) fn top(count: u64, statement: &Statement) -> String {
    let backend = (statement.frameworks.len() > 1).then_some("backend");
    let shapes = SHAPE.iter().filter(|(mode, _)| statement.modes.iter().any(|m| m == mode));
    let columns: Vec<&str> = backend.into_iter().chain(shapes.map(|(_, names)| *names)).collect();
    let per = if statement.modes.len() > 1 { " per mode" } else { "" };
    format!("top {count}{per}\n  distinct {}", columns.join(", "))
}

impl Targets {
    /// The conditions.
    pub(super) fn conditions(&self) -> Vec<String> {
        let latency = Latencies { ttft: self.ttft, tpot: self.tpot, request: self.request_latency };
        latency.or_usual([2000.0, 30.0]).conditions()
    }
}

/// Bounds of latencies, in ms.
#[derive(Debug, Clone, Copy)]
pub(super) struct Latencies {
    pub(super) ttft: Option<f64>,
    pub(super) tpot: Option<f64>,
    /// Of a whole request.
    pub(super) request: Option<f64>,
}

impl Latencies {
    /// The same with the usual bounds of TTFT and TPOT, unless the whole request has one.
    pub(super) fn or_usual(self, [ttft, tpot]: [f64; 2]) -> Self {
        match self.request {
            None => Self { ttft: self.ttft.or(Some(ttft)), tpot: self.tpot.or(Some(tpot)), ..self },
            Some(_) => self,
        }
    }

    /// `ttft < 300ms` and its like.
    pub(super) fn conditions(self) -> Vec<String> {
        let bounds = [("ttft", self.ttft), ("tpot", self.tpot), ("latency", self.request)];
        bounds.into_iter().filter_map(|(n, v)| v.map(|v| format!("{n} < {v}ms"))).collect()
    }
}
