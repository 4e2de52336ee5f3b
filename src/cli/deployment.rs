//! Options that command modes share, and the clauses they stand for.

use std::path::{Path, PathBuf};

use super::statement;
use crate::base::error::{Code, Error, Result};
use crate::lang::ast::{AxisTerm, Expr, Item, Name, Search, Top};
use crate::lang::quote::{name, quoted};
use crate::lang::units::Unit;
use crate::session::Session;

/// Model, GPUs, requests and targets.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Deployment {
    /// Hugging Face id, directory with a config.json, or short name such as `QWEN3_32B`.
    #[arg(long, visible_alias = "model-path")]
    pub(super) model: String,
    /// GPU type, such as `h200_sxm`; several with commas, or `auto` for all with measurements.
    #[arg(long, value_delimiter = ',', required = true)]
    pub(super) system: Vec<String>,
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
    /// Values of an axis or precision to try, such as tp=2,4 or gemm=fp8; can be given several times.
    #[arg(long = "axis", value_parser = axis, value_name = "NAME=VALUE,...")]
    axes: Vec<AxisTerm>,
    /// How far prices may be from measurements: measured, tables, hybrid, roofline [default: tables].
    #[arg(long, visible_alias = "database-mode", value_name = "MODE")]
    pub(super) data_mode: Option<String>,
    /// File with the prices of GPUs: lines such as `set price h200_sxm = $3/gpu_hour;`.
    #[arg(long, value_name = "FILE")]
    pub(super) prices: Option<PathBuf>,
}

/// What the known tool calls data modes.
const DATA_MODES: [(&str, &str); 2] = [("silicon", "tables"), ("sol", "roofline")];

/// A time as typed, in ms: `300`, `300ms`, `0.3s`.
fn milliseconds(text: &str) -> std::result::Result<f64, String> {
    let at = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(at);
    let factor = match (unit, Unit::parse(unit)) {
        ("", _) => Some(1.0),
        (_, Some((Unit::Time, factor))) => Some(factor),
        _ => None,
    };
    let value = factor.and_then(|factor| Some(number.trim().parse::<f64>().ok()? * factor));
    let value = value.filter(|ms| ms.is_finite() && *ms > 0.0);
    value.ok_or_else(|| "a time is 300ms, 0.3s or a plain number of ms".to_owned())
}

/// `NAME=VALUE` or `NAME=VALUE,VALUE`.
fn axis(text: &str) -> std::result::Result<AxisTerm, String> {
    let (name, values) = text.split_once('=').ok_or("an axis has values: tp=2,4 or gemm=fp8")?;
    let value = |text: &str| {
        let text = text.trim();
        text.parse().map_or_else(|_| Expr::word(text), Expr::number)
    };
    Ok(AxisTerm::several(
        name.trim(),
        values.split(',').map(|v| Item::One(value(v))).collect::<Vec<_>>(),
    ))
}

/// Targets of latency.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Targets {
    /// Time to the first token, such as 300ms or 0.3s; a plain number is in ms [default: 2000, none with --request-latency].
    #[arg(long, value_parser = milliseconds, value_name = "TIME")]
    ttft: Option<f64>,
    /// Time per output token [default: 30, none with --request-latency].
    #[arg(long, value_parser = milliseconds, value_name = "TIME")]
    tpot: Option<f64>,
    /// Time of a whole request.
    #[arg(long, value_parser = milliseconds, value_name = "TIME")]
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
        let systems = self.systems(session)?;
        let all: Vec<&str> =
            systems.iter().chain(&self.decode_system).map(String::as_str).collect();
        let frameworks = frameworks(session, &all, self.backend.as_deref())?;
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
        let mut search = statement::search(&self.model, &systems, gpus);
        let decode = self.decode_system.iter();
        search.axes.extend(self.axes.iter().cloned());
        search.axes.extend(decode.map(|s| AxisTerm::one("decode.system", Expr::word(s))));
        search.clauses.frameworks = statement::frameworks(&frameworks, version);
        search.clauses.serving = serving;
        Ok(search)
    }

    /// Statements that come before the question.
    pub(super) fn preamble(&self) -> String {
        let mut text = String::new();
        if let Some(mode) = &self.data_mode {
            let lower = mode.to_lowercase();
            let known = DATA_MODES.iter().find(|(theirs, _)| *theirs == lower);
            text.push_str(&format!(
                "set data = {};\n",
                name(known.map_or(&lower, |(_, ours)| ours))
            ));
        }
        if let Some(prices) = &self.prices {
            text.push_str(&format!("include {};\n", quoted(&prices.display().to_string())));
        }
        text
    }

    /// The systems by name; for `auto` those on which the backend was measured, or any.
    fn systems(&self, session: &Session) -> Result<Vec<String>> {
        if self.system != ["auto"] {
            return Ok(self.system.clone());
        }
        let catalog = &session.engine().catalog;
        let usual = session.library().default_choice("backend").into_iter().next();
        let backend = self.backend.clone().filter(|name| name != "auto").or(usual);
        let mut systems = Vec::new();
        for system in catalog.systems() {
            if backend.iter().all(|b| catalog.backends(&system).is_ok_and(|all| all.contains(b))) {
                systems.push(system);
            }
        }
        Ok(systems)
    }
}

/// The backend of this name, the library's default without one; for `auto` all that were measured on
/// every one of some systems.
pub(super) fn frameworks(
    session: &Session,
    systems: &[&str],
    backend: Option<&str>,
) -> Result<Vec<String>> {
    let catalog = &session.engine().catalog;
    match backend {
        None => Ok(session.library().default_choice("backend")),
        Some("auto") => {
            let mut common: Option<Vec<String>> = None;
            for system in systems {
                let own = catalog.backends(&catalog.system(system)?.name)?;
                common = Some(match common {
                    None => own,
                    Some(before) => before.into_iter().filter(|b| own.contains(b)).collect(),
                });
            }
            Ok(common.unwrap_or_default())
        }
        Some(one) => Ok(vec![one.to_owned()]),
    }
}

/// The best rows, where there are several modes those of each.
pub(super) fn top(count: u64, search: &Search) -> Top {
    let per = (search.clauses.modes.len() > 1).then(|| Name::new("mode"));
    Top { per: per.into_iter().collect(), ..statement::top(count) }
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
