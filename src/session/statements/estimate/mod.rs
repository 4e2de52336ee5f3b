//! `estimate`: one candidate, or every row of a relation.

mod compared;
mod rows;

use crate::base::rows::TableBuilder;
use crate::plan::expr::col::{Col, ROW};
use crate::plan::nodes::failure::failure;
use crate::plan::search::branch::{Branch, Inputs, Purpose};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::{cast, concat_batches};
use datafusion::arrow::datatypes::{Field, Float64Type, Schema, SchemaRef};
use datafusion::datasource::MemTable;

use super::search::{distinct, worst_origin};
use crate::answer::{Answer, Footer, Timing};
use crate::base::error::{Code, Error, Result, bug};
use crate::lang::ast::{AxisTerm, Clauses, Estimate, EstimateInput, Loc};
use crate::memory::exhausted;
use crate::model::library::Library;
use crate::plan::question::Question;
use crate::plan::question::estimate::RowGroup;
use crate::plan::relation::axes;
use crate::plan::scope::Given;
use crate::plan::search::answer::described;
use crate::plan::search::branch;
use crate::plan::search::rank::together;
use crate::plan::target::provenance::Data;
use crate::session::analysis::about::about;
use crate::session::analysis::assumed::Assumed;
use crate::session::run::size;
use crate::session::state::{Emit, Session};

/// What pricing a group of rows gave.
struct Priced {
    batches: Vec<RecordBatch>,
    branches: Vec<Branch>,
    plan: String,
}

impl Session {
    /// Answers an estimate. Of many rows all parts but the last go to `emit`.
    pub(in crate::session) fn run_estimate(
        &mut self,
        estimate: &Estimate,
        loc: &Loc,
        emit: &mut Emit<'_>,
    ) -> Result<Answer> {
        let begin = Instant::now();
        let read_before = self.engine.catalog.time_reading();
        self.engine.forget_used();
        let mut answer = match &estimate.input {
            EstimateInput::One(terms) => self.estimate_one(terms, &estimate.clauses)?,
            EstimateInput::Relation(sql) => {
                self.estimate_rows(sql, &estimate.clauses, loc, emit)?
            }
        };
        let read = self.engine.catalog.time_reading() - read_before;
        if let Some(footer) = &mut answer.footer {
            footer.timing.read = read;
            let rest = begin.elapsed().saturating_sub(read);
            footer.timing.price = rest.saturating_sub(footer.timing.plan);
        }
        Ok(answer)
    }

    /// The answer to an estimate in one part, if there is memory for it.
    pub(in crate::session) fn whole_estimate(
        &mut self,
        estimate: &Estimate,
        loc: &Loc,
    ) -> Result<Answer> {
        let most = self.memory.bytes();
        let (mut parts, mut held) = (Vec::new(), 0);
        let mut keep = |part: Answer| {
            held += part.batches.iter().map(size).sum::<usize>();
            parts.push(part);
            if held > most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let last = self.run_estimate(estimate, loc, &mut keep);
        if held > most {
            return Err(exhausted("the answer", Some(self.memory)));
        }
        parts.push(last?);
        Answer::whole(parts).ok_or_else(|| bug("no rows"))
    }

    fn estimate_one(&mut self, terms: &[AxisTerm], clauses: &Clauses) -> Result<Answer> {
        let asked = self.asking(terms, clauses)?;
        one_value_each(&asked)?;
        let begin = Instant::now();
        let group = RowGroup { table: one_row()?, ..RowGroup::default() };
        let priced = self.price_group(&asked, &group)?;
        self.last_plan = Some(priced.plan);
        let plan = begin.elapsed();
        let batch = concat(&priced.batches, &asked, &self.library)?;
        let batch = without(&batch, &|name| {
            name == ROW || (self.library.columns.is_optional(name) && all_null(&batch, name))
        })?;
        let mut answer = Answer::rows(batch);
        let assumed = Assumed::new(&self.library, priced.branches.iter().map(|b| (&asked, b)));
        answer.assumptions = assumed.told;
        self.last_assumed = assumed.all;
        answer.notes = without_values(&priced.branches);
        if let Some(reason) = text_at(&answer, "reason") {
            return Err(Error::data(Code::NotMeasured, reason).help(
                "`show versions` lists what was measured; another version or precision may do",
            ));
        }
        if let Some(rule) = text_at(&answer, "violates") {
            answer.notes.push(format!("this candidate is not valid: {rule}"));
            answer.feasible = false;
        }
        answer.footer = Some(Footer {
            candidates: 1,
            feasible: u64::from(answer.feasible),
            about: about(&self.library, &asked, &priced.branches),
            data: distinct(&priced.branches).map(Data::with_donors).collect(),
            worst_origin: worst_origin(&answer),
            timing: Timing { plan, read: Duration::ZERO, price: Duration::ZERO },
        });
        Ok(answer)
    }

    /// The plan of given rows, in the first mode of a question and on the first target of each pool.
    pub(in crate::session) fn branch_of(
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
        let deployments = self.engine.deployments(&self.library, asked, &mode)?;
        branch(inputs, deployments.first().ok_or_else(|| bug("no target"))?)
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

/// Columns without values, and why, each once.
fn without_values<'b>(branches: impl IntoIterator<Item = &'b Branch>) -> Vec<String> {
    let unknown: BTreeSet<&(String, String)> =
        branches.into_iter().flat_map(|b| &b.unknown).collect();
    unknown.into_iter().map(|(name, why)| format!("`{name}` has no value: {why}")).collect()
}

/// One row that gives no axis: the question alone says which candidate it is.
pub(in crate::session) fn one_row() -> Result<RecordBatch> {
    TableBuilder::default().numbers(ROW, [0.0]).build()
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
        .filter(|i| {
            let name = first.field(*i).name();
            let is_told = name == ROW || !Col::is_hidden(name);
            is_told && batches.iter().all(|b| b.column_by_name(name).is_some())
        })
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
        aligned.push(crate::base::rows::batch(Arc::clone(&schema), columns)?);
    }
    let all = concat_batches(&schema, &aligned).map_err(bug)?;
    crate::base::rows::batch(described(&schema, asked, library), all.columns().to_vec())
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

/// Refuses names that the question gives several values.
fn one_value_each(asked: &Question) -> Result<()> {
    let choices = asked.choices.values().filter_map(|values| values.get(1));
    let Some(name) = asked.swept().next().or(choices.min_by_key(|name| name.loc.range.start))
    else {
        return Ok(());
    };
    let message = "an estimate is of one candidate, with one value of each axis";
    Err(Error::question(Code::NotOneCandidate, message)
        .at(name.loc.span(), "another value")
        .help("`search` prices every combination; `top 100 distinct *` shows all of them"))
}
