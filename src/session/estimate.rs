//! `estimate`: one candidate, or every row of a relation.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, RecordBatch, StringArray, UInt32Array, new_null_array,
};
use datafusion::arrow::compute::{cast, concat_batches, take};
use datafusion::arrow::datatypes::{DataType, Field, Float64Type, Schema, SchemaRef};
use datafusion::datasource::MemTable;

use super::Session;
use super::run::failure;
use super::search::{assumptions, distinct, worst_origin};
use crate::answer::{Answer, Footer, Timing};
use crate::arch::library::Library;
use crate::error::{Error, Result};
use crate::lang::ast::{AxisTerm, Clauses, Estimate, EstimateInput, Loc, Name};
use crate::plan::answer::described;
use crate::plan::axes;
use crate::plan::data::Data;
use crate::plan::estimate::{Grouped, ROW, RowGroup, candidate, groups};
use crate::plan::lower::bug;
use crate::plan::question::{NoNames, Question};
use crate::plan::rank::together;
use crate::plan::scope::Given;
use crate::plan::search::{Branch, Inputs, Purpose, paired, single};

/// What pricing a group of rows gave.
struct Priced {
    batches: Vec<RecordBatch>,
    branches: Vec<Branch>,
    plan: String,
}

impl Session {
    pub(super) fn run_estimate(&mut self, estimate: &Estimate, loc: &Loc) -> Result<Answer> {
        let begin = Instant::now();
        let read_before = self.engine.catalog.time_reading();
        self.engine.forget_used();
        let mut answer = match &estimate.input {
            EstimateInput::One(terms) => self.estimate_one(terms, &estimate.clauses)?,
            EstimateInput::Relation(sql) => self.estimate_rows(sql, &estimate.clauses, loc)?,
        };
        let read = self.engine.catalog.time_reading() - read_before;
        let worst_origin = worst_origin(&answer);
        if let Some(footer) = &mut answer.footer {
            footer.worst_origin = worst_origin;
            footer.timing.read = read;
            let rest = begin.elapsed().saturating_sub(read);
            footer.timing.price = rest.saturating_sub(footer.timing.plan);
        }
        Ok(answer)
    }

    fn estimate_one(&mut self, terms: &[AxisTerm], clauses: &Clauses) -> Result<Answer> {
        let asked = self.asking(terms, clauses)?;
        let begin = Instant::now();
        let group = RowGroup { table: one_row()?, ..RowGroup::default() };
        let priced = self.price_group(&asked, &group)?;
        self.last_plan = Some(priced.plan);
        let plan = begin.elapsed();
        let batch = concat(&priced.batches, &asked, &self.library)?;
        let batch = without(&batch, &|name| {
            name == ROW || (name == "ctx_tokens" && all_null(&batch, name))
        })?;
        let mut answer = Answer::rows(batch);
        answer.assumptions = assumptions(priced.branches.iter().map(|b| (&asked, b)));
        answer.notes = without_values(&priced.branches);
        if let Some(reason) = text_at(&answer, "reason") {
            return Err(Error::data("AIQ0406", reason).help(
                "`show versions` lists what was measured; another version or precision may do",
            ));
        }
        if let Some(rule) = text_at(&answer, "violates") {
            answer.notes.push(format!("this candidate is not valid: {rule}"));
        }
        answer.footer = Some(footer(priced.branches.iter(), 1, plan));
        Ok(answer)
    }

    fn estimate_rows(&mut self, sql: &str, clauses: &Clauses, loc: &Loc) -> Result<Answer> {
        let begin = Instant::now();
        let own = self.run_sql(sql, loc)?;
        let own = concat_batches(&own.schema, &own.batches).map_err(bug)?;
        let Grouped { groups, refused } = groups(&self.library, &own)?;
        self.asking(&[], clauses)?;
        let mut reasons: Vec<Option<String>> = vec![None; own.num_rows()];
        for (row, reason) in refused {
            reasons[row] = Some(reason);
        }
        let (mut batches, mut branches) = (Vec::new(), Vec::new());
        for group in &groups {
            let asked = group_question(group, clauses, &self.settings, loc)?;
            match self.price_group(&asked, group) {
                Ok(priced) => {
                    self.last_plan = Some(priced.plan);
                    batches.extend(priced.batches);
                    branches.extend(priced.branches.into_iter().map(|b| (asked.clone(), b)));
                }
                // A fault of ours is an error; what the row asks for is its reason.
                Err(error) if error.kind == crate::Kind::Internal => return Err(error),
                Err(error) => {
                    for row in &group.rows {
                        reasons[*row] = Some(error.message.clone());
                    }
                }
            }
        }
        let plan = begin.elapsed();
        let answer_batch = match branches.first() {
            None => None,
            Some((asked, _)) => Some(concat(&batches, asked, &self.library)?),
        };
        let batch = beside(&self.library, &own, answer_batch.as_ref(), reasons)?;
        let mut answer = Answer::rows(batch);
        answer.assumptions = assumptions(branches.iter().map(|(asked, b)| (asked, b)));
        answer.notes = without_values(branches.iter().map(|(_, b)| b));
        let mut footer = footer(branches.iter().map(|(_, b)| b), own.num_rows() as u64, plan);
        let unpriced = answer.batches[0].column_by_name("ttft").map_or(0, Array::null_count);
        footer.feasible = footer.candidates.saturating_sub(unpriced as u64);
        answer.footer = Some(footer);
        Ok(answer)
    }

    /// The plan of given rows, in the first mode of a question and on the first target of each pool.
    pub(super) fn branch_of(
        &self,
        asked: &Question,
        given_rows: &RecordBatch,
        purpose: Purpose,
    ) -> Result<Branch> {
        let schema = given_rows.schema();
        let table = MemTable::try_new(Arc::clone(&schema), vec![vec![given_rows.clone()]]);
        let rows = axes::table("rows", table.map_err(failure)?)?;
        let given = Given {
            columns: schema.fields().iter().map(|f| f.name().clone()).collect(),
            bounds: bounds(given_rows),
        };
        if let Some(mix) = &asked.mix {
            mix.check_rows(given.columns.iter())?;
        }
        // A row is one candidate: of several modes the first.
        let mode = self.modes(asked)?.into_iter().next().ok_or_else(|| bug("no mode"))?;
        let inputs = Inputs {
            library: &self.library,
            asked,
            mode: &mode,
            given: &given,
            rows: Some(&rows),
            purpose,
        };
        let pool = |i: usize| mode.pools.get(i).map_or("", |p| p.name.text.as_str());
        let first = self.engine.targets(&self.library, asked, pool(0))?;
        let first = first.first().ok_or_else(|| bug("no target"))?;
        if mode.pools.is_empty() {
            return single(inputs, first);
        }
        let second = self.engine.targets(&self.library, asked, pool(1))?;
        paired(inputs, [first, second.first().ok_or_else(|| bug("no target"))?])
    }

    /// Prices the rows of a group.
    fn price_group(&self, asked: &Question, group: &RowGroup) -> Result<Priced> {
        let branches = vec![self.branch_of(asked, &group.table, Purpose::Estimate)?];
        let plan = together(asked, &branches)?;
        let context = self.context_for(0);
        let plan = self.optimized(&context, &plan)?;
        let text = plan.display_indent().to_string();
        let batches = self.collect(&context, plan)?.batches;
        Ok(Priced { batches, branches, plan: text })
    }
}

/// The question of a group: its choices, then the clauses, then the settings.
fn group_question(
    group: &RowGroup,
    clauses: &Clauses,
    settings: &[AxisTerm],
    loc: &Loc,
) -> Result<Question> {
    let mut asked = Question::new(&[], clauses, settings, &NoNames)?;
    for (name, value) in &group.choices {
        let value = Name { text: value.clone(), loc: loc.clone() };
        asked.choices.insert(name.clone(), vec![value]);
    }
    Ok(asked)
}

/// Columns without values, and why, each once.
fn without_values<'b>(branches: impl IntoIterator<Item = &'b Branch>) -> Vec<String> {
    let unknown: BTreeSet<&(String, String)> =
        branches.into_iter().flat_map(|b| &b.unknown).collect();
    unknown.into_iter().map(|(name, why)| format!("`{name}` has no value: {why}")).collect()
}

fn footer<'b>(
    branches: impl Iterator<Item = &'b Branch>,
    candidates: u64,
    plan: std::time::Duration,
) -> Footer {
    Footer {
        candidates,
        feasible: candidates,
        data: distinct(branches).map(Data::with_donors).collect(),
        worst_origin: String::new(),
        timing: Timing { plan, read: Default::default(), price: Default::default() },
    }
}

/// One row that gives no axis: the question alone says which candidate it is.
pub(super) fn one_row() -> Result<RecordBatch> {
    let schema = Schema::new(vec![Field::new(ROW, DataType::Float64, false)]);
    RecordBatch::try_new(Arc::new(schema), vec![Arc::new(Float64Array::from(vec![0.0]))])
        .map_err(bug)
}

fn bounds(batch: &RecordBatch) -> BTreeMap<String, (f64, f64)> {
    let mut bounds = BTreeMap::new();
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        if let Some(values) = column.as_primitive_opt::<Float64Type>() {
            let low = values.iter().flatten().fold(f64::INFINITY, f64::min);
            let high = values.iter().flatten().fold(f64::NEG_INFINITY, f64::max);
            bounds.insert(field.name().clone(), (low, high));
        }
    }
    bounds
}

fn concat(batches: &[RecordBatch], asked: &Question, library: &Library) -> Result<RecordBatch> {
    // Groups may differ in their further columns; those of the first that all have stay.
    let first = batches.first().ok_or_else(|| bug("no rows"))?.schema();
    let common: Vec<usize> = (0..first.fields().len())
        .filter(|i| batches.iter().all(|b| b.column_by_name(first.field(*i).name()).is_some()))
        .collect();
    let fields: Vec<Field> = common.iter().map(|i| first.field(*i).clone()).collect();
    let schema: SchemaRef = Arc::new(Schema::new(
        fields.into_iter().map(|f| f.with_nullable(true)).collect::<Vec<_>>(),
    ));
    let mut aligned = Vec::new();
    for batch in batches {
        let columns: Vec<ArrayRef> = schema
            .fields()
            .iter()
            .filter_map(|f| batch.column_by_name(f.name()))
            .zip(schema.fields())
            .map(|(c, f)| cast(c, f.data_type()))
            .collect::<Result<_, _>>()
            .map_err(bug)?;
        aligned.push(RecordBatch::try_new(Arc::clone(&schema), columns).map_err(bug)?);
    }
    let all = concat_batches(&schema, &aligned).map_err(bug)?;
    RecordBatch::try_new(described(&schema, asked, library), all.columns().to_vec()).map_err(bug)
}

fn without(batch: &RecordBatch, hide: &dyn Fn(&str) -> bool) -> Result<RecordBatch> {
    let schema = batch.schema();
    let kept: Vec<usize> =
        (0..schema.fields().len()).filter(|i| !hide(schema.field(*i).name())).collect();
    batch.project(&kept).map_err(bug)
}

fn all_null(batch: &RecordBatch, name: &str) -> bool {
    batch.column_by_name(name).is_some_and(|c| c.null_count() == c.len())
}

fn text_at(answer: &Answer, column: &str) -> Option<String> {
    let column = answer.batches.first()?.column_by_name(column)?.as_string_opt::<i32>()?;
    (column.len() == 1 && !column.is_null(0)).then(|| column.value(0).to_owned())
}

/// The own columns of every row with the answer beside them.
fn beside(
    library: &Library,
    own: &RecordBatch,
    answer: Option<&RecordBatch>,
    reasons: Vec<Option<String>>,
) -> Result<RecordBatch> {
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
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(bug)
}
