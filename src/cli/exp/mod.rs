//! `aiq exp`: experiments of a YAML file, compared in one table.

mod document;
mod flat;
mod keys;
mod layered;
mod slo;
#[cfg(test)]
#[allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
mod tests;

use std::path::PathBuf;

use super::Common;
use super::deployment::{Files, top};
use super::statement::frontier;
use super::summary;
use super::told::Told;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::lang::quote::quoted;
use crate::publish::component;
use crate::shell::source::Source;
use document::Document;

/// Columns of the comparison, behind the name of the experiment.
const COMPARED: &str = "mode, system, backend, tokens_per_gpu, tokens_per_user, request_rate, \
                        ttft, tpot, latency, gpus_used, replicas, gpus_per_replica, origin";

/// Options.
#[derive(Debug, clap::Args)]
pub(super) struct Exp {
    /// The file; `-` is standard input.
    #[arg(long)]
    yaml_path: PathBuf,
    /// Rows of each experiment.
    #[arg(long, default_value_t = 5)]
    top_n: u64,
    /// Writes the results of each experiment to a folder of its name in this one.
    #[arg(long, value_name = "DIR")]
    save_dir: Option<PathBuf>,
    #[command(flatten)]
    files: Files,
}

/// The statements of a file, and the names of its experiments with their serving modes.
struct Translated {
    text: String,
    names: Vec<(String, String)>,
}

impl Exp {
    fn translate(&self, engine: &Engine, source: Source) -> Result<Translated> {
        let document = Document::read(source)?;
        let mut text = String::new();
        let mut names: Vec<(String, String)> = Vec::new();
        for experiment in document.experiments()? {
            let keys = match layered::is_layered(&experiment) {
                true => layered::flatten(&experiment)?,
                false => experiment.keys.clone(),
            };
            let question = flat::question(engine, &experiment, &keys)?;
            let mut search = question.search;
            search.clauses.top = Some(top(self.top_n, &search));
            let name = identifier(&experiment.name);
            if names.iter().any(|(n, _)| *n == name) {
                let message = format!("two experiments are called `{name}`");
                return Err(Error::question("AIQ0254", message)
                    .help("other characters than letters and digits count as `_`"));
            }
            let modes: Vec<&str> = search.clauses.modes.iter().map(|m| m.text.as_str()).collect();
            let mode = modes.join(", ");
            text.push_str(&format!("let {name} = {search};\n"));
            let mut saved = name.clone();
            if question.frontier {
                let frontier = frontier(&search, &mode);
                text.push_str(&format!("let {name}_frontier = {frontier};\n"));
                saved.push_str(&format!(", {name}_frontier"));
            }
            if let Some(directory) = &self.save_dir {
                component(&experiment.name)?;
                text.push_str(&self.files.save(&saved, &directory.join(&experiment.name)));
            }
            names.push((name, mode));
        }
        let rows: Vec<String> = names
            .iter()
            .map(|(name, _)| {
                format!(
                    "select {} as experiment, {COMPARED} from \"{name}\" where rank = 1",
                    quoted(name)
                )
            })
            .collect();
        text.push_str(&format!(
            "{}\norder by tokens_per_gpu desc nulls last;\n",
            rows.join("\nunion all ")
        ));
        Ok(Translated { text, names })
    }
}

/// A name that the language takes.
fn identifier(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let name: String = name.chars().map(plain).collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name }
}

/// Runs it; the result is the exit status.
pub(super) fn run(common: &Common, asked: &Exp) -> Result<u8> {
    let mut told = Told::open(common)?;
    let source = Source::read(&asked.yaml_path.to_string_lossy())?;
    let translated = asked.translate(told.session.engine(), source)?;
    told.run("aiq exp", &translated.text)?;
    let Some(compared) = told.rest.pop() else { return told.finish(1) };
    let status = u8::from(compared.row_count() == 0);
    told.rows(&compared)?;
    if told.is_machine() {
        return told.finish(status);
    }
    told.say("\n")?;
    for (name, mode) in &translated.names {
        let Some(answer) = told.answer(name) else { continue };
        told.say(&format!("\n{name}"))?;
        told.mode(&answer, mode)?;
        told.remarks(&answer)?;
    }
    let frontiers: Vec<_> = translated
        .names
        .iter()
        .filter_map(|(name, _)| {
            let mut answer = summary::chart(&[told.answer(&format!("{name}_frontier"))?])?;
            answer.series.iter_mut().for_each(|s| s.name.clone_from(name));
            Some(answer)
        })
        .collect();
    if let Some(chart) = summary::together(frontiers) {
        told.say(&crate::shell::chart::text(&chart, &told.style))?;
    }
    told.finish(status)
}
