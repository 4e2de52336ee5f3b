//! Rows to estimate: which of their columns are candidate columns, and which rows can be priced
//! by one plan.

use crate::base::rows::TableBuilder;
use crate::plan::expr::col::ROW;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::CHOICES;
use crate::base::error::{Result, bug};
use crate::lang::ast::{AxisKind, LimitDef};
use crate::model::library::Library;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch, StringArray};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{DataType, Field, Float64Type, Schema};

/// Rows that agree in all choices and in which columns they have.
#[derive(Debug, Clone)]
pub struct RowGroup {
    /// Values of choices, by name or `pool.name`.
    pub choices: BTreeMap<String, String>,
    /// Indices of the rows.
    pub rows: Vec<usize>,
    /// Row numbers and numeric candidate columns.
    pub table: RecordBatch,
}

impl Default for RowGroup {
    fn default() -> Self {
        let table = RecordBatch::new_empty(Arc::new(Schema::empty()));
        Self { choices: BTreeMap::new(), rows: Vec::new(), table }
    }
}

/// A candidate column of a relation.
enum Column<'l> {
    Choice(String, StringArray),
    Number(String, Float64Array, Option<&'l LimitDef>),
}

/// Rows in groups, and those that are of no candidate, with the reason.
pub struct Grouped {
    /// The groups.
    pub groups: Vec<RowGroup>,
    /// Rows that are of no candidate, and why.
    pub refused: Vec<(usize, String)>,
    /// Columns that have another name here: theirs, ours.
    pub renamed: Vec<(String, String)>,
}

/// Sorts rows into groups. A row without a mode is disaggregated if it has columns of pools.
///
/// # Errors
/// Only if arrays cannot be built.
pub fn groups(library: &Library, rows: &RecordBatch) -> Result<Grouped> {
    let mut renamed = Vec::new();
    let columns = candidate_columns(library, rows, &mut renamed)?;
    type Key = (BTreeMap<String, String>, BTreeSet<String>);
    let mut sorted: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
    let mut refused = Vec::new();
    for row in 0..rows.num_rows() {
        if let Some(reason) = columns.iter().find_map(|column| column.refusal(row)) {
            refused.push((row, reason));
            continue;
        }
        let (mut choices, mut present) = (BTreeMap::new(), BTreeSet::new());
        for column in &columns {
            match column {
                Column::Choice(name, values) if !values.is_null(row) => {
                    let value = values.value(row).trim();
                    if !value.is_empty() {
                        choices.insert(name.clone(), value.to_owned());
                    }
                }
                Column::Number(name, values, _) if !values.is_null(row) => {
                    present.insert(name.clone());
                }
                _ => {}
            }
        }
        if !choices.contains_key("mode") {
            let pooled = present.iter().any(|n| n.starts_with("prefill_"));
            let mode = if pooled { "disagg" } else { "agg" };
            choices.insert("mode".to_owned(), mode.to_owned());
        }
        sorted.entry((choices, present)).or_default().push(row);
    }
    let group = |((choices, present), rows): (Key, Vec<usize>)| {
        let table = table(&columns, &present, &rows)?;
        Ok(RowGroup { choices, rows, table })
    };
    let groups = sorted.into_iter().map(group).collect::<Result<_>>()?;
    Ok(Grouped { groups, refused, renamed })
}

impl Column<'_> {
    /// Why a row is of no candidate: a value that this cannot have.
    fn refusal(&self, row: usize) -> Option<String> {
        let Self::Number(_, values, Some(limit)) = self else { return None };
        let value = values.is_valid(row).then(|| values.value(row))?;
        if limit.allows(value) {
            return None;
        }
        Some(format!("{}: it is {}", limit.refusal(value).message, limit.said()))
    }
}

fn table(
    columns: &[Column<'_>],
    present: &BTreeSet<String>,
    rows: &[usize],
) -> Result<RecordBatch> {
    let numbers: Float64Array = rows.iter().map(|r| Some(*r as f64)).collect();
    let mut fields = vec![Field::new(ROW, DataType::Float64, false)];
    let mut arrays: Vec<ArrayRef> = vec![Arc::new(numbers)];
    for column in columns {
        let Column::Number(name, values, _) = column else { continue };
        if present.contains(name) {
            let own: Float64Array = rows.iter().map(|r| Some(values.value(*r))).collect();
            fields.push(Field::new(name, DataType::Float64, false));
            arrays.push(Arc::new(own));
        }
    }
    TableBuilder::of(fields, arrays).build()
}

/// What a column says of a candidate.
pub struct Candidate {
    /// The choice or axis: `tp`, `prefill.tp`.
    pub path: String,
    /// Whether it is a choice, whose values are texts.
    pub is_choice: bool,
}

/// The choice or axis that a column of that name gives, if it is one.
pub fn candidate(library: &Library, column: &str) -> Option<Candidate> {
    let (pool, base) = match column.split_once('_') {
        Some((pool @ ("prefill" | "decode"), base)) => (Some(pool), base),
        _ => (None, column),
    };
    let is_choice = CHOICES.contains(&base) || is_text(library, base);
    if !is_choice && !is_axis(library, pool, base) {
        return None;
    }
    let path = pool.map_or_else(|| base.to_owned(), |p| format!("{p}.{base}"));
    Some(Candidate { path, is_choice })
}

/// The columns that say what a candidate is, be it by a name that is used elsewhere.
fn candidate_columns<'l>(
    library: &'l Library,
    rows: &RecordBatch,
    renamed: &mut Vec<(String, String)>,
) -> Result<Vec<Column<'l>>> {
    let mut columns = Vec::new();
    let lenient = CastOptions { safe: true, ..CastOptions::default() };
    for (field, column) in rows.schema().fields().iter().zip(rows.columns()) {
        let theirs = field.name();
        let other = || {
            let ours = library.columns.alias(theirs)?;
            let is_new = rows.column_by_name(ours).is_none();
            candidate(library, ours).filter(|axis| is_new && !axis.is_choice)
        };
        let Some(candidate) = candidate(library, theirs).or_else(|| {
            let found = other()?;
            renamed.push((theirs.clone(), found.path.clone()));
            Some(found)
        }) else {
            continue;
        };
        columns.push(if candidate.is_choice {
            let texts = cast_with_options(column, &DataType::Utf8, &lenient).map_err(bug)?;
            Column::Choice(candidate.path, texts.as_string::<i32>().clone())
        } else {
            let numbers = cast_with_options(column, &DataType::Float64, &lenient).map_err(bug)?;
            let numbers = numbers.as_primitive::<Float64Type>().clone();
            let name = candidate.path.rsplit('.').next().unwrap_or_default();
            let column = candidate.path.replace('.', "_");
            Column::Number(column, numbers, library.limits.get(name))
        });
    }
    Ok(columns)
}

/// Whether a name is an axis of texts that does not split the plan.
pub fn is_text(library: &Library, name: &str) -> bool {
    library.axes.iter().any(|a| a.name.text == name && a.kind == AxisKind::Choice)
        && !CHOICES.contains(&name)
}

/// Whether a name is an axis: of all workers, of a mode, or of a pool.
fn is_axis(library: &Library, pool: Option<&str>, name: &str) -> bool {
    // A setting that has limits is a number that each row may have.
    let is_setting =
        library.lets.iter().any(|l| l.name.text == name) && library.limits.contains_key(name);
    let shared = is_setting || library.axes.iter().any(|a| a.name.text == name);
    let of_modes = || {
        library.modes.values().any(|m| {
            let own = pool.is_none() && m.scope.axes.iter().any(|a| a.name.text == name);
            let pools = m.pools.iter().filter(|p| Some(p.name.text.as_str()) == pool);
            own || pools.flat_map(|p| &p.scope.axes).any(|a| a.name.text == name)
        })
    };
    shared || of_modes()
}
