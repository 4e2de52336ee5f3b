//! Rows of two answers matched by what they are candidates of.

use crate::base::rows::TableBuilder;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Float64Array, RecordBatch, StringArray};
use datafusion::arrow::compute::{cast, concat_batches, interleave};
use datafusion::arrow::datatypes::{DataType, Field, Float64Type};

use crate::answer::Answer;
use crate::base::error::{Result, bug};
use crate::lang::ast::{Objective, StatementKind};
use crate::model::library::Library;
use crate::plan::question::estimate::candidate;
use crate::session::state::Named;

/// Numbers this near are one.
const SAME: f64 = 1e-12;

/// An answer as rows to be matched.
pub(super) struct Table {
    batch: RecordBatch,
    /// What the rows are compared by.
    pub(super) metric: String,
    /// Columns that say which candidate a row is.
    candidate: BTreeSet<String>,
    /// Columns whose values the question gives.
    fixed: BTreeSet<String>,
}

/// A row of one of the answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct At {
    /// Its number, from 0.
    pub(super) row: usize,
    /// The metric.
    pub(super) value: f64,
}

/// A row that is not the same in both.
pub(super) struct Change {
    /// `entered`, `left` or `moved`.
    pub(super) kind: &'static str,
    pub(super) a: Option<At>,
    pub(super) b: Option<At>,
    /// Why.
    pub(super) cause: Option<String>,
}

impl Change {
    fn delta(&self) -> Option<f64> {
        Some(self.b?.value - self.a?.value)
    }
}

impl Table {
    pub(super) fn new(library: &Library, named: &Named) -> Result<Self> {
        let answer = &named.answer;
        let schema =
            answer.batches.first().map_or_else(|| Arc::clone(&answer.schema), RecordBatch::schema);
        let batch = concat_batches(&schema, &answer.batches).map_err(bug)?;
        let objective = match &named.question.kind {
            StatementKind::Search(s) => match &s.clauses.objective {
                Some(Objective::Maximize(e) | Objective::Minimize(e)) => {
                    Some(e.loc.text().trim().to_owned())
                }
                _ => None,
            },
            _ => None,
        };
        let metric = objective.filter(|o| batch.column_by_name(o).is_some());
        let metric = metric.unwrap_or_else(|| library.columns.best().to_owned());
        let names = schema.fields().iter().map(|f| f.name().clone());
        let says = |n: &String| candidate(library, n).is_some() && !library.is_metric(n);
        let candidate = names.filter(says).collect();
        let fixed = match &named.question.kind {
            StatementKind::Search(s) => s.axes.iter().chain(&s.clauses.serving).collect(),
            _ => Vec::new(),
        };
        let fixed = fixed.iter().map(|t| t.name.text.replace('.', "_")).collect();
        Ok(Self { batch, metric, candidate, fixed })
    }

    pub(super) fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    /// The columns that rows of both are matched by: all that say which candidate it is, but for
    /// what the two questions are about: what they fix, and texts such as the system, in which the
    /// answers differ as a whole.
    pub(super) fn keys(&self, other: &Self) -> Vec<String> {
        let schema = self.batch.schema();
        let names = schema.fields().iter().map(|f| f.name().clone());
        let shared = names.filter(|n| self.candidate.contains(n) && other.candidate.contains(n));
        let fixed = |name: &String| self.fixed.contains(name) || other.fixed.contains(name);
        let text =
            |name: &String| schema.field_with_name(name).is_ok_and(|f| !f.data_type().is_numeric());
        // Rows without such a pool have no text there.
        let said = |t: &Self, name: &str| -> BTreeSet<String> {
            t.cells(name).into_iter().flatten().collect()
        };
        let differ = |name: &String| match (self.only(name), other.only(name)) {
            (Some(a), Some(b)) if fixed(name) => a != b,
            _ if text(name) => {
                let (a, b) = (said(self, name), said(other, name));
                !a.is_empty() && !b.is_empty() && a.is_disjoint(&b)
            }
            _ => false,
        };
        // Columns without a value in either say nothing.
        let empty = |t: &Self, n: &String| t.only(n) == Some(None);
        let silent = |n: &String| empty(self, n) && empty(other, n);
        shared.filter(|n| !(differ(n) || silent(n))).collect()
    }

    /// The value that all rows have in a column.
    fn only(&self, name: &str) -> Option<Option<String>> {
        let cells = self.cells(name);
        let first = cells.first()?.clone();
        cells.iter().all(|c| *c == first).then_some(first)
    }

    fn cells(&self, name: &str) -> Vec<Option<String>> {
        cells(&self.batch, name)
    }

    fn values(&self) -> Vec<f64> {
        let column = self.batch.column_by_name(&self.metric);
        let numbers = column.and_then(|c| cast(c, &DataType::Float64).ok());
        numbers.map_or_else(
            || vec![f64::NAN; self.rows()],
            |c| c.as_primitive::<Float64Type>().iter().map(|v| v.unwrap_or(f64::NAN)).collect(),
        )
    }

    /// The metric of the first row, which is the best.
    pub(super) fn best(&self) -> Option<f64> {
        self.values().first().copied().filter(|value| value.is_finite())
    }

    /// Rows by the values of keys; of several rows of one candidate the first counts.
    fn by(&self, keys: &[String]) -> BTreeMap<Vec<Option<String>>, At> {
        let columns: Vec<Vec<Option<String>>> = keys.iter().map(|k| self.cells(k)).collect();
        let mut rows = BTreeMap::new();
        for (row, value) in self.values().into_iter().enumerate() {
            let key = columns.iter().map(|c| c.get(row).cloned().flatten()).collect();
            rows.entry(key).or_insert(At { row, value });
        }
        rows
    }

    /// What differs in another answer, largest first: rows that moved, then those in one only.
    pub(super) fn changes(&self, other: &Self, keys: &[String]) -> Result<Vec<Change>> {
        let (mine, theirs) = (self.by(keys), other.by(keys));
        let mut changes = Vec::new();
        for (key, a) in &mine {
            let b = theirs.get(key).copied();
            let kind = match b {
                None => "left",
                Some(b) if (a.value - b.value).abs() <= SAME * a.value.abs().max(b.value.abs()) => {
                    continue;
                }
                Some(b) if a.value.is_nan() && b.value.is_nan() => continue,
                Some(_) => "moved",
            };
            changes.push(Change { kind, a: Some(*a), b, cause: None });
        }
        for (_, b) in theirs.iter().filter(|(key, _)| !mine.contains_key(*key)) {
            changes.push(Change { kind: "entered", a: None, b: Some(*b), cause: None });
        }
        let size = |c: &Change| c.delta().map_or(-1.0, f64::abs);
        let value = |c: &Change| c.b.or(c.a).map_or(0.0, |at| at.value);
        changes.sort_by(|x, y| {
            size(y).total_cmp(&size(x)).then_with(|| value(y).total_cmp(&value(x)))
        });
        Ok(changes)
    }
}

/// A column as texts.
pub(super) fn cells(batch: &RecordBatch, name: &str) -> Vec<Option<String>> {
    let text = batch.column_by_name(name).and_then(|c| cast(c, &DataType::Utf8).ok());
    text.map_or_else(Vec::new, |column| {
        column.as_string::<i32>().iter().map(|c| c.map(str::to_owned)).collect()
    })
}

/// Changes as an answer: the keys, then the metric before and after in its unit.
pub(super) fn answer(keys: &[String], changes: &[Change], tables: [&Table; 2]) -> Result<Answer> {
    let [before, after] = tables;
    let metric = before.batch.schema();
    let unit = metric.field_with_name(&before.metric).ok().and_then(|f| f.metadata().get("unit"));
    let name = |n: &str| Field::new(n, DataType::Utf8, true);
    let number = |n: &str| {
        let unit = unit.map(|unit| ("unit".to_owned(), unit.clone()));
        Field::new(n, DataType::Float64, true).with_metadata(unit.into_iter().collect())
    };
    let real = |f: &dyn Fn(&Change) -> Option<f64>| -> ArrayRef {
        Arc::new(changes.iter().map(f).collect::<Float64Array>())
    };
    let first = [("place".to_owned(), "0".to_owned())].into();
    let mut fields = vec![name("change").with_metadata(first)];
    let mut columns: Vec<ArrayRef> =
        vec![Arc::new(StringArray::from_iter_values(changes.iter().map(|c| c.kind)))];
    // Of a row in either its key is the same.
    let places: Vec<(usize, usize)> = (changes.iter())
        .map(|c| c.a.map_or((1, c.b.map_or(0, |at| at.row)), |at| (0, at.row)))
        .collect();
    for key in keys {
        let (field, cells) = key_column(key, [before, after], &places)?;
        fields.push(field);
        columns.push(cells);
    }
    let finite = |at: Option<At>| at.map(|at| at.value).filter(|v| v.is_finite());
    fields.extend([number("a"), number("b"), number("delta"), name("cause")]);
    columns.push(real(&|c| finite(c.a)));
    columns.push(real(&|c| finite(c.b)));
    columns.push(real(&|c| c.delta().filter(|d| d.is_finite())));
    columns.push(Arc::new(changes.iter().map(|c| c.cause.clone()).collect::<StringArray>()));
    let batch = TableBuilder::of(fields, columns).build()?;
    Ok(Answer::rows(batch))
}

/// Values of a key in its own type, each from the table and row given.
fn key_column(
    key: &str,
    tables: [&Table; 2],
    places: &[(usize, usize)],
) -> Result<(Field, ArrayRef)> {
    let schema = tables[0].batch.schema();
    let field = schema.field_with_name(key).map_err(bug)?;
    let own = |table: &Table| -> Result<ArrayRef> {
        let column =
            table.batch.column_by_name(key).ok_or_else(|| bug("a key without a column"))?;
        cast(column, field.data_type()).map_err(bug)
    };
    let (a, b) = (own(tables[0])?, own(tables[1])?);
    let cells = interleave(&[a.as_ref(), b.as_ref()], places).map_err(bug)?;
    Ok((field.clone().with_nullable(true), cells))
}
