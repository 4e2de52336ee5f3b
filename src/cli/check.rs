//! `aiq check DIR`: what generated files really ask for, and what that costs.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

use serde_json::{Map, Value as Json};

use super::common::Common;
use super::profile;
use crate::base::error::Result;
use crate::deploy::{self, Checked, check, prices};
use crate::ui::Format;

/// Prints the row that the files deploy with its price, and where they part from the answer. The
/// status is 1 if they do.
pub(super) fn run(common: &Common, directory: &Path) -> Result<u8> {
    let checked = check(directory)?;
    let mut remarks: Vec<String> =
        checked.not_priced.iter().map(|why| format!("not priced: {why}")).collect();
    let priced = match price(common, &checked, &mut remarks) {
        Ok(priced) => priced,
        Err(error) => {
            remarks.push(format!("not priced: {}", error.message));
            remarks.extend(error.help);
            Map::new()
        }
    };
    let version =
        |row: &Map<String, Json>| row.get("version").and_then(Json::as_str).map(str::to_owned);
    if let (Some(runs), Some(priced)) = (version(&checked.row), version(&checked.answered))
        && runs != priced
    {
        remarks.push(format!("priced for version {priced}, the files run {runs}"));
    }
    let mut out = std::io::stdout().lock();
    if matches!(common.format, Format::Json | Format::Ndjson) {
        let mut row = checked.row.clone();
        for (name, _) in prices() {
            row.extend(priced.get(name).map(|v| (name.to_owned(), v.clone())));
            let answered = checked.answered.get(name);
            row.extend(answered.map(|v| (format!("answer_{name}"), v.clone())));
        }
        let row = Json::Object(row);
        let json = if common.format == Format::Json { serde_json::json!([row]) } else { row };
        let _ = writeln!(out, "{json}");
    } else {
        for (name, value) in &checked.row {
            let _ = match value.as_str() {
                Some(text) => writeln!(out, "{name:24} {text}"),
                None => writeln!(out, "{name:24} {value}"),
            };
        }
        for (name, unit) in prices() {
            let number = |row: &Map<String, Json>| row.get(name).and_then(Json::as_f64);
            let Some(now) = number(&priced) else { continue };
            let answered = number(&checked.answered)
                .map_or_else(String::new, |n| format!(", the answer has {n:.2}"));
            let _ = writeln!(out, "{name:24} {now:.2} {unit}{answered}");
        }
    }
    let mut err = std::io::stderr().lock();
    for remark in remarks {
        let _ = writeln!(err, "{remark}");
    }
    for difference in &checked.differences {
        let _ = writeln!(err, "differs: {difference}");
    }
    Ok(u8::from(!checked.differences.is_empty()))
}

/// The row that the engine gives for what the files say.
fn price(
    common: &Common,
    checked: &Checked,
    remarks: &mut Vec<String>,
) -> Result<Map<String, Json>> {
    let Some(text) = &checked.estimate else { return Ok(Map::new()) };
    let mut session = profile::session(common)?;
    for was in &checked.data {
        let catalog = &session.engine().catalog;
        let digest = catalog.digest(&was.system, &was.backend, &was.version)?;
        if digest != was.digest {
            remarks.push(format!(
                "the measurements of {} {} on {} are not those of the answer",
                was.backend, was.version, was.system
            ));
        }
    }
    let mut answer = None;
    session.run("aiq check", text, &mut |given| {
        answer = Some(given);
        ControlFlow::Break(())
    });
    let Some(answer) = answer.transpose()? else { return Ok(Map::new()) };
    remarks.extend(answer.notes.iter().cloned());
    match answer.batches.first() {
        Some(batch) if batch.num_rows() > 0 => deploy::row_json(&batch.slice(0, 1)),
        _ => Ok(Map::new()),
    }
}
