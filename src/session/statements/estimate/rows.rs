//! `estimate from`: every row of a relation, some of them at a time, so that many rows need hardly
//! more memory than few.

use crate::base::rows::{self, TableBuilder};
use crate::plan::expr::col::ROW;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, RecordBatch, StringArray, UInt32Array, new_null_array,
};
use datafusion::arrow::compute::{cast, take};
use datafusion::arrow::datatypes::{DataType, Field, Float64Type, SchemaRef};

use super::compared::Compared;
use super::{concat, without_values};
use crate::answer::{Answer, Footer, Part, Timing};
use crate::base::cancel::cancelled;
use crate::base::error::{Kind, Result, bug};
use crate::lang::ast::{AxisTerm, Clauses, Expr, ExprKind, Loc, Name, Trait};
use crate::model::library::Library;
use crate::perf::Origin;
use crate::plan::question::Question;
use crate::plan::question::estimate::{Grouped, RowGroup, candidate, groups, is_text};
use crate::plan::target::provenance::Data;
use crate::session::analysis::about::about;
use crate::session::analysis::assumed::Assumed;
use crate::session::analysis::names::question;
use crate::session::state::{Emit, Session};
use crate::session::statements::search::{distinct, worst_origin};

/// Rows that are priced at a time.
const PART: usize = 1 << 16;

/// Rows of the relation and what became of them.
struct Priced {
    own: RecordBatch,
    answer: Option<RecordBatch>,
    /// Why a row has no candidate.
    reasons: Vec<Option<String>>,
}

/// What is said under the rows, of all parts.
#[derive(Default)]
struct Told {
    assumptions: Vec<String>,
    notes: Vec<String>,
    about: Vec<String>,
    compared: Compared,
    data: BTreeSet<String>,
    worst: Option<Origin>,
    rows: u64,
    feasible: u64,
}

impl Session {
    /// Prices the rows of a relation. All parts of the answer but the last go to `emit`.
    pub(super) fn estimate_rows(
        &mut self,
        sql: &str,
        clauses: &Clauses,
        loc: &Loc,
        emit: &mut Emit<'_>,
    ) -> Result<Answer> {
        let begin = Instant::now();
        let mut rows = self.sql_rows(sql, loc)?;
        self.asking(&[], clauses)?;
        let (mut told, mut planning) = (Told::default(), Duration::ZERO);
        let mut columns: Option<SchemaRef> = None;
        let (mut waiting, mut sent) = (Vec::new(), 0);
        let mut part = rows.part(PART)?.unwrap_or_else(|| RecordBatch::new_empty(rows.schema()));
        loop {
            let next = rows.part(PART)?;
            let priced = self.price_part(part, clauses, loc, &mut told)?;
            if planning.is_zero() {
                planning = begin.elapsed();
            }
            // The columns are those of the first candidates, so what has none waits for them.
            if columns.is_none() {
                columns = priced.answer.as_ref().map(RecordBatch::schema);
            }
            waiting.push(priced);
            let mut made = Vec::new();
            if columns.is_some() || next.is_none() {
                for priced in waiting.drain(..) {
                    let rows = beside(&self.library, priced, columns.as_ref())?;
                    told.compared.add(&self.library, &rows);
                    made.push(told.count(rows));
                }
            }
            let last = if next.is_none() { made.pop() } else { None };
            for mut answer in made {
                answer.part = if sent == 0 { Part::First } else { Part::Next };
                sent += 1;
                if emit(answer) == ControlFlow::Break(()) {
                    return Err(cancelled());
                }
            }
            match (next, last) {
                (Some(next), _) => part = next,
                (None, Some(mut answer)) => {
                    answer.part = if sent == 0 { Part::Whole } else { Part::Last };
                    told.under(&self.library, &mut answer, planning);
                    return Ok(answer);
                }
                (None, None) => return Err(bug("no rows")),
            }
        }
    }

    /// Prices some rows, those of a group at once.
    fn price_part(
        &mut self,
        own: RecordBatch,
        clauses: &Clauses,
        loc: &Loc,
        told: &mut Told,
    ) -> Result<Priced> {
        let Grouped { groups, refused, renamed } = groups(&self.library, &own)?;
        let read = |(theirs, ours): &(String, String)| format!("`{theirs}` is read as {ours}");
        add(&mut told.notes, renamed.iter().map(read).collect());
        add(&mut told.notes, unread(&self.library, &own));
        let mut reasons: Vec<Option<String>> = vec![None; own.num_rows()];
        for (row, reason) in refused {
            reasons[row] = Some(reason);
        }
        let (mut batches, mut branches) = (Vec::new(), Vec::new());
        for group in &groups {
            let asked = group_question(&self.library, group, clauses, &self.settings, loc)?;
            match self.price_group(&asked, group) {
                Ok(priced) => {
                    self.last_plan = Some(priced.plan);
                    add(&mut told.about, about(&self.library, &asked, &priced.branches));
                    batches.extend(priced.batches);
                    branches.extend(priced.branches.into_iter().map(|b| (asked.clone(), b)));
                }
                // A fault of ours is an error, and so is a stop; what a row asks for is its reason.
                Err(error) if matches!(error.kind, Kind::Internal | Kind::Stopped) => {
                    return Err(error);
                }
                Err(error) => {
                    for row in &group.rows {
                        reasons[*row] = Some(error.message.clone());
                    }
                }
            }
        }
        let assumed = Assumed::new(&self.library, branches.iter().map(|(asked, b)| (asked, b)));
        add(&mut told.assumptions, assumed.told);
        add(&mut told.notes, without_values(branches.iter().map(|(_, b)| b)));
        told.data.extend(distinct(branches.iter().map(|(_, b)| b)).map(Data::with_donors));
        let answer = match branches.first() {
            None => None,
            Some((asked, _)) => Some(concat(&batches, asked, &self.library)?),
        };
        Ok(Priced { own, answer, reasons })
    }
}

impl Told {
    /// Counts the rows of a part.
    fn count(&mut self, batch: RecordBatch) -> Answer {
        self.rows += batch.num_rows() as u64;
        self.feasible += feasible(&batch);
        let answer = Answer::rows(batch);
        let worst = worst_origin(&answer);
        self.worst = self.worst.max(Origin::ALL.into_iter().find(|o| o.name() == worst));
        answer
    }

    /// Says what there is to say under the last rows.
    fn under(self, library: &Library, answer: &mut Answer, plan: Duration) {
        answer.feasible = self.feasible > 0;
        answer.assumptions = self.assumptions;
        answer.notes = self.notes;
        let taken = answer.assumptions.iter().filter(|one| is_told(library, one)).cloned();
        answer.notes.extend(self.compared.told(&taken.collect::<Vec<_>>()));
        answer.footer = Some(Footer {
            candidates: self.rows,
            feasible: self.feasible,
            about: self.about,
            data: self.data.into_iter().collect(),
            worst_origin: self.worst.map_or("none", Origin::name).to_owned(),
            timing: Timing { plan, read: Duration::ZERO, price: Duration::ZERO },
        });
    }
}

/// Whether something assumed, `tp = 1`, is what shapes a candidate.
fn is_told(library: &Library, assumed: &str) -> bool {
    let name = assumed.split_once(" = ").map_or("", |(name, _)| name);
    library.columns.find(name).is_some_and(|column| column.is(Trait::Told))
}

/// The rows that have a price and break no rule.
fn feasible(batch: &RecordBatch) -> u64 {
    let said = ["reason", "violates"].map(|name| batch.column_by_name(name));
    let silent = |row: &usize| said.iter().flatten().all(|column| column.is_null(*row));
    (0..batch.num_rows()).filter(silent).count() as u64
}

/// Adds lines that are not there yet.
fn add(to: &mut Vec<String>, lines: Vec<String>) {
    for line in lines {
        if !to.contains(&line) {
            to.push(line);
        }
    }
}

/// Columns that say a choice by another name, whose values may have others, too.
fn unread(library: &Library, rows: &RecordBatch) -> Vec<String> {
    let schema = rows.schema();
    let told = schema.fields().iter().filter_map(|field| {
        let theirs = field.name();
        let ours = library.columns.alias(theirs)?;
        let is_choice = candidate(library, ours)?.is_choice && candidate(library, theirs).is_none();
        let is_said = rows.column_by_name(ours).is_some();
        (is_choice && !is_said).then(|| {
            format!("`{theirs}` is not read: a column `{ours}` says it, with the names of `show {ours}s`")
        })
    });
    told.collect()
}

/// The question of a group: its choices, then the clauses, then the settings.
fn group_question(
    library: &Library,
    group: &RowGroup,
    clauses: &Clauses,
    settings: &[AxisTerm],
    loc: &Loc,
) -> Result<Question> {
    let mut asked = question(library, &[], clauses, settings)?;
    for (name, value) in &group.choices {
        if is_text(library, name) {
            let text = Expr { kind: ExprKind::Text(value.clone()), loc: loc.clone() };
            asked.overrides.insert(0, AxisTerm::one(name, text));
            continue;
        }
        let value = Name { text: value.clone(), loc: loc.clone() };
        asked.choices.insert(name.clone(), vec![value]);
    }
    Ok(asked)
}

/// An answer with these columns; one that it lacks is null.
fn with_columns(answer: &RecordBatch, columns: &SchemaRef) -> Result<RecordBatch> {
    let column = |field: &Arc<Field>| match answer.column_by_name(field.name()) {
        Some(column) => cast(column, field.data_type()),
        None => Ok(new_null_array(field.data_type(), answer.num_rows())),
    };
    let arrays = columns.fields().iter().map(column).collect::<Result<_, _>>().map_err(bug)?;
    rows::batch(Arc::clone(columns), arrays)
}

/// The own columns of every row with the answer beside them.
fn beside(library: &Library, priced: Priced, columns: Option<&SchemaRef>) -> Result<RecordBatch> {
    let Priced { own, answer, reasons } = priced;
    let answer = match (answer, columns) {
        (Some(answer), Some(columns)) => Some(with_columns(&answer, columns)?),
        (None, Some(columns)) => Some(RecordBatch::new_empty(Arc::clone(columns))),
        (answer, None) => answer,
    };
    let answer = answer.as_ref();
    let rows = own.num_rows();
    let mut place: Vec<Option<u32>> = vec![None; rows];
    if let Some(answer) = answer {
        let numbers = answer.column_by_name(ROW).ok_or_else(|| bug("no row numbers"))?;
        for (at, row) in numbers.as_primitive::<Float64Type>().iter().enumerate() {
            if let Some(slot) = row.and_then(|r| place.get_mut(r as usize)) {
                *slot = Some(at as u32);
            }
        }
    }
    let indices = UInt32Array::from(place);
    let (mut fields, mut columns) = (Vec::<Field>::new(), Vec::<ArrayRef>::new());
    let answered: BTreeSet<String> = answer
        .map(|a| a.schema().fields().iter().map(|f| f.name().clone()).collect())
        .unwrap_or_default();
    // What a row says of its candidate is its own; what was measured of it stands beside ours.
    let taken = |name: &str| candidate(library, name).is_some();
    for (field, column) in own.schema().fields().iter().zip(own.columns()) {
        let clash = answered.contains(field.name()) || field.name() == "reason";
        let name = if clash && !taken(field.name()) {
            format!("own_{}", field.name())
        } else {
            field.name().clone()
        };
        fields.push(field.as_ref().clone().with_name(name));
        columns.push(Arc::clone(column));
    }
    let mut reason: ArrayRef = new_null_array(&DataType::Utf8, rows);
    if let Some(answer) = answer {
        for (field, column) in answer.schema().fields().iter().zip(answer.columns()) {
            let column = take(column, &indices, None).map_err(bug)?;
            match field.name().as_str() {
                ROW => {}
                name if taken(name) && own.column_by_name(name).is_some() => {}
                "reason" => reason = column,
                _ => {
                    fields.push(field.as_ref().clone().with_nullable(true));
                    columns.push(column);
                }
            }
        }
    }
    let priced = reason.as_string::<i32>();
    let reason: StringArray = priced
        .iter()
        .zip(&reasons)
        .map(|(own, group)| own.map(str::to_owned).or_else(|| group.clone()))
        .collect();
    fields.push(Field::new("reason", DataType::Utf8, true));
    columns.push(Arc::new(reason));
    TableBuilder::of(fields, columns).build()
}
