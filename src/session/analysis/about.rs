//! What an answer is about, as it stands below the title of a chart: model and GPUs, releases, what
//! requests are like, what else was given, bounds.

use std::fmt::Display;

use crate::lang::ast::{AxisKind, Expr};
use crate::model::library::Library;
use crate::plan::expr::domain::{Written, domain_text};
use crate::plan::question::Question;
use crate::plan::search::branch::Branch;
use crate::plan::target::provenance::Data;

/// The axis that `on SYSTEM * GPUS` gives.
const GPUS: &str = "gpus";

/// What branches of a question are about, part by part.
pub(in crate::session) fn about(
    library: &Library,
    asked: &Question,
    branches: &[Branch],
) -> Vec<String> {
    let mut parts = vec![place(asked, branches)];
    parts.extend(distinct(branches.iter().flat_map(|b| &b.data).map(Data::release)));
    let others = asked.overrides.iter().filter(|term| {
        term.name.text != GPUS && kind(library, &term.name.text) != Some(AxisKind::Request)
    });
    parts.extend(requests(library, asked, branches));
    let mix = asked.mix.iter().map(|mix| mix.loc.text().split_whitespace().collect::<Vec<_>>());
    parts.extend(mix.map(|words| words.join(" ")));
    parts.extend(others.map(ToString::to_string));
    parts.extend(asked.filter.iter().map(typed));
    parts.extend(asked.preferences.iter().map(|p| format!("prefer {}", typed(&p.condition))));
    parts.retain(|part| !part.is_empty());
    distinct(parts.into_iter())
}

/// `Qwen/Qwen3-32B on h200_sxm * 32`
fn place(asked: &Question, branches: &[Branch]) -> String {
    let choices = branches.iter().flat_map(|b| &b.choices);
    let models = distinct(choices.filter(|(name, _)| name == "model").map(|(_, value)| value));
    let systems = distinct(branches.iter().flat_map(|b| &b.data).map(|data| &data.system));
    let gpus = match asked.overrides.iter().find(|t| t.name.text == GPUS) {
        Some(term) => Some(domain_text(&term.domain)),
        None => assumed(branches, GPUS).map(ToString::to_string),
    };
    let gpus = gpus.map_or_else(String::new, |gpus| format!(" * {gpus}"));
    let systems: Vec<String> = systems.iter().map(|system| format!("{system}{gpus}")).collect();
    format!("{} on {}", models.join(", "), systems.join(", "))
}

/// A condition as it was typed, where it was: a bound of 1 s is not one of 1000 ms to its reader.
fn typed(condition: &Expr) -> String {
    let words: Vec<&str> = condition.loc.text().split_whitespace().collect();
    match words.as_slice() {
        [] => condition.to_string(),
        words => words.join(" "),
    }
}

/// What requests are like: as given, or as assumed where that is more than nothing.
fn requests(library: &Library, asked: &Question, branches: &[Branch]) -> Vec<String> {
    let mut names: Vec<&str> = Vec::new();
    for axis in library.axes.iter().filter(|axis| axis.kind == AxisKind::Request) {
        if !names.contains(&axis.name.text.as_str()) {
            names.push(&axis.name.text);
        }
    }
    let told = |name: &str| match asked.overrides.iter().find(|t| t.name.text == name) {
        Some(term) => Some(term.to_string()),
        None => {
            let value = assumed(branches, name)?.to_string();
            (!matches!(value.as_str(), "0" | "1")).then(|| format!("{name} = {value}"))
        }
    };
    names.into_iter().filter_map(told).collect()
}

fn assumed<'b>(branches: &'b [Branch], name: &str) -> Option<&'b Written> {
    let all = branches.iter().flat_map(|b| &b.assumed);
    all.into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

fn kind(library: &Library, name: &str) -> Option<AxisKind> {
    library.axes.iter().find(|axis| axis.name.text == name).map(|axis| axis.kind)
}

/// Each text once, in the order in which they come.
fn distinct<T: Display>(all: impl Iterator<Item = T>) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for text in all.map(|item| item.to_string()) {
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    texts
}
