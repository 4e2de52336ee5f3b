//! The flat format: the keys of an experiment become a question.

use serde_json::{Map, Value};

use super::clause::Clause;
use super::document::Experiment;
use super::keys::{self, Key};
use super::slo;
use super::values::Values;
use crate::base::error::Result;
use crate::cli::deployment::{conditions, frameworks};
use crate::cli::statement;
use crate::lang::ast::{AxisTerm, Name, Search};
use crate::session::Session;

/// Bounds of TTFT and TPOT in ms where an experiment names none.
const USUAL: [f64; 2] = [1000.0, 50.0];

/// An experiment as a question.
pub(super) struct Question {
    pub(super) search: Search,
    /// Whether the frontier is a question too.
    pub(super) frontier: bool,
}

/// Translates an experiment, whose keys are `flat`.
pub(super) fn question(
    session: &Session,
    experiment: &Experiment<'_>,
    flat: &Map<String, Value>,
) -> Result<Question> {
    let known = keys::all();
    let names: Vec<String> = known.iter().map(|(n, _)| n.clone()).collect();
    if let Some(key) = flat.keys().find(|k| !names.contains(k)) {
        return Err(experiment.unknown(&[key], &names));
    }
    let values = Values::new(experiment, flat);
    let mode = mode(&values)?;
    let mut search = whole(session, &values, &mode)?;
    for (name, key) in &known {
        if let Some(value) = values.value(name) {
            if is_of_other_mode(name, key, &mode) {
                let why = format!("the experiment serves `{mode}`");
                return Err(experiment.refused(name, &why));
            }
            Clause { experiment, name, key, value }.add_to(&mut search)?;
        }
    }
    let frontier = !matches!(values.value("pareto_sweep"), Some(Value::Bool(false)));
    Ok(Question { search, frontier })
}

fn mode(values: &Values<'_>) -> Result<String> {
    let mode = values.text(&["serving_mode"]).unwrap_or_else(|| "agg".to_owned());
    match mode.as_str() {
        "agg" | "disagg" => Ok(mode),
        _ => Err(values.experiment.value("serving_mode", "`agg` or `disagg`")),
    }
}

/// Whether a key is about workers that the serving mode does not have.
fn is_of_other_mode(name: &str, key: &Key, mode: &str) -> bool {
    let pools = !key.pool.is_empty()
        || ["prefill_", "decode_", "max_prefill_", "max_decode_", "rate_match_", "autoscale_"]
            .iter()
            .any(|p| name.starts_with(p));
    if mode == "agg" { pools } else { name.starts_with("agg_") }
}

/// The clauses that take several keys.
fn whole(session: &Session, values: &Values<'_>, mode: &str) -> Result<Search> {
    let experiment = values.experiment;
    let model = model(values)?;
    let system = values.text(&["system_name", "prefill_system_name", "decode_system_name"]);
    let Some(system) = system else { return Err(experiment.missing("system_name")) };
    let backend = values.text(&["backend_name", "prefill_backend_name", "decode_backend_name"]);
    let frameworks = frameworks(session, &[&system], backend.as_deref())?;
    let version = values.text(&["backend_version"]).filter(|v| v != "latest");
    let Some(gpus) = values.count("total_gpus")? else {
        return Err(experiment.missing("total_gpus"));
    };
    let mut serving = Vec::new();
    for key in ["isl", "osl", "prefix"] {
        serving.extend(values.number(key)?.map(|n| AxisTerm::number(key, n)));
    }
    serving.extend(images(values)?);
    serving.extend(drafts(values)?);
    let [ttft, tpot, latency] =
        [values.number("ttft")?, values.number("tpot")?, values.number("request_latency")?];
    let preferences = match values.value("slo") {
        Some(block) => slo::preferences(experiment, block)?,
        None => Vec::new(),
    };
    // Soft targets stand in for hard ones that the experiment does not name.
    let usual = preferences.is_empty().then_some(USUAL);
    let mut search = statement::search(&model, &[&system], Some(gpus));
    let clauses = &mut search.clauses;
    clauses.frameworks = statement::frameworks(&frameworks, version.as_deref());
    clauses.serving = serving;
    clauses.modes = vec![Name::new(mode)];
    clauses.filter = conditions(ttft, tpot, latency, usual);
    clauses.preferences = preferences;
    clauses.objective = session.library().columns.objective();
    Ok(search)
}

/// The one model of all workers.
fn model(values: &Values<'_>) -> Result<String> {
    let keys = ["model_path", "prefill_model_path", "decode_model_path"];
    let models: Vec<String> = keys.iter().filter_map(|k| values.text(&[k])).collect();
    let Some(model) = models.first() else {
        return Err(values.experiment.missing("model_path"));
    };
    if models.iter().any(|m| m != model) {
        let wanted = "the same for prefill and decode";
        return Err(values.experiment.value("decode_model_path", wanted));
    }
    Ok(model.clone())
}

/// Images of a request.
fn images(values: &Values<'_>) -> Result<Vec<AxisTerm>> {
    let [height, width] = [values.number("image_height")?, values.number("image_width")?];
    let (Some(height), Some(width)) = (height, width) else {
        return match height.or(width).is_some_and(|n| n > 0.0) {
            true => Err(values.experiment.missing("image_height` and `image_width")),
            false => Ok(Vec::new()),
        };
    };
    if height == 0.0 || width == 0.0 {
        return Ok(Vec::new());
    }
    let images = values.number("num_images_per_request")?.unwrap_or(1.0);
    Ok(vec![
        AxisTerm::number("images", images),
        AxisTerm::number("image_height", height),
        AxisTerm::number("image_width", width),
    ])
}

/// Drafted tokens, and how many of them are accepted.
fn drafts(values: &Values<'_>) -> Result<Vec<AxisTerm>> {
    let drafted =
        values.number("nextn").map_err(|e| e.help("`auto` is not taken: say how many"))?;
    let accepted = values.number("nextn_accepted")?;
    match (drafted.unwrap_or(0.0), accepted) {
        (0.0, None) => Ok(Vec::new()),
        (0.0, Some(_)) => Err(values.experiment.missing("nextn")),
        (_, None) => Err(values.experiment.missing("nextn_accepted")),
        (drafted, Some(accepted)) => {
            Ok(vec![AxisTerm::number("nextn", drafted), AxisTerm::number("accepted", accepted)])
        }
    }
}
