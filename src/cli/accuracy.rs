//! `aiq accuracy`: predictions beside times of deployments that were measured.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::common::Common;
use super::stdout::print;
use super::transcript::Transcript;
use crate::answer::Answer;
use crate::base::error::{Code, Error, Result, bug};
use crate::base::rows::RowView;
use crate::lang::quote::quoted;

/// The statements it stands for, over the rows that ship.
const TEXT: &str = include_str!("../../queries/accuracy.aiq");

/// Options.
#[derive(Debug, clap::Args)]
pub(super) struct Accuracy {
    /// Your own deployments in place of those that ship: columns as of `estimate from`, with `ttft_measured` and
    /// `tpot_measured` in ms.
    #[arg(long, value_name = "FILE")]
    from: Option<String>,
    /// Predicts by formula, without following requests.
    #[arg(long)]
    formulas: bool,
    /// Prints the bands that come out, as definitions of a model text.
    #[arg(long, conflicts_with_all = ["formulas", "from"])]
    bands: bool,
}

impl Accuracy {
    /// The statements, over `rows` in place of those that ship.
    fn text(&self, rows: Option<&str>) -> Result<String> {
        let mut text = TEXT.to_owned();
        if self.formulas {
            text = text.replace("set simulate = shown;", "set simulate = off;");
        }
        if rows.is_none() && !self.formulas {
            return Ok(text);
        }
        // What is claimed of the rows that ship, simulated, is not claimed of others.
        let claims = text.find("-- The bars of").ok_or_else(|| bug("no claims"))?;
        let rest = text[claims..].find("\n\n").ok_or_else(|| bug("nothing behind the claims"))?;
        text.replace_range(claims..claims + rest, "");
        if let Some(rows) = rows {
            let from = text.find("estimate from (").ok_or_else(|| bug("no rows"))?;
            let end = text[from..].find("\n);").ok_or_else(|| bug("no end of the rows"))?;
            text.replace_range(from..from + end + 2, &format!("estimate from ({rows})"));
        }
        Ok(text)
    }
}

/// Runs it; the result is the exit status.
pub(super) fn run(common: &Common, options: &Accuracy) -> Result<u8> {
    let mut transcript = Transcript::open(common)?;
    let rows = match &options.from {
        Some(file) => Some(Measured::of(&mut transcript, file)?.rows()),
        None => None,
    };
    let text = options.text(rows.as_deref())?;
    if options.bands {
        transcript.run_as("aiq accuracy", &text, "")?;
        let answers = &transcript.unnamed;
        let systems = answers.iter().find_map(systems).ok_or_else(|| bug("no systems"))?;
        let bands = answers.iter().find_map(|answer| bands(answer, &systems));
        let bands = bands.ok_or_else(|| bug("no bands"))?;
        return print(&bands, "the bands").map(|()| 0);
    }
    if let Err(error) = transcript.run("aiq accuracy", &text) {
        let file = options.from.as_deref();
        let unpriced = file.and_then(|file| priced(&transcript, file).err());
        return Err(unpriced.unwrap_or(error));
    }
    for answer in &transcript.unnamed {
        transcript.print_rows(answer)?;
    }
    Ok(0)
}

/// A file of measured deployments.
pub(super) struct Measured {
    file: String,
    /// Its columns.
    columns: Vec<String>,
    /// Those that hold measured times under other names than queries use, none where nothing was measured:
    /// theirs, ours.
    renamed: Vec<(Option<String>, String)>,
}

impl Measured {
    /// Looks at the columns of a file.
    ///
    /// # Errors
    /// A file that is no table or has no measured time per output token; whatever reading it meets.
    pub(super) fn of(transcript: &mut Transcript, file: &str) -> Result<Self> {
        let text = format!("select * from {} limit 1", quoted(file));
        transcript.unnamed.clear();
        transcript.run_as("aiq", &text, "")?;
        let answer = transcript.unnamed.pop().ok_or_else(|| bug("no columns"))?;
        let columns: Vec<String> =
            answer.schema.fields().iter().map(|field| field.name().clone()).collect();
        let known = &transcript.session.library().columns;
        let mut renamed = Vec::new();
        for metric in ["ttft", "tpot"] {
            let ours = format!("{metric}_measured");
            let is_measured = |name: &&String| known.alias(name) == Some(metric);
            let theirs = columns.iter().find(|name| **name == ours);
            match theirs.or_else(|| columns.iter().find(is_measured)) {
                Some(theirs) if *theirs != ours => renamed.push((Some(theirs.clone()), ours)),
                Some(_) => {}
                None if metric == "ttft" => renamed.push((None, ours)),
                None => {
                    let message =
                        format!("`{file}` has no column of measured times: `{ours}`, in ms");
                    return Err(Error::question(Code::NoSuchColumn, message).help(
                        "the names of benchmark tools do as well: mean_ttft_ms, mean_tpot_ms",
                    ));
                }
            }
        }
        Ok(Self { file: file.to_owned(), columns, renamed })
    }

    /// A query of its rows, with the names that queries use.
    pub(super) fn rows(&self) -> String {
        let more = self.renamed.iter().map(|(theirs, ours)| match theirs {
            None => format!(", cast(null as double) as {ours}"),
            Some(theirs) => format!(", \"{}\" as {ours}", theirs.replace('"', "\"\"")),
        });
        format!("select *{} from {}", more.collect::<String>(), quoted(&self.file))
    }

    /// Whether it has a column.
    pub(super) fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|name| name == column)
    }
}

/// Refuses rows none of which has a price.
pub(super) fn priced(transcript: &Transcript, file: &str) -> Result<()> {
    let Some(answer) = transcript.answer("measured") else { return Ok(()) };
    if answer.schema.column_with_name("tpot").is_some() {
        return Ok(());
    }
    let rows = answer.batches.iter().filter(|batch| batch.num_rows() > 0);
    let mut reasons = rows.filter_map(|batch| RowView::new(batch, 0).text("reason"));
    let error = Error::data(Code::NotMeasured, format!("no row of `{file}` has a price"));
    Err(match reasons.next() {
        Some(reason) => error.help(format!("the first: {reason}")),
        None => error.help("it has no rows"),
    })
}

/// The systems on which deployments of each backend were measured; none if an answer is about something else.
fn systems(answer: &Answer) -> Option<BTreeMap<String, BTreeSet<String>>> {
    let batch = answer.batches.first()?;
    batch.column_by_name("system")?;
    let mut systems: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for i in 0..batch.num_rows() {
        let row = RowView::new(batch, i);
        if row.text("mode")? == "agg" {
            systems.entry(row.text("backend")?).or_default().insert(row.text("system")?);
        }
    }
    Some(systems)
}

/// The bands as a text of the model; none if an answer is about something else.
fn bands(answer: &Answer, systems: &BTreeMap<String, BTreeSet<String>>) -> Option<String> {
    let batch = answer.batches.first()?;
    batch.column_by_name("least")?;
    let mut text = String::from(
        "-- What most measured deployments take of what is predicted for them, each with its requests simulated: `aiq\n\
         -- accuracy --bands` writes this text (docs/accuracy.md).\n",
    );
    let mut rows: Vec<(String, String)> = Vec::new();
    for i in 0..batch.num_rows() {
        let row = RowView::new(batch, i);
        let (metric, count) = (row.text("metric")?, row.number("rows")?);
        let (least, most) = (row.number("least")?, row.number("most")?);
        let lets = format!(
            "let {metric}_least = {least}\nlet {metric}_most  = {most}\nlet {metric}_rows  = {count}\n"
        );
        rows.push((row.text("backend")?, lets));
    }
    rows.sort_by_key(|(backend, _)| (backend != "all", backend.clone()));
    let mut open = None;
    for (backend, lets) in &rows {
        if open != Some(backend) {
            if open.is_some_and(|open| open != "all") {
                text.push_str("}\n");
            }
            match systems.get(backend) {
                None => text.push_str("\nlet deployed_here = false\n"),
                Some(on) => {
                    let on: Vec<String> = on.iter().map(|system| quoted(system)).collect();
                    let on = on.join(", ");
                    write!(
                        text,
                        "\nengine {backend} {{\n    let deployed_here = system in [{on}]\n"
                    )
                    .ok()?;
                }
            }
            open = Some(backend);
        }
        let indent = if backend == "all" { "" } else { "    " };
        lets.lines().for_each(|line| text.push_str(&format!("{indent}{line}\n")));
    }
    text.push_str("}\n");
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_ones_own_take_the_place_of_those_that_ship() {
        let options = Accuracy { from: None, formulas: true, bands: false };
        let text = options.text(Some("select * from 'mine.csv'")).unwrap();
        assert!(
            text.contains("let measured = estimate from (select * from 'mine.csv');"),
            "{text}"
        );
        assert!(text.contains("set simulate = off;"));
        assert!(!text.contains("from deployments") && !text.contains("assert "), "{text}");
    }
}
