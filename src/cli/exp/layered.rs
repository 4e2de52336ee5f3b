//! The layered format: profiles and a `config` over defaults, turned into the flat one.

use serde_json::{Map, Value};

use super::document::{Experiment, plain};
use crate::base::error::{Code, Result};
use crate::base::tsv;

/// Keys that only the layered format has.
const MARKS: &[&str] = &[
    "mode",
    "config",
    "profiles",
    "worker_config",
    "prefill_worker_config",
    "decode_worker_config",
    "replica_config",
    "advanced_tuning_config",
    "runtime_config",
];

/// Keys beside `config`, and the flat ones they are.
const TOP: &[(&str, &str)] = &[
    ("serving_mode", "serving_mode"),
    ("model_name", "model_path"),
    ("model_path", "model_path"),
    ("system_name", "system_name"),
    ("decode_system_name", "decode_system_name"),
    ("total_gpus", "total_gpus"),
    ("backend_name", "backend_name"),
    ("backend_version", "backend_version"),
    ("isl", "isl"),
    ("osl", "osl"),
    ("prefix", "prefix"),
    ("ttft", "ttft"),
    ("tpot", "tpot"),
    ("request_latency", "request_latency"),
    ("enable_wide_ep", "enable_wideep"),
    ("enable_wideep", "enable_wideep"),
    ("database_mode", "database_mode"),
    ("slo", "slo"),
];

/// Keys beside `config` that `mode: replace` discards; then they belong into `runtime_config`.
const DISCARDED: &[&str] = &["isl", "osl", "prefix", "ttft", "tpot", "request_latency", "profiles"];

/// Keys of `config` that are scalars.
const CONFIG: &[(&str, &str)] = &[
    ("nextn", "nextn"),
    ("moe_backend", "moe_backend"),
    ("attention_backend", "attention_backend"),
    ("serving_mode", "serving_mode"),
    ("model_name", "model_path"),
    ("model_path", "model_path"),
];

const RUNTIME: &[(&str, &str)] = &[
    ("isl", "isl"),
    ("osl", "osl"),
    ("prefix", "prefix"),
    ("ttft", "ttft"),
    ("tpot", "tpot"),
    ("request_latency", "request_latency"),
];

const WORKER: &[(&str, &str)] = &[
    ("system_name", "system_name"),
    ("backend_name", "backend_name"),
    ("backend_version", "backend_version"),
    ("gemm_quant_mode", "gemm_quant_mode"),
    ("moe_quant_mode", "moe_quant_mode"),
    ("kvcache_quant_mode", "kvcache_quant_mode"),
    ("fmha_quant_mode", "fmha_quant_mode"),
    ("comm_quant_mode", "comm_quant_mode"),
];

const LISTS: &[(&str, &str)] = &[
    ("num_gpu_per_worker", "num_gpu_candidates"),
    ("tp_list", "tp_candidates"),
    ("pp_list", "pp_candidates"),
    ("dp_list", "dp_candidates"),
    ("moe_tp_list", "moe_tp_candidates"),
    ("moe_ep_list", "moe_ep_candidates"),
];

const REPLICA: &[(&str, &str)] = &[
    ("num_gpu_per_replica", "num_gpu_per_replica"),
    ("max_gpu_per_replica", "max_gpu_per_replica"),
    ("max_prefill_worker", "max_prefill_workers"),
    ("max_decode_worker", "max_decode_workers"),
];

const TUNING: &[(&str, &str)] = &[
    ("prefill_latency_correction_scale", "prefill_latency_correction"),
    ("decode_latency_correction_scale", "decode_latency_correction"),
    ("prefill_max_batch_size", "prefill_max_batch_size"),
    ("decode_max_batch_size", "decode_max_batch_size"),
];

/// Whether an experiment is in the layered format.
pub(super) fn is_layered(experiment: &Experiment<'_>) -> bool {
    experiment.keys.keys().any(|k| MARKS.contains(&k.as_str()) || k == "model_name")
}

/// The same experiment in the flat format.
pub(super) fn flatten(experiment: &Experiment<'_>) -> Result<Map<String, Value>> {
    let replace = match experiment.keys.get("mode").map(plain).as_deref() {
        None | Some("patch" | "null") => false,
        Some("replace") => true,
        Some(_) => return Err(experiment.value("mode", "`patch` or `replace`")),
    };
    let mut flat = Map::new();
    let mut config = Map::new();
    let mut profiles = Vec::new();
    for (key, value) in &experiment.keys {
        match key.as_str() {
            _ if value.is_null() => {}
            key if replace && DISCARDED.contains(&key) => {
                let why = "`mode: replace` takes all of it from `config`";
                return Err(experiment.refused(key, why));
            }
            "use_specific_quant_mode" => {
                return Err(experiment.refused(key, "name the precisions in the worker's config"));
            }
            "mode" => {}
            "profiles" => profiles = names(experiment, value)?,
            "config" => match value {
                Value::Object(own) => config.extend(own.clone()),
                _ => return Err(experiment.value("config", "a mapping")),
            },
            key => match TOP.iter().find(|(name, _)| *name == key) {
                Some((_, name)) => drop(flat.insert((*name).to_owned(), value.clone())),
                None if experiment.keys.contains_key("config") => {
                    let known: Vec<String> = (TOP.iter().map(|(n, _)| (*n).to_owned()))
                        .chain(["mode", "profiles", "config"].map(str::to_owned))
                        .collect();
                    return Err(experiment.unknown(&[key], &known));
                }
                None => drop(config.insert(key.to_owned(), value.clone())),
            },
        }
    }
    for profile in profiles {
        apply(experiment, &profile, &mut flat)?;
    }
    configure(experiment, &config, &mut flat)?;
    Ok(flat)
}

fn names(experiment: &Experiment<'_>, value: &Value) -> Result<Vec<String>> {
    match value {
        Value::Array(names) => Ok(names.iter().map(plain).collect()),
        Value::String(one) => Ok(vec![one.clone()]),
        _ => Err(experiment.value("profiles", "a list of names")),
    }
}

/// Sets the precisions that a profile stands for.
fn apply(experiment: &Experiment<'_>, profile: &str, flat: &mut Map<String, Value>) -> Result<()> {
    let profiles = || tsv::rows(include_str!("../../../models/profiles.tsv"));
    let Some(row) = profiles().find(|row| row.get("profile") == profile) else {
        let known: Vec<&str> = profiles().map(|row| row.get("profile")).collect();
        let message = format!("there is no profile `{profile}`");
        let error = experiment.wrong(&["profiles"], Code::NoSuchExperimentKey, message);
        return Err(error.help(format!("profiles: {}", known.join(", "))));
    };
    for (key, value) in row.cells().skip(1) {
        flat.insert(key.to_owned(), Value::from(value));
    }
    Ok(())
}

fn configure(
    experiment: &Experiment<'_>,
    config: &Map<String, Value>,
    flat: &mut Map<String, Value>,
) -> Result<()> {
    let known: Vec<String> = (CONFIG.iter().map(|(n, _)| *n))
        .chain(MARKS.iter().copied().skip(3))
        .chain(["nextn_accept_rates"])
        .map(str::to_owned)
        .collect();
    for (key, value) in config {
        if value.is_null() {
            continue;
        }
        if let Some((_, name)) = CONFIG.iter().find(|(n, _)| n == key) {
            flat.insert((*name).to_owned(), value.clone());
            continue;
        }
        if key == "nextn_accept_rates" {
            let drafted = config.get("nextn").and_then(Value::as_u64).unwrap_or(0);
            if drafted > 0 {
                let accepted = accepted(experiment, value, drafted)?;
                flat.insert("nextn_accepted".to_owned(), Value::from(accepted));
            }
            continue;
        }
        let (prefix, sections): (&str, [&[(&str, &str)]; 2]) = match key.as_str() {
            "runtime_config" => ("", [RUNTIME, &[]]),
            "worker_config" => ("agg_", [WORKER, LISTS]),
            "prefill_worker_config" => ("prefill_", [WORKER, LISTS]),
            "decode_worker_config" => ("decode_", [WORKER, LISTS]),
            "replica_config" => ("", [REPLICA, &[]]),
            "advanced_tuning_config" => ("", [TUNING, &[]]),
            _ => return Err(experiment.unknown(&[key], &known)),
        };
        let Value::Object(section) = value else {
            return Err(experiment.value(key, "a mapping"));
        };
        for (inner, value) in section {
            let place = sections.iter().enumerate().find_map(|(i, table)| {
                let (_, name) = table.iter().find(|(n, _)| n == inner)?;
                // A worker's precisions are those of the experiment where there is one worker.
                let prefix = if i == 0 && prefix == "agg_" { "" } else { prefix };
                Some(format!("{prefix}{name}"))
            });
            let Some(name) = place else {
                let names: Vec<String> =
                    sections.iter().flat_map(|t| t.iter()).map(|(n, _)| (*n).to_owned()).collect();
                return Err(experiment.unknown(&[key, inner], &names));
            };
            if !value.is_null() {
                flat.insert(name, value.clone());
            }
        }
    }
    Ok(())
}

/// Tokens accepted on average: each draft counts if all before it were accepted too.
fn accepted(experiment: &Experiment<'_>, rates: &Value, drafted: u64) -> Result<f64> {
    let wrong = || experiment.value("nextn_accept_rates", "a list of shares, one for each draft");
    let rates: Vec<f64> = match rates {
        Value::Array(rates) => {
            rates.iter().map(|r| r.as_f64().ok_or_else(wrong)).collect::<Result<_>>()?
        }
        _ => return Err(wrong()),
    };
    let mut all = 1.0;
    let each = rates.iter().take(drafted as usize).map(|rate| {
        all *= rate;
        all
    });
    Ok(each.sum())
}
