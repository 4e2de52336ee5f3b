//! Generated files read back: what they really ask for, against what was answered.

use std::path::Path;

use serde_json::{Map, Value as Json};

use super::deployment::DataRelease;
use super::price::{Priced, estimate};
use super::word::words;
use crate::error::{Error, Result};
use crate::files;
use crate::tsv;

const COLUMNS: &str = include_str!("../../models/deploy/columns.tsv");

/// What files say.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The deployment as a row: the columns of a pool carry its name, as in an answer.
    pub row: Map<String, Json>,
    /// Where the files and the answer part.
    pub differences: Vec<String>,
    /// The statement that prices what the files say; none for files of an unknown answer.
    pub estimate: Option<String>,
    /// The row that was answered.
    pub answered: Map<String, Json>,
    /// The measurements behind it, with the digests they had.
    pub data: Vec<DataRelease>,
}

/// Workers of one role as the files have them.
#[derive(Debug, Default)]
struct Found {
    role: String,
    workers: u64,
    gpus: u64,
    argv: Vec<String>,
}

/// Reads a directory that `generate` wrote, edited or not.
///
/// # Errors
/// `AIQ0604` for files that are absent or cannot be read.
pub fn check(directory: &Path) -> Result<Checked> {
    let record = yaml(directory, super::RECORD)?;
    let said = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
    let backend = said("backend");
    let found = match said("target").as_str() {
        "dynamo" => dynamo(directory)?,
        "llm_d" => llm_d(directory)?,
        _ => scripts(directory)?,
    };
    let mut row = Map::new();
    let mut differences = Vec::new();
    row.insert("mode".to_owned(), record["mode"].clone());
    row.insert("backend".to_owned(), backend.clone().into());
    row.insert("version".to_owned(), record["engine_version"].clone());
    let gpus: u64 = found.iter().map(|f| f.gpus).sum();
    row.insert("gpus_used".to_owned(), gpus.into());
    if Some(gpus) != record["gpus"].as_u64() {
        differences.push(format!("gpus_used is {gpus}, the answer has {}", record["gpus"]));
    }
    let mut priced = Vec::new();
    for pool in &found {
        let mut own =
            Priced { role: pool.role.clone(), workers: pool.workers, ..Priced::default() };
        let prefix = if pool.role == "agg" { String::new() } else { format!("{}_", pool.role) };
        let expected = &record["pools"][&pool.role];
        row.insert(format!("{prefix}workers"), pool.workers.into());
        if Some(pool.workers) != expected["workers"].as_u64() {
            let text = format!("{} {} workers", pool.workers, pool.role);
            differences.push(format!("{text}, the answer has {}", expected["workers"]));
        }
        let mut settings = pairs(&pool.argv);
        if let Ok(engine) = yaml(directory, &format!("{}_config.yaml", pool.role)) {
            flatten("", &engine, &mut settings);
        }
        for (name, column) in columns(&backend) {
            let Some(value) = settings.get(name) else { continue };
            let value = value.parse::<f64>().map_or_else(|_| value.as_str().into(), super::number);
            let line = &expected["values"][column];
            let (said, answered) = (&line["value"], &line["answered"]);
            let answered = if answered.is_null() { said } else { answered };
            own.columns.insert(column.to_owned(), value.clone());
            // The price is that of the files, whoever changed them.
            if !said.is_null() && !same(answered, &value, column) {
                own.differing.insert(column.to_owned());
            }
            if !said.is_null() && !same(said, &value, column) {
                differences.push(format!("{prefix}{column} is {value}, the answer has {said}"));
            }
            let key =
                if column == "model" { column.to_owned() } else { format!("{prefix}{column}") };
            row.insert(key, value);
        }
        // What no file says is as it was.
        for (name, line) in expected["values"].as_object().into_iter().flatten() {
            own.columns.entry(name.clone()).or_insert_with(|| line["value"].clone());
        }
        compare_flags(&pool.argv, &expected["argv"], &pool.role, &mut differences);
        priced.push(own);
    }
    let estimate = estimate(&record, &backend, gpus, &priced);
    let answered = record["row"].as_object().cloned().unwrap_or_default();
    Ok(Checked { row, differences, estimate, answered, data: releases(&record) })
}

fn releases(record: &Json) -> Vec<DataRelease> {
    let text = |r: &Json, name: &str| r[name].as_str().unwrap_or_default().to_owned();
    let releases = record["data"].as_array().into_iter().flatten();
    releases
        .map(|r| DataRelease {
            system: text(r, "system"),
            backend: text(r, "backend"),
            version: text(r, "version"),
            digest: text(r, "digest"),
        })
        .collect()
}

/// TensorRT-LLM rounds a step up to whole blocks, everything else is as it was.
fn same(said: &Json, value: &Json, column: &str) -> bool {
    match (said.as_f64(), value.as_f64()) {
        (Some(a), Some(b)) if column == "step" => b >= a && b - a < 32.0,
        (Some(a), Some(b)) => (a - b).abs() < 1e-9,
        _ => said == value,
    }
}

fn compare_flags(argv: &[String], expected: &Json, role: &str, out: &mut Vec<String>) {
    let expected: Vec<String> = expected
        .as_array()
        .map(|a| a.iter().filter_map(Json::as_str).map(str::to_owned).collect())
        .unwrap_or_default();
    let (was, is) = (pairs(&expected), pairs(argv));
    for (flag, value) in &was {
        match is.get(flag) {
            None => out.push(format!("{role}: `{flag}` is gone")),
            Some(now) if now != value => {
                out.push(format!("{role}: `{flag}` is `{now}`, was `{value}`"));
            }
            Some(_) => {}
        }
    }
}

fn columns(backend: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    tsv::rows(COLUMNS)
        .filter(move |row| row.get("backend") == backend)
        .map(|row| (row.get("name"), row.get("column")))
}

/// The value of a worker that a flag or key states, by its name with or without dashes.
pub(super) fn column_of(backend: &str, name: &str) -> Option<&'static str> {
    let flag = format!("--{}", name.replace('_', "-"));
    columns(backend).find(|(known, _)| *known == name || *known == flag).map(|(_, column)| column)
}

/// Flags with what follows them.
fn pairs(argv: &[String]) -> std::collections::BTreeMap<String, String> {
    let mut pairs = std::collections::BTreeMap::new();
    let mut flag: Option<String> = None;
    for word in argv {
        if word.starts_with("--") {
            pairs.insert(word.clone(), String::new());
            flag = Some(word.clone());
        } else if let Some(values) = flag.as_ref().and_then(|f| pairs.get_mut(f)) {
            if !values.is_empty() {
                values.push(' ');
            }
            values.push_str(word);
        }
    }
    pairs
}

fn flatten(prefix: &str, value: &Json, into: &mut std::collections::BTreeMap<String, String>) {
    match value {
        Json::Object(map) => {
            for (key, inner) in map {
                let dot = if prefix.is_empty() { "" } else { "." };
                flatten(&format!("{prefix}{dot}{key}"), inner, into);
            }
        }
        Json::String(s) => {
            into.insert(prefix.to_owned(), s.clone());
        }
        other => {
            into.insert(prefix.to_owned(), other.to_string());
        }
    }
}

fn text(directory: &Path, name: &str) -> Result<String> {
    let path = directory.join(name);
    files::text(&path, files::From::File).map_err(|e| {
        Error::unreadable("AIQ0604", format!("`{}` cannot be read: {e}", path.display()))
    })
}

fn parse(text: &str, name: &str) -> Result<Json> {
    serde_saphyr::from_str(text).map_err(|e| Error::unreadable("AIQ0604", format!("`{name}`: {e}")))
}

fn yaml(directory: &Path, name: &str) -> Result<Json> {
    parse(&text(directory, name)?, name)
}

fn list(value: &Json) -> Vec<String> {
    let words = value.as_array().into_iter().flatten();
    words.map(|w| w.as_str().map_or_else(|| w.to_string(), str::to_owned)).collect()
}

fn limit(container: &Json) -> u64 {
    count(&container["resources"]["limits"]["nvidia.com/gpu"])
}

fn count(limit: &Json) -> u64 {
    limit.as_u64().or_else(|| limit.as_str()?.parse().ok()).unwrap_or(0)
}

/// Components of either version of the resource.
fn dynamo(directory: &Path) -> Result<Vec<Found>> {
    let text = text(directory, "k8s_deploy.yaml")?;
    let document = text.split("\n---\n").last().unwrap_or_default();
    let graph = parse(document, "k8s_deploy.yaml")?;
    let mut found = Vec::new();
    let services = graph["spec"]["services"].as_object().into_iter().flatten().map(|(_, s)| s);
    for component in graph["spec"]["components"].as_array().into_iter().flatten().chain(services) {
        let kind = component["subComponentType"].as_str().or(component["componentType"].as_str());
        let role = match kind.or(component["type"].as_str()) {
            Some("worker") => "agg",
            Some(role @ ("prefill" | "decode")) => role,
            _ => continue,
        };
        let main = match &component["podTemplate"]["spec"]["containers"][0] {
            Json::Null => &component["extraPodSpec"]["mainContainer"],
            main => main,
        };
        let workers = component["replicas"].as_u64().unwrap_or(1);
        let nodes = component["multinode"]["nodeCount"].as_u64().unwrap_or(1);
        let own = &component["resources"]["limits"]["gpu"];
        let gpus = if own.is_null() { limit(main) } else { count(own) };
        found.push(Found {
            role: role.to_owned(),
            workers,
            gpus: workers * nodes * gpus,
            argv: list(&main["args"]),
        });
    }
    Ok(found)
}

fn llm_d(directory: &Path) -> Result<Vec<Found>> {
    let values = yaml(directory, "values.yaml")?;
    let split = values["prefill"]["create"].as_bool() == Some(true);
    let mut found = Vec::new();
    for key in ["prefill", "decode"] {
        let pool = &values[key];
        if pool["create"].as_bool() != Some(true) {
            continue;
        }
        let main = &pool["containers"][0];
        let workers = pool["replicas"].as_u64().unwrap_or(1);
        let nodes = pool["parallelism"]["workers"].as_u64().unwrap_or(1);
        found.push(Found {
            role: if split { key.to_owned() } else { "agg".to_owned() },
            workers,
            gpus: workers * nodes * limit(main),
            argv: list(&main["args"]),
        });
    }
    Ok(found)
}

/// Scripts: a comment before each worker says its role, the command behind it its GPUs.
fn scripts(directory: &Path) -> Result<Vec<Found>> {
    let mut found: Vec<Found> = Vec::new();
    for node in 0.. {
        let name = format!("run_{node}.sh");
        if !directory.join(&name).is_file() {
            break;
        }
        let text = text(directory, &name)?;
        let (mut at, mut leads) = (None, true);
        let mut rest = text.as_str();
        while let Some((line, behind)) = rest.split_once('\n') {
            if let Some((role, rest)) =
                line.strip_prefix("# ").and_then(|l| l.split_once(" worker "))
            {
                leads = !rest.contains(", node ") || rest.contains(", node 1 of");
                let place = found.iter().position(|f| f.role == role);
                at = Some(place.unwrap_or_else(|| {
                    found.push(Found { role: role.to_owned(), ..Found::default() });
                    found.len() - 1
                }));
                found[at.unwrap_or(0)].workers += u64::from(leads);
            }
            if let Some(pool) = at.and_then(|i| found.get_mut(i)) {
                let gpus = line.strip_prefix("# GPUs ").and_then(|l| l.split(':').next());
                pool.gpus += gpus.map_or(0, devices);
                if line.starts_with(DEVICES) {
                    let mut command = words(rest).into_iter().map(|w| w.plain());
                    let own = command.next().unwrap_or_default();
                    pool.gpus += devices(own.trim_start_matches(DEVICES));
                    if leads {
                        pool.argv = command.collect();
                    }
                }
            }
            rest = behind;
        }
    }
    Ok(found)
}

/// What begins the command of a worker.
const DEVICES: &str = "CUDA_VISIBLE_DEVICES=";

fn devices(list: &str) -> u64 {
    list.split(',').count() as u64
}
