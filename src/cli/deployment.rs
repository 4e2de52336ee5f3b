//! Options that command modes share, and the clauses they stand for.

use std::path::{Path, PathBuf};

use super::statement;
use crate::base::error::{Code, Error, Result};
use crate::engine::Engine;
use crate::lang::ast::{AxisTerm, Expr, Name, Owner, Search, Top};
use crate::lang::quote::{name, quoted};
use crate::model::columns::Columns;
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
    /// The question, without targets.
    pub(super) fn search(&self, session: &Session, gpus: Option<u64>) -> Result<Search> {
        let version = self.backend_version.as_deref();
        let frameworks = frameworks(session, &self.system, self.backend.as_deref())?;
        if frameworks.len() > 1 && version.is_some() {
            return Err(Error::question(
                Code::VersionWithoutBackend,
                "a version needs the name of its backend",
            )
            .help("name it with --backend"));
        }
        let accepted = match (self.nextn, self.accepted) {
            (0, None) => None,
            (0, Some(_)) => {
                return Err(Error::question(
                    Code::DraftsWithoutAcceptance,
                    "accepted tokens without drafted ones",
                )
                .help("say how many are drafted with --nextn"));
            }
            (_, None) => {
                return Err(Error::question(
                    Code::DraftsWithoutAcceptance,
                    "drafted tokens are worth what is accepted",
                )
                .help("say how many of them with --accepted, such as --accepted 0.8"));
            }
            (_, accepted) => accepted,
        };
        let mut serving =
            vec![statement::count("isl", self.isl), statement::count("osl", self.osl)];
        if self.prefix > 0 {
            serving.push(statement::count("prefix", self.prefix));
        }
        if let Some(accepted) = accepted {
            serving.push(statement::count("nextn", self.nextn));
            serving.push(AxisTerm::number("accepted", accepted));
        }
        let mut search = statement::search(&self.model, &self.system, gpus);
        let decode = self.decode_system.iter();
        search.axes.extend(decode.map(|s| AxisTerm::one("decode.system", Expr::word(s))));
        search.clauses.frameworks = statement::frameworks(&frameworks, version);
        search.clauses.serving = serving;
        Ok(search)
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

/// The best rows, of every way to split workers over GPUs the best one. A deployment of pools is
/// known by the pool that decodes.
pub(super) fn top(columns: &Columns, count: u64, search: &Search) -> Top {
    let clauses = &search.clauses;
    let modes: Vec<&str> = clauses.modes.iter().map(|m| m.text.as_str()).collect();
    let sizes = |owner: Owner, prefix: &'static str| {
        columns.sizes(owner).map(move |c| Name::new(format!("{prefix}{}", c.name.text)))
    };
    let backend = (clauses.frameworks.len() > 1).then(|| Name::new("backend"));
    let alike = modes.contains(&"agg").then(|| sizes(Owner::Worker, ""));
    let pools = modes.contains(&"disagg").then(|| sizes(Owner::Pool, "decode."));
    let shapes = alike.into_iter().flatten().chain(pools.into_iter().flatten());
    let per = (modes.len() > 1).then(|| Name::new("mode"));
    Top {
        per: per.into_iter().collect(),
        distinct: backend.into_iter().chain(shapes).collect(),
        ..statement::top(count)
    }
}

impl Targets {
    /// The conditions.
    pub(super) fn conditions(&self) -> Vec<Expr> {
        conditions(self.ttft, self.tpot, self.request_latency, Some([2000.0, 30.0]))
    }
}

/// Conditions of targets in ms. Where the whole request has no target, the others have these
/// defaults.
pub(super) fn conditions(
    ttft: Option<f64>,
    tpot: Option<f64>,
    latency: Option<f64>,
    defaults: Option<[f64; 2]>,
) -> Vec<Expr> {
    let [ttft_default, tpot_default] = match (latency, defaults) {
        (None, Some(defaults)) => defaults.map(Some),
        _ => [None, None],
    };
    let named =
        [("ttft", ttft.or(ttft_default)), ("tpot", tpot.or(tpot_default)), ("latency", latency)];
    let bound =
        |(metric, bound): (&str, Option<f64>)| Some(statement::below(Expr::name(metric), bound?));
    named.into_iter().filter_map(bound).collect()
}
