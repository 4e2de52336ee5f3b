//! `save NAME, ... to 'dir'`: a folder of results, written whole or not at all.
//!
//! Ranked results give `MODE/best_config_topn.csv`, `MODE/config.yaml` and the files that deploy
//! each row, frontiers give `MODE/pareto.csv`, `pareto.svg` and `pareto.png`; `answer.aiq` asks all
//! of it again.

mod deploy;
mod folder;
mod reproduce;
mod resolved;

use datafusion::arrow::array::{AsArray, BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;

use super::generate::named_platform;
use super::plot::{self, Rows};
use crate::answer::Answer;
use crate::base::error::{Code, Error, Result, bug};
use crate::chart::{self, Chart, Series};
use crate::lang::ast::{Destination, Name, Objective, StatementKind};
use crate::session::state::{Named, Session};
use folder::Folder;

impl Session {
    pub(in crate::session) fn save(
        &mut self,
        names: &[Name],
        to: &Destination,
        platform: Option<&Name>,
    ) -> Result<Answer> {
        let platform = platform.map(named_platform).transpose()?;
        let [x, y] = self.library.columns.compromise().map(str::to_owned);
        let named =
            names.iter().map(|n| self.result(n).cloned()).collect::<Result<Vec<Named>>>()?;
        let (mut frontiers, ranked): (Vec<&Named>, Vec<&Named>) =
            named.iter().partition(|n| is_frontier(n));
        let own;
        if frontiers.is_empty()
            && let Some(first) = ranked.first()
            && let StatementKind::Search(search) = &first.question.kind
        {
            let search = plot::frontier(search, &x, &y, &first.question);
            own = Named { answer: self.frontiers(&search)?, question: first.question.clone() };
            frontiers.push(&own);
        }
        let mut folder = Folder::stage(to, self.may_replace(to))?;
        for (file, results) in [("best_config_topn.csv", &ranked), ("pareto.csv", &frontiers)] {
            for (mode, answer) in by_mode(results)? {
                folder.rows(&[&mode, file], &answer)?;
            }
        }
        for result in &ranked {
            for (mode, text) in self.resolved(result)? {
                folder.text(&[&mode, "config.yaml"], &text)?;
            }
        }
        let best = ranked.first().copied();
        let ranked = names.iter().zip(&named).filter(|(_, n)| !is_frontier(n));
        let mut notes = self.deployments(&mut folder, ranked, platform)?;
        if let Some(drawn) = self.drawn(&frontiers, best, [&x, &y])? {
            folder.text(&["pareto.svg"], &chart::svg(&drawn))?;
            folder.bytes(&["pareto.png"], &chart::png(&drawn)?)?;
        }
        folder.text(&["answer.aiq"], &self.again(names, &named)?)?;
        folder.publish()?;
        notes.insert(0, format!("wrote {}", to.path.text));
        Ok(Answer::message(notes))
    }

    /// The frontiers in one picture, with the first row of what was ranked.
    fn drawn(
        &self,
        frontiers: &[&Named],
        best: Option<&Named>,
        axes: [&str; 2],
    ) -> Result<Option<Chart>> {
        let library = &self.library;
        let mut all: Option<Chart> = None;
        for named in frontiers {
            // The frontier of what was ranked was asked for here, of each mode.
            let own = !is_frontier(named) || is_of_one_mode(&named.answer);
            let rows = if own { Rows::Frontier } else { Rows::Any };
            let mut next = plot::by_mode(library, &named.answer, axes, rows)?;
            let new = |s: &Series| all.iter().flat_map(|c| &c.series).all(|c| c.name != s.name);
            next.series.retain(new);
            all = Some(match all {
                None => next,
                Some(chart) => chart.with(next),
            });
        }
        if let (Some(chart), Some(best)) = (&mut all, best)
            && let StatementKind::Search(search) = &best.question.kind
        {
            let objective = search.clauses.objective.as_ref();
            chart.winner = plot::winner(library, &best.answer, axes, ("mode", objective));
        }
        Ok(all)
    }
}

/// Whether all rows are of one serving mode. Where several share a frontier, that of each is not known.
fn is_of_one_mode(answer: &Answer) -> bool {
    let modes = answer.batches.iter().filter_map(|batch| batch.column_by_name("mode"));
    let modes = modes.filter_map(|column| column.as_string_opt::<i32>()).flatten();
    modes.collect::<std::collections::BTreeSet<_>>().len() < 2
}

fn is_frontier(named: &Named) -> bool {
    matches!(&named.question.kind, StatementKind::Search(s)
        if matches!(s.clauses.objective, Some(Objective::Pareto(_))))
}

/// The rows of results by serving mode, in the order of their first rows.
fn by_mode(results: &[&Named]) -> Result<Vec<(String, Answer)>> {
    let mut modes: Vec<(String, Answer)> = Vec::new();
    for result in results {
        for batch in &result.answer.batches {
            for (mode, part) in split(batch)? {
                match modes.iter_mut().find(|(known, _)| *known == mode) {
                    // Columns may differ between results; the first says which there are.
                    Some((_, answer)) if answer.schema == part.schema() => {
                        answer.batches.push(part);
                    }
                    Some(_) => {
                        let message =
                            format!("two results of mode `{mode}` do not have the same columns");
                        return Err(Error::question(Code::NotAResult, message)
                            .help("save them into folders of their own"));
                    }
                    None => modes.push((mode, Answer::rows(part))),
                }
            }
        }
    }
    Ok(modes)
}

/// A batch split by its column `mode`.
fn split(batch: &RecordBatch) -> Result<Vec<(String, RecordBatch)>> {
    let Some(column) = batch.column_by_name("mode").and_then(|c| c.as_string_opt::<i32>()) else {
        return Err(Error::question(
            Code::NotSaveable,
            "a result without serving modes cannot be saved",
        )
        .help("write its rows with `--format csv`, or name a search"));
    };
    let mut modes: Vec<&str> = column.iter().flatten().collect();
    let mut seen = std::collections::BTreeSet::new();
    modes.retain(|m| seen.insert(*m));
    modes
        .into_iter()
        .map(|mode| {
            let mine: BooleanArray = column.iter().map(|m| Some(m == Some(mode))).collect();
            Ok((mode.to_owned(), filter_record_batch(batch, &mine).map_err(bug)?))
        })
        .collect()
}
