//! The benchmark: requests as the question has them, at and around the predicted load.

use serde_json::{Map, Value as Json, json};

use super::Platform;
use super::apply::Applied;
use super::deployment::{Deployment, Requests};
use super::render::Files;
use crate::error::Result;

/// Loads below the predicted one, requests at once.
const STEPS: [u64; 5] = [1, 2, 8, 32, 128];

/// Adds the script, and the Job where there is a cluster.
pub(super) fn files(
    applied: &Applied,
    platform: Platform,
    context: &mut Map<String, Json>,
    out: &mut Files<'_>,
    notes: &mut Vec<String>,
) -> Result<()> {
    let d = &applied.deployment;
    let predicted = (d.concurrency.round() as u64).max(1);
    let settings = &applied.settings["bench"];
    let each = settings["requests"].as_u64().unwrap_or(1);
    let loads = match settings["loads"].as_array() {
        Some(list) if !list.is_empty() => list.iter().filter_map(Json::as_u64).collect(),
        _ => around(predicted),
    };
    let loads: Vec<Json> = loads.into_iter().map(|load| classes(d, load, each)).collect();
    context.insert("loads".to_owned(), loads.into());
    context.insert("concurrency".to_owned(), predicted.into());
    let name = context.get("name").and_then(Json::as_str).unwrap_or_default();
    let url = match settings["url"].as_str().filter(|url| !url.is_empty()) {
        Some(url) => url.to_owned(),
        None if platform == Platform::Dynamo => format!("http://{name}-frontend:8000"),
        None => String::new(),
    };
    let port = &applied.settings["frontend"]["http_port"];
    let local = if platform.is_scripts() { port.clone() } else { 8000.into() };
    context.insert("bench_local".to_owned(), format!("http://localhost:{local}").into());
    context.insert("bench_url".to_owned(), url.clone().into());
    let script = out.templates.render("bench.sh", context)?;
    context.insert("bench_script".to_owned(), script.clone().into());
    out.text("bench.sh", script);
    match platform {
        _ if platform.is_scripts() => {}
        Platform::LlmD if url.is_empty() => {
            notes.push(
                "no benchmark Job: say the address of the gateway with `bench.url`".to_owned(),
            );
        }
        _ => out.render("k8s_bench.yaml", "bench_job.yaml", context)?,
    }
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
