//! The flat format: each key of an experiment becomes a clause of a question.

use serde_json::{Map, Value};

use super::document::{Experiment, plain};
use super::keys::{self, Key, Use};
use super::slo;
use crate::cli::deployment::{backends, conditions};
use crate::cli::statement::{self, at_most, count};
use crate::engine::Engine;
use crate::error::Result;
use crate::lang::ast::{AxisTerm, BinaryOp, Expr, Item, Name, Objective, Search};

/// Decode batches where more than the shipped ones are asked for: ranges and their steps, up to the
/// usual largest one.
const DECODE_BATCHES: [(u32, u32, u32); 4] = [(1, 15, 1), (16, 30, 2), (32, 124, 4), (128, 504, 8)];
/// The largest batch and number of workers that are tried unasked.
const USUAL_BATCH: u64 = 512;
const USUAL_WORKERS: u64 = 32;

/// An experiment as a question.
pub(super) struct Question {
    pub(super) search: Search,
    /// Whether the compromises are asked for too.
    pub(super) frontier: bool,
}

/// Reads the keys of one experiment.
struct Reader<'a> {
    experiment: &'a Experiment<'a>,
    keys: &'a Map<String, Value>,
    search: Search,
}

/// Translates an experiment, whose keys are `flat`.
pub(super) fn question(
    engine: &Engine,
    experiment: &Experiment<'_>,
    flat: &Map<String, Value>,
) -> Result<Question> {
    let known = keys::all();
    let names: Vec<String> = known.iter().map(|(n, _)| n.clone()).collect();
    if let Some(key) = flat.keys().find(|k| !names.contains(k)) {
        return Err(experiment.unknown(&[key], &names));
    }
    let mut reader = Reader { experiment, keys: flat, search: statement::search("", "", None) };
    let mode = reader.whole(engine)?;
    for (name, key) in &known {
        if let Some(value) = reader.value(name) {
            if wrong_mode(name, key, &mode) {
                let why = format!("the experiment serves `{mode}`");
                return Err(experiment.refused(name, &why));
            }
            reader.key(name, key, value, &mode)?;
        }
    }
    let frontier = !matches!(reader.value("pareto_sweep"), Some(Value::Bool(false)));
    Ok(Question { search: reader.search, frontier })
}

/// Whether a key is about workers that the serving mode does not have.
fn wrong_mode(name: &str, key: &Key, mode: &str) -> bool {
    let pools = !key.pool.is_empty()
        || ["prefill_", "decode_", "max_prefill_", "max_decode_", "rate_match_", "autoscale_"]
            .iter()
            .any(|p| name.starts_with(p));
    if mode == "agg" { pools } else { name.starts_with("agg_") }
}

impl<'a> Reader<'a> {
    fn value(&self, key: &str) -> Option<&'a Value> {
        self.keys.get(key).filter(|v| !v.is_null())
    }

    fn text(&self, keys: &[&str]) -> Option<String> {
        keys.iter().find_map(|k| self.value(k)).map(plain)
    }

    fn number(&self, key: &str) -> Result<Option<f64>> {
        self.value(key).map(|v| number(self.experiment, key, v)).transpose()
    }

    fn count(&self, key: &str) -> Result<Option<u64>> {
        let whole = |n: f64| match n {
            n if n >= 1.0 && n.fract() == 0.0 => Ok(n as u64),
            _ => Err(self.experiment.value(key, "a whole number from 1")),
        };
        self.number(key)?.map(whole).transpose()
    }

    /// What is said of the whole experiment; the result is its serving mode.
    fn whole(&mut self, engine: &Engine) -> Result<String> {
        let mode = self.text(&["serving_mode"]).unwrap_or_else(|| "agg".to_owned());
        if !matches!(mode.as_str(), "agg" | "disagg") {
            return Err(self.experiment.value("serving_mode", "`agg` or `disagg`"));
        }
        let models: Vec<String> = ["model_path", "prefill_model_path", "decode_model_path"]
            .iter()
            .filter_map(|k| self.text(&[k]))
            .collect();
        let Some(model) = models.first() else {
            return Err(self.experiment.missing("model_path"));
        };
        if models.iter().any(|m| m != model) {
            let wanted = "the same for prefill and decode";
            return Err(self.experiment.value("decode_model_path", wanted));
        }
        let system = self.text(&["system_name", "prefill_system_name", "decode_system_name"]);
        let Some(system) = system else { return Err(self.experiment.missing("system_name")) };
        let backend = self.text(&["backend_name", "prefill_backend_name", "decode_backend_name"]);
        let backend = backend.unwrap_or_else(|| "trtllm".to_owned());
        let frameworks = backends(engine, &system, &backend)?;
        let version = self.text(&["backend_version"]).filter(|v| v != "latest");
        let Some(gpus) = self.count("total_gpus")? else {
            return Err(self.experiment.missing("total_gpus"));
        };
        let mut serving = Vec::new();
        for key in ["isl", "osl", "prefix"] {
            if let Some(n) = self.number(key)? {
                serving.push(AxisTerm::number(key, n));
            }
        }
        serving.extend(self.images()?);
        serving.extend(self.drafts()?);
        let [ttft, tpot, latency] =
            [self.number("ttft")?, self.number("tpot")?, self.number("request_latency")?];
        let preferences = match self.value("slo") {
            Some(block) => slo::preferences(self.experiment, block)?,
            None => Vec::new(),
        };
        // Soft targets stand in for the hard ones that nobody asked for.
        let usual = preferences.is_empty().then_some([1000.0, 50.0]);
        let mut search = statement::search(model, &system, Some(gpus));
        let clauses = &mut search.clauses;
        clauses.frameworks = statement::frameworks(&frameworks, version.as_deref());
        clauses.serving = serving;
        clauses.modes = vec![Name::new(&mode)];
        clauses.filter = conditions(ttft, tpot, latency, usual);
        clauses.preferences = preferences;
        clauses.objective = Some(Objective::Maximize(Expr::name("tokens_per_gpu")));
        self.search = search;
        Ok(mode)
    }

    fn images(&self) -> Result<Vec<AxisTerm>> {
        let [height, width] = [self.number("image_height")?, self.number("image_width")?];
        let (Some(height), Some(width)) = (height, width) else {
            return match height.or(width).is_some_and(|n| n > 0.0) {
                true => Err(self.experiment.missing("image_height` and `image_width")),
                false => Ok(Vec::new()),
            };
        };
        if height == 0.0 || width == 0.0 {
            return Ok(Vec::new());
        }
        let images = self.number("num_images_per_request")?.unwrap_or(1.0);
        Ok(vec![
            AxisTerm::number("images", images),
            AxisTerm::number("image_height", height),
            AxisTerm::number("image_width", width),
        ])
    }

    fn drafts(&self) -> Result<Vec<AxisTerm>> {
        let drafted =
            self.number("nextn").map_err(|e| e.help("`auto` is not taken: say how many"))?;
        let accepted = self.number("nextn_accepted")?;
        match (drafted.unwrap_or(0.0), accepted) {
            (0.0, None) => Ok(Vec::new()),
            (0.0, Some(_)) => Err(self.experiment.missing("nextn")),
            (_, None) => Err(self.experiment.missing("nextn_accepted")),
            (drafted, Some(accepted)) => {
                Ok(vec![AxisTerm::number("nextn", drafted), AxisTerm::number("accepted", accepted)])
            }
        }
    }

    /// The clause of one key.
    fn key(&mut self, name: &str, key: &Key, value: &Value, mode: &str) -> Result<()> {
        let dot = if key.pool.is_empty() { String::new() } else { format!("{}.", key.pool) };
        match key.what {
            Use::Own => return self.own(name, key, value, mode),
            Use::Number(setting) => {
                let n = number(self.experiment, name, value)?;
                self.search.axes.push(AxisTerm::number(setting, n));
            }
            Use::List(axis) => {
                let values = numbers(self.experiment, name, value)?;
                self.search.axes.push(AxisTerm::several(format!("{dot}{axis}"), values));
            }
            Use::Choice(choice) => {
                let value = Expr::word(&plain(value));
                self.search.axes.push(AxisTerm::one(format!("{dot}{choice}"), value));
            }
            Use::Only(allowed, why) => {
                let given = plain(value);
                if !allowed.iter().any(|a| a.eq_ignore_ascii_case(&given)) {
                    let error = self.experiment.value(name, &allowed.join(" or "));
                    return Err(error.help(why));
                }
            }
            Use::Refused(why) => return Err(self.experiment.refused(name, why)),
        }
        Ok(())
    }

    fn own(&mut self, name: &str, key: &Key, value: &Value, mode: &str) -> Result<()> {
        let experiment = self.experiment;
        let pool = key.pool;
        let flag = || match value {
            Value::Bool(flag) => Ok(*flag),
            _ => Err(experiment.value(name, "true or false")),
        };
        match key.name {
            "system_name" | "backend_name" if !pool.is_empty() => {
                let choice = key.name.trim_end_matches("_name");
                let value = Expr::word(&plain(value));
                self.search.axes.push(AxisTerm::one(format!("{pool}.{choice}"), value));
            }
            "backend_version" if !pool.is_empty() => {
                let version = plain(value);
                let version = if version == "latest" { "current".to_owned() } else { version };
                let version = Expr::text(version);
                self.search.axes.push(AxisTerm::one(format!("{pool}.version"), version));
            }
            "database_mode" => {
                let data = match plain(value).to_ascii_uppercase().as_str() {
                    "SILICON" => "tables",
                    "HYBRID" => "hybrid",
                    "SOL" => "roofline",
                    _ => return Err(experiment.value(name, "SILICON, HYBRID or SOL")),
                };
                self.search.axes.push(AxisTerm::one("data", Expr::name(data)));
            }
            "enable_wideep" => {
                let dot = if pool.is_empty() { String::new() } else { format!("{pool}.") };
                let is_wide = u64::from(flag()?);
                self.search.axes.push(count(&format!("{dot}wide_ep"), is_wide));
            }
            "enable_chunked_prefill" if flag()? => {
                if mode != "agg" {
                    let why = "prefill workers read whole prompts";
                    return Err(experiment.refused(name, why));
                }
                let tokens = [Item::stepped(512.0, 8192.0, 512.0)];
                self.search.axes.push(AxisTerm::several("ctx_tokens", tokens));
                self.search.axes.push(count("ctx_prompts", 1));
            }
            "free_gpu_memory_fraction" => {
                let share = number(experiment, name, value)?;
                self.search.axes.push(AxisTerm::number("kv_fraction", share));
                self.search.axes.push(AxisTerm::number("static_fraction", share));
            }
            "num_gpu_candidates" => {
                let sizes = ["tp", "pp", "dp", "cp"];
                let dot = if pool.is_empty() { String::new() } else { format!("{pool}.") };
                let sizes = sizes.map(|size| Expr::name(format!("{dot}{size}")));
                let product = sizes.into_iter().reduce(|a, b| a.then(BinaryOp::Mul, b));
                let values = numbers(experiment, name, value)?;
                self.search.clauses.filter.extend(product.map(|product| product.among(values)));
            }
            "num_gpu_per_replica" => {
                let values = numbers(experiment, name, value)?;
                self.search.clauses.filter.push(Expr::name("gpus_per_replica").among(values));
            }
            "max_gpu_per_replica" => {
                let most = number(experiment, name, value)?;
                self.search.clauses.filter.push(at_most("gpus_per_replica", most));
            }
            "max_prefill_workers" | "max_decode_workers" => {
                let pool = if name == "max_prefill_workers" { "prefill" } else { "decode" };
                let most = self.count(name)?.unwrap_or(USUAL_WORKERS);
                self.bounded(&format!("{pool}.workers"), most, USUAL_WORKERS, Vec::new());
            }
            "prefill_max_batch_size" => {
                let most = self.count(name)?.unwrap_or(1);
                let batches = [Item::range(1.0, most as f64)];
                self.search.axes.push(AxisTerm::several("prefill.batch", batches));
            }
            "decode_max_batch_size" => {
                let most = self.count(name)?.unwrap_or(USUAL_BATCH);
                self.bounded("decode.batch", most, USUAL_BATCH, decode_batches());
            }
            // Said of the whole experiment already.
            _ => {}
        }
        Ok(())
    }

    /// Fewer values of an axis than usual are a condition. More are the axis itself: the usual ones
    /// and the largest, or all up to it.
    fn bounded(&mut self, axis: &str, most: u64, usual: u64, mut values: Vec<Item>) {
        if most < usual {
            self.search.clauses.filter.push(at_most(axis, most as f64));
        } else if most > usual {
            values.push(match values.is_empty() {
                true => Item::range(1.0, most as f64),
                false => Item::number(most as f64),
            });
            self.search.axes.push(AxisTerm::several(axis, values));
        }
    }
}

fn decode_batches() -> Vec<Item> {
    let range = |(low, high, step): (u32, u32, u32)| match step {
        1 => Item::range(low.into(), high.into()),
        _ => Item::stepped(low.into(), high.into(), step.into()),
    };
    let largest = Item::number(USUAL_BATCH as f64);
    DECODE_BATCHES.into_iter().map(range).chain([largest]).collect()
}

fn number(experiment: &Experiment<'_>, key: &str, value: &Value) -> Result<f64> {
    match value.as_f64() {
        Some(n) if n.is_finite() && n >= 0.0 => Ok(n),
        _ => Err(experiment.value(key, "a number from 0")),
    }
}

fn numbers(experiment: &Experiment<'_>, key: &str, value: &Value) -> Result<Vec<Item>> {
    let one = |v: &Value| number(experiment, key, v).map(Item::number);
    match value {
        Value::Array(values) if !values.is_empty() => values.iter().map(one).collect(),
        Value::Array(_) => Err(experiment.value(key, "a list of numbers, and not an empty one")),
        single => Ok(vec![one(single)?]),
    }
}
