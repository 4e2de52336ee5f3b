//! Soft targets: a block of thresholds becomes `prefer` clauses.
//!
//! ```yaml
//! slo:
//!   ttft: {threshold: 300, weight: 2}
//!   tpot: {threshold: 10, hard_fail: true}
//!   latency: {threshold: 12000, percentile: p90}
//! ```

use serde_json::{Map, Value};

use super::document::{Experiment, plain};
use crate::base::error::{Code, Result};
use crate::cli::statement::below;
use crate::lang::ast::{Expr, Preference};

const METRICS: &[&str] = &["ttft", "tpot", "latency"];
/// Percentiles that are metrics.
const SIMULATED: [&str; 4] = ["50", "90", "95", "99"];

const TERMS: &[&str] = &["threshold", "weight", "hard_fail", "fail_ratio", "percentile"];

/// The `prefer` clauses of a block.
pub(super) fn preferences(experiment: &Experiment<'_>, block: &Value) -> Result<Vec<Preference>> {
    let Value::Object(block) = block else {
        return Err(experiment.value("slo", "a mapping of metrics to thresholds"));
    };
    block.iter().map(|(name, terms)| preference(experiment, name, terms)).collect()
}

fn preference(experiment: &Experiment<'_>, name: &str, terms: &Value) -> Result<Preference> {
    let (metric, percentile) = metric(name);
    if !METRICS.contains(&metric) {
        let known: Vec<String> = METRICS.iter().map(|m| (*m).to_owned()).collect();
        return Err(experiment.unknown(&["slo", name], &known));
    }
    let inline;
    let terms = match terms {
        Value::Object(terms) => terms,
        Value::Number(_) => {
            inline = [("threshold".to_owned(), terms.clone())].into_iter().collect();
            &inline
        }
        _ => return Err(experiment.value(name, "a threshold in ms, or a mapping with one")),
    };
    if let Some(key) = terms.keys().find(|k| !TERMS.contains(&k.as_str())) {
        let known: Vec<String> = TERMS.iter().map(|t| (*t).to_owned()).collect();
        return Err(experiment.unknown(&["slo", name, key], &known));
    }
    let number = |key: &str| match terms.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_f64() {
            Some(n) if n >= 0.0 => Ok(Some(n)),
            _ => Err(experiment.value(key, "a number from 0")),
        },
    };
    let Some(threshold) = number("threshold")? else {
        let message = format!("`{name}` has no `threshold`");
        return Err(experiment.wrong(&["slo", name], Code::MissingExperimentKey, message));
    };
    let what = match percentile_of(terms).unwrap_or(percentile) {
        Some(percentile) if SIMULATED.contains(&percentile.as_str()) => {
            Expr::name(format!("p{percentile}_{metric}"))
        }
        Some(percentile) => Expr::call(format!("p{percentile}"), [Expr::name(metric)]),
        None => Expr::name(metric),
    };
    let hard = match terms.get("hard_fail") {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Bool(true)) => true,
        Some(_) => return Err(experiment.value("hard_fail", "true or false")),
    };
    Ok(Preference {
        condition: below(what, threshold),
        weight: number("weight")?.map(Expr::number),
        fail_ratio: number("fail_ratio")?.map(Expr::number),
        hard,
    })
}

/// The metric of a key and its percentile: `ttft_p90` is like `ttft` with `percentile: p90`.
fn metric(key: &str) -> (&str, Option<String>) {
    match key.rsplit_once("_p") {
        Some((metric, digits)) if digits.parse::<f64>().is_ok() => {
            (metric, Some(digits.to_owned()))
        }
        _ => (key, None),
    }
}

/// What `percentile` is, if it is given; the mean is none.
fn percentile_of(terms: &Map<String, Value>) -> Option<Option<String>> {
    let given = terms.get("percentile").filter(|p| !p.is_null())?;
    let given = plain(given);
    Some(match given.trim_start_matches('p') {
        "mean" | "avg" => None,
        digits => Some(digits.to_owned()),
    })
}
