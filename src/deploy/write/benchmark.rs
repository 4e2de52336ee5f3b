//! The benchmark: requests as the question has them, at and around the predicted load.

use serde_json::{Value as Json, json};

use super::job::Job;
use super::output::Output;
use crate::base::error::Result;
use crate::deploy::deployment::{Deployment, Requests};
use crate::deploy::text::Context;

/// Loads below the predicted one, requests at once.
const STEPS: [u64; 5] = [1, 2, 8, 32, 128];
/// The script that makes the load.
const SCRIPT: &str = "bench.sh";

/// Adds the script, and what a Job in a cluster needs of it to what templates read.
///
/// # Errors
/// As for the files of a deployment.
pub(super) fn script(job: &Job, context: &mut Context, out: &mut Output) -> Result<()> {
    let d = &job.configuration.deployment;
    let predicted = (d.concurrency.round() as u64).max(1);
    let settings = &job.configuration.settings["bench"];
    let each = settings["requests"].as_u64().unwrap_or(1);
    let loads = match settings["loads"].as_array() {
        Some(list) if !list.is_empty() => list.iter().filter_map(Json::as_u64).collect(),
        _ => around(predicted),
    };
    let loads: Vec<Json> = loads.into_iter().map(|load| classes(d, load, each)).collect();
    context.set("loads", loads);
    context.set("concurrency", predicted);
    let url = match job.configuration.setting("bench", "url") {
        Some(url) => url.to_owned(),
        None => job.templates.fill("url", &job.platform.manifest().service, context)?,
    };
    context.set("bench_url", url);
    let script = job.templates.render(&format!("benchmark/{SCRIPT}"), context)?;
    context.set("bench_script", script.clone());
    out.text(SCRIPT, script);
    Ok(())
}

/// A few loads up to the predicted one, and 5 % on both sides of it.
fn around(predicted: u64) -> Vec<u64> {
    let mut loads: Vec<u64> = STEPS.into_iter().filter(|c| *c < predicted).collect();
    loads.extend([predicted * 95 / 100, predicted, predicted * 105 / 100]);
    loads.retain(|c| *c > 0);
    loads.sort_unstable();
    loads.dedup();
    loads
}

/// One load, split over the classes of requests as they are in flight together: by their shares and
/// by how long a request of each takes.
fn classes(d: &Deployment, load: u64, each: u64) -> Json {
    let latency = |r: &Requests| {
        let column = format!("latency_{}", r.name);
        d.row.get(&column).and_then(Json::as_f64).filter(|l| *l > 0.0).unwrap_or(1.0)
    };
    let whole: f64 = d.requests.iter().map(|r| r.share * latency(r)).sum();
    let classes: Vec<Json> = (d.requests.iter().enumerate())
        .map(|(i, r)| {
            let share = r.share * latency(r) / whole;
            let concurrency = ((load as f64 * share).round() as u64).max(1);
            let requests = ((load * each) as f64 * r.share).round() as u64;
            let folder = match d.requests.len() {
                1 => load.to_string(),
                _ => format!("{load}/{}", r.name),
            };
            json!({
                "folder": folder, "variable": format!("class_{i}"), "concurrency": concurrency,
                "requests": requests.max(concurrency), "isl": r.isl, "prefix": r.prefix,
                "osl": r.osl, "images": r.images, "image_width": r.image_width,
                "image_height": r.image_height,
            })
        })
        .collect();
    json!({"concurrency": load, "classes": classes})
}
