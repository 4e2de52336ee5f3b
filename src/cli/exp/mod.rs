//! `aiq exp`: experiments of a YAML file, compared in one table.

mod clause;
mod document;
mod flat;
mod keys;
mod layered;
mod slo;
#[cfg(test)]
#[allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
mod tests;
mod values;

use std::path::PathBuf;

use super::common::Common;
use super::deployment::{Files, top};
use super::statement::frontier;
use super::summary;
use super::transcript::Transcript;
use crate::base::error::{Code, Error, Result};
use crate::lang::quote::quoted;
use crate::publish::component;
use crate::session::Session;
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
    fn translate(&self, session: &Session, source: Source) -> Result<Translated> {
        let document = Document::read(source)?;
        let mut text = String::new();
        let mut names: Vec<(String, String)> = Vec::new();
        for experiment in document.experiments()? {
            let keys = match layered::is_layered(&experiment) {
                true => layered::flatten(&experiment)?,
                false => experiment.keys.clone(),
            };
            let question = flat::question(session, &experiment, &keys)?;
            let mut search = question.search;
            search.clauses.top = Some(top(self.top_n, &search));
            let name = identifier(&experiment.name);
            if names.iter().any(|(n, _)| *n == name) {
                let message = format!("two experiments are called `{name}`");
                return Err(Error::question(Code::BadExperimentValue, message)
                    .help("other characters than letters and digits count as `_`"));
            }
            let modes: Vec<&str> = search.clauses.modes.iter().map(|m| m.text.as_str()).collect();
            let mode = modes.join(", ");
            text.push_str(&format!("let {name} = {search};\n"));
            let mut saved = name.clone();
            if question.frontier {
                let frontier = frontier(session.library(), &search, &mode);
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
pub(super) fn run(common: &Common, options: &Exp) -> Result<u8> {
    let mut transcript = Transcript::open(common)?;
    let source = Source::read(&options.yaml_path.to_string_lossy())?;
    let translated = options.translate(&transcript.session, source)?;
    transcript.run("aiq exp", &translated.text)?;
    let Some(compared) = transcript.unnamed.pop() else { return transcript.finish(1) };
    let status = u8::from(compared.row_count() == 0);
    transcript.print_rows(&compared)?;
    if transcript.is_machine() {
        return transcript.finish(status);
    }
    transcript.print("\n")?;
    for (name, _) in &translated.names {
        let Some(answer) = transcript.answer(name) else { continue };
        transcript.print(&format!("\n{name}"))?;
        transcript.print_rows(&answer)?;
    }
    let frontier = |(name, _): &(String, String)| {
        let frontier = transcript.answer(&format!("{name}_frontier"))?;
        let best = transcript.answer(name)?;
        let mut chart = summary::chart(transcript.session.library(), &best, &[frontier])?;
        // Each experiment has a winner of its own; their table says which is best.
        chart.winner = None;
        chart.series.iter_mut().for_each(|s| s.name.clone_from(name));
        Some(chart)
    };
    if let Some(chart) = summary::together(translated.names.iter().filter_map(frontier)) {
        transcript.print_chart(&chart)?;
    }
    transcript.finish(status)
}
