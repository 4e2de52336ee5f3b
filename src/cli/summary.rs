//! An answer in sentences: which mode wins and by how much, and how its GPUs are divided.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, StringArray,
};
use datafusion::arrow::compute::{cast, concat_batches, filter_record_batch};
use datafusion::arrow::datatypes::{DataType, Field};

use super::cells::{number, text};
use super::workers;
use crate::answer::Answer;
use crate::base::error::{Result, bug};
use crate::base::rows::TableBuilder;
use crate::chart::Chart;
use crate::lang::ast::{ColumnDef, Owner, Trait, Weight};
use crate::model::columns::Columns;
use crate::model::library::Library;
use crate::session::statements::plot::{self, Rows};

/// The rows of one serving mode, counted from 1, with the columns that matter, below what the best
/// is: `agg, trtllm 1.3.0rc20: 4 replicas x 8 GPUs = 32 GPUs`; `None`: no rows.
pub(super) fn of_mode(
    library: &Library,
    answer: &Answer,
    (mode, metric): (&str, &str),
) -> Result<Option<(String, Answer)>> {
    let batch = concat_batches(&answer.schema, &answer.batches).map_err(bug)?;
    let Some(modes) = batch.column_by_name("mode").and_then(|c| c.as_string_opt::<i32>()) else {
        return Ok(None);
    };
    let mine: BooleanArray = modes.iter().map(|m| Some(m == Some(mode))).collect();
    let batch = filter_record_batch(&batch, &mine).map_err(bug)?;
    if batch.num_rows() == 0 {
        return Ok(None);
    }
    let engine = ["backend", "version"].map(|n| text(&batch, n, 0).unwrap_or_default());
    let title = format!("{mode}, {}: {}", engine.join(" "), deployment(&batch));
    let schema = batch.schema();
    let scores = schema.fields().iter().map(|f| f.name().as_str());
    let scores: Vec<&str> = scores.filter(|n| *n == "score" || n.contains("_score")).collect();
    let take = |name: &str| -> Option<(Field, ArrayRef)> {
        let at = schema.index_of(name).ok().filter(|_| is_informative(&batch, name))?;
        Some((schema.fields()[at].as_ref().clone(), ArrayRef::clone(batch.column(at))))
    };
    let words = workers::columns(library, &batch).into_iter().map(|(name, cells)| {
        let cells: ArrayRef = Arc::new(StringArray::from(cells));
        (Field::new(name, DataType::Utf8, false), cells)
    });
    let first = ["rank", "system", "backend", metric];
    let rest =
        behind_workers(&library.columns).into_iter().filter(|name| *name != metric).chain(scores);
    let (fields, mut columns): (Vec<Field>, Vec<ArrayRef>) =
        first.into_iter().filter_map(take).chain(words).chain(rest.filter_map(take)).unzip();
    if let Some(rank) = fields.iter().position(|f| f.name() == "rank") {
        let counted = Int64Array::from_iter_values(1..=batch.num_rows() as i64);
        columns[rank] = cast(&counted, columns[rank].data_type()).map_err(bug)?;
    }
    let batch = TableBuilder::of(fields, columns).build()?;
    Ok(Some((title, Answer::rows(batch))))
}

/// The columns behind the workers: what is drawn, then the others of the whole deployment, those that
/// candidates are compared by first.
fn behind_workers(columns: &Columns) -> Vec<&str> {
    let of_deployment = |c: &&ColumnDef| c.is_of(Owner::Deployment) && c.weight != Weight::Identity;
    let mut others: Vec<&ColumnDef> = columns.iter().filter(of_deployment).collect();
    others.sort_by_key(|c| (c.weight, !c.is(Trait::Compared)));
    let mut names: Vec<&str> = columns.compromise().to_vec();
    names.extend(others.into_iter().map(|c| c.name.text.as_str()));
    let mut known = BTreeSet::new();
    names.retain(|name| known.insert(*name));
    names
}

/// Whether a column distinguishes rows or is more than a default.
fn is_informative(batch: &RecordBatch, name: &str) -> bool {
    let Some(column) = batch.column_by_name(name) else { return false };
    if column.null_count() == column.len() {
        return false;
    }
    if ["system", "backend"].contains(&name) {
        let texts = column.as_string_opt::<i32>();
        return texts.is_some_and(|t| t.iter().any(|v| v != t.iter().next().flatten()));
    }
    true
}

/// The serving modes of an answer, that of the best row first.
pub(super) fn modes(answer: &Answer) -> Vec<String> {
    let rows = answer.batches.iter().flat_map(|b| (0..b.num_rows()).map(move |row| (b, row)));
    let mut modes = Vec::new();
    for mode in rows.filter_map(|(batch, row)| text(batch, "mode", row)) {
        if !modes.contains(&mode) {
            modes.push(mode);
        }
    }
    modes
}

/// The best mode, by the metric that decides, and how it compares with the next:
/// `disagg wins: tokens_per_gpu = 381.1 tokens/s, 1.07x agg (355.0)`.
pub(super) fn verdict(metric: &str, answer: &Answer) -> String {
    let field = answer.schema.field_with_name(metric).ok();
    let unit = field.and_then(|f| f.metadata().get("unit")).map_or("", String::as_str);
    let decimals = usize::from(field.is_some_and(|f| *f.data_type() == DataType::Float64));
    let said = |value: f64| format!("{value:.decimals$} {unit}").trim_end().to_owned();
    let rows = answer.batches.iter().flat_map(|b| (0..b.num_rows()).map(move |row| (b, row)));
    let rows: Vec<_> = rows.collect();
    let several = rows.iter().filter_map(|(b, row)| text(b, "system", *row));
    let several = several.collect::<BTreeSet<_>>().len() > 1;
    let best_of = |mode: String| {
        let own = |(b, row): &&(&RecordBatch, usize)| text(b, "mode", *row).as_ref() == Some(&mode);
        let (batch, row) = rows.iter().find(own)?;
        let value = number(batch, metric, *row)?;
        let place = text(batch, "system", *row).filter(|_| several);
        Some((place.map_or_else(|| mode.clone(), |system| format!("{mode} on {system}")), value))
    };
    let best: Vec<(String, f64)> = modes(answer).into_iter().filter_map(best_of).collect();
    match best.as_slice() {
        [] => match &answer.infeasible_because {
            Some(why) => format!("There are no candidates: {why}."),
            None => "Nothing meets all targets.".to_owned(),
        },
        [(what, best)] => format!("{what} alone meets all targets: {metric} = {}", said(*best)),
        [(what, best), (next, other), ..] => format!(
            "{what} wins: {metric} = {}, {:.2}x {next} ({other:.decimals$})",
            said(*best),
            best / other
        ),
    }
}

/// How the GPUs of the best row are divided:
/// `4 replicas x (4 prefill + 1 decode) = 32 GPUs`.
fn deployment(batch: &RecordBatch) -> String {
    let whole = |name: &str| number(batch, name, 0).unwrap_or_default();
    let (replicas, used) = (whole("replicas"), whole("gpus_used"));
    let plural = if replicas == 1.0 { "replica" } else { "replicas" };
    let (prefill, decode) = (whole("prefill_workers"), whole("decode_workers"));
    if prefill == 0.0 && decode == 0.0 {
        let gpus = whole("gpus_per_replica");
        return format!("{replicas} {plural} x {gpus} GPUs = {used} GPUs");
    }
    format!("{replicas} {plural} x ({prefill} prefill + {decode} decode) = {used} GPUs")
}

/// The frontiers of several answers in one picture, with the first row of the ranked one.
pub(super) fn chart(library: &Library, best: &Answer, frontiers: &[Answer]) -> Option<Chart> {
    let axes = library.columns.compromise();
    let one = |a| plot::by_mode(library, a, axes, Rows::Frontier).ok();
    let all = together(frontiers.iter().filter(|a| a.row_count() > 0).filter_map(one))?;
    Some(Chart { winner: plot::winner(library, best, axes, ("mode", None)), ..all })
}

/// Several pictures of the same axes as one.
pub(super) fn together(charts: impl IntoIterator<Item = Chart>) -> Option<Chart> {
    charts.into_iter().reduce(Chart::with)
}
