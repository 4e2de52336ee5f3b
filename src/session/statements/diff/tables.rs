//! `diff table NAME` and `diff tables`: what changed between the measurements of two sides.

use crate::plan::expr::lowered::column;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::logical_expr::{LogicalPlan, lit, when};

use super::clauses::{check, spec_of};
use super::matched::{Matched, held};
use super::place::Place;
use super::rows::cells;
use super::summary::{OneSided, few, sentences, summary};
use crate::answer::Answer;
use crate::base::error::{Code, Error, Result, bug};
use crate::base::rows::{self, RowView};
use crate::catalog::TableFile;
use crate::lang::ast::{Clauses, Name, Side};
use crate::perf::{TABLES, TableSpec};
use crate::plan::question::{NoNames, row_count};
use crate::plan::relation::chain;
use crate::session::state::Session;

/// Rows that are shown unless `top` says otherwise.
const SHOWN: usize = 20;

/// Files of a table on either side that are not the same file.
type Files = [Vec<TableFile>; 2];

impl Session {
    pub(super) fn diff_tables(
        &self,
        table: Option<&Name>,
        sides: &[Side; 2],
        clauses: &Clauses,
    ) -> Result<Answer> {
        check(clauses)?;
        let spec = table.map(spec_of).transpose()?;
        let top = clauses.top.as_ref().map(|top| row_count(&top.count, &NoNames)).transpose()?;
        let places = self.places(sides, clauses, spec)?;
        match table.zip(spec) {
            Some((name, spec)) => self.diff_table(name, spec, &places, top.unwrap_or(SHOWN)),
            None => self.diff_all(&places, top),
        }
    }

    fn diff_table(
        &self,
        name: &Name,
        table: &'static TableSpec,
        places: &[Place; 2],
        top: usize,
    ) -> Result<Answer> {
        let (files, same) = files_of(places, Some(table));
        let all_same = files.iter().all(Vec::is_empty) && same > 0;
        for (place, files) in places.iter().zip(&files) {
            let needed = place.version.is_some() || (files.is_empty() && same == 0);
            if needed && files.is_empty() && !all_same {
                return Err(lacks(place, table, name));
            }
        }
        let matched = self.matched(table, places, files)?;
        let whole = self.whole(summary(&matched, table.name)?, 1)?;
        let one_sided = self.one_sided(&matched)?;
        let worst = self.whole(worst(&matched, top)?, 1)?;
        let mut answer = Answer::rows(shown(&matched, &worst, &one_sided, places)?);
        let told = [places[0].said(), places[1].said()];
        if same > 0 {
            answer.notes.push(unchanged(same));
        }
        if all_same {
            return Ok(answer);
        }
        answer.notes.extend(sentences(&whole, [&told[0], &told[1]]));
        if let Some([a, b]) = &matched.kernels {
            answer.notes.push(format!(
                "the kernels differ ({} in a, {} in b), so rows are matched whatever their kernel, \
                 each side with the one that it prefers",
                few(a),
                few(b)
            ));
        }
        let keys = matched.keys.len() - matched.sizes;
        answer.notes.extend(one_sided.iter().take(keys).filter_map(OneSided::told));
        Ok(answer)
    }

    /// A row for each table, the most changed first.
    fn diff_all(&self, places: &[Place; 2], top: Option<usize>) -> Result<Answer> {
        let mut summaries: Vec<RecordBatch> = Vec::new();
        let mut left_out = 0;
        for table in TABLES.iter() {
            let (files, same) = files_of(places, Some(table));
            left_out += same;
            if files.iter().all(Vec::is_empty) {
                continue;
            }
            let matched = self.matched(table, places, files)?;
            summaries.push(self.whole(summary(&matched, table.name)?, 1)?);
        }
        let told = [places[0].said(), places[1].said()];
        let Some(first) = summaries.first() else {
            if left_out > 0 {
                return Ok(Answer::message(vec![unchanged(left_out)]));
            }
            let message = format!("there are no tables of {} or {}", told[0], told[1]);
            return Err(Error::data(Code::TableNotInData, message)
                .help("`show versions` lists what there is"));
        };
        let all = concat_batches(&first.schema(), &summaries).map_err(bug)?;
        let order = vec![
            column("p95_change").sort(false, false),
            column("median_change").sort(false, false),
            column("table").sort(true, false),
        ];
        let plan = chain::sort(held(&all)?, order, top);
        let names = [
            "table",
            "rows_a",
            "rows_b",
            "matched",
            "changed_over_1pct",
            "changed_over_5pct",
            "median_change",
            "p95_change",
            "ratio_median",
            "ratio_min",
            "ratio_max",
        ];
        let rows = self.whole(chain::project(plan, names.map(column).to_vec())?, 1)?;
        let mut answer =
            Answer::rows(with_units(&rows, &[("median_change", "%"), ("p95_change", "%")])?);
        answer.notes.push(format!(
            "a = {}, b = {}; changes are those of matched rows, ratios are b / a",
            told[0], told[1]
        ));
        if left_out > 0 {
            answer.notes.push(unchanged(left_out));
        }
        Ok(answer)
    }
}

/// The files of a table on either side, and how many files are the same on both.
fn files_of(places: &[Place; 2], table: Option<&'static TableSpec>) -> (Files, usize) {
    let [mut a, mut b] = [places[0].files(table), places[1].files(table)];
    let real = |f: &TableFile| f.path.canonicalize().unwrap_or_else(|_| f.path.clone());
    let theirs: Vec<_> = b.iter().map(real).collect();
    let same: Vec<_> = a.iter().map(real).filter(|path| theirs.contains(path)).collect();
    a.retain(|f| !same.contains(&real(f)));
    b.retain(|f| !same.contains(&real(f)));
    ([a, b], same.len())
}

fn unchanged(files: usize) -> String {
    match files {
        1 => "one table is the same file on both sides".to_owned(),
        n => format!("{n} tables are the same file on both sides"),
    }
}

/// Rows that are not the same on both sides, those whose latency changed by the largest factor first.
fn worst(matched: &Matched, top: usize) -> Result<LogicalPlan> {
    let plan = chain::filter(matched.plan()?, column("change").not_eq(lit("same")))?;
    let ratio = || column("ratio");
    let factor = when(ratio().lt(lit(1.0)), lit(1.0) / ratio()).otherwise(ratio()).map_err(bug)?;
    let plan = chain::extend(plan, [factor.alias("factor")])?;
    let mut order = vec![column("factor").sort(false, false), column("change").sort(false, false)];
    order.extend(matched.keys.iter().map(|k| column(k).sort(true, false)));
    Ok(chain::sort(plan, order, Some(top)))
}

/// Rows with the columns of every `diff`.
fn shown(
    matched: &Matched,
    worst: &RecordBatch,
    one_sided: &[OneSided],
    places: &[Place; 2],
) -> Result<RecordBatch> {
    let text = |name: &str| cells(worst, name);
    let (changes, kernels) = (text("change"), [text("kernel_a"), text("kernel_b")]);
    let keys: Vec<(&OneSided, Vec<Option<String>>)> =
        one_sided.iter().map(|o| (o, text(&o.key))).collect();
    let causes = (0..worst.num_rows()).map(|row| {
        let absent = |side: usize| {
            let alone = |(known, values): &&(&OneSided, Vec<Option<String>>)| {
                values[row].as_ref().is_some_and(|v| known.values[1 - side].contains(v))
            };
            let other = places[side].said();
            Some(match keys.iter().find(alone) {
                Some((known, values)) => {
                    let value = values[row].clone().unwrap_or_default();
                    format!("no {} = {value} in {other}", known.key)
                }
                None => format!("not measured in {other}"),
            })
        };
        match changes[row].as_deref() {
            Some("left") => absent(1),
            Some("entered") => absent(0),
            _ => {
                let ratio = RowView::new(worst, row).number("ratio")?;
                let by = match ratio {
                    more if more >= 2.0 => format!("{more:.1} times as long"),
                    more if more >= 1.0 => format!("{:.1} % slower", 100.0 * (more - 1.0)),
                    less => format!("{:.1} % faster", 100.0 * (1.0 - less)),
                };
                match (&kernels[0][row], &kernels[1][row]) {
                    (Some(a), Some(b)) if a != b => {
                        Some(format!("{by}, kernel {b} instead of {a}"))
                    }
                    _ => Some(by),
                }
            }
        }
    });
    let causes: ArrayRef = Arc::new(causes.collect::<StringArray>());
    let kept = ["change"].into_iter().chain(matched.keys.iter().map(String::as_str));
    let kept: Vec<usize> = (kept.chain(["a", "b", "delta"]))
        .map(|name| worst.schema().index_of(name).map_err(bug))
        .collect::<Result<_>>()?;
    let rows = worst.project(&kept).map_err(bug)?;
    let mut fields = rows.schema().fields().to_vec();
    fields.push(Arc::new(Field::new("cause", DataType::Utf8, true)));
    let columns = rows.columns().iter().cloned().chain([causes]).collect();
    let rows = rows::batch(Arc::new(Schema::new(fields)), columns)?;
    with_units(&rows, &[("a", "ms"), ("b", "ms"), ("delta", "ms")])
}

fn with_units(rows: &RecordBatch, units: &[(&str, &str)]) -> Result<RecordBatch> {
    let schema = rows.schema();
    let fields = schema.fields().iter().map(|field| {
        let unit = units.iter().find(|(name, _)| name == field.name());
        let unit = unit.map(|(_, unit)| ("unit".to_owned(), (*unit).to_owned()));
        field.as_ref().clone().with_metadata(unit.into_iter().collect())
    });
    let schema = Schema::new(fields.collect::<Vec<_>>());
    rows::batch(Arc::new(schema), rows.columns().to_vec())
}

/// A side without the table, and where on its system there is one.
fn lacks(place: &Place, table: &'static TableSpec, name: &Name) -> Error {
    let error = Error::data(
        Code::TableNotInData,
        format!("{} has no table `{}`", place.said(), table.name),
    )
    .at(name.loc.span(), "was not measured there");
    let mut files = place.catalog.table_files();
    files.retain(|f| {
        std::ptr::eq(f.table, table) && place.system.as_ref().is_none_or(|s| s.text == f.system)
    });
    let own = |f: &&TableFile| place.backend.as_ref().is_some_and(|b| b.text == f.backend);
    let near: Vec<String> = (files.iter().filter(own))
        .chain(files.iter().filter(|f| !own(f)))
        .take(8)
        .map(|f| format!("{} '{}'", f.backend, f.version))
        .collect();
    match near.as_slice() {
        [] => error.help(format!("no release there has a table `{}`", table.name)),
        near => error.help(format!("measured there: {}", near.join(", "))),
    }
}
