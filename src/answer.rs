//! What a statement gives back: batches of rows, and what belongs beside them.

mod infeasible;
#[cfg(test)]
pub(crate) mod sample;

pub use infeasible::{Bounded, Infeasible, Miss, Quantity, Reason};

use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;

use crate::chart::Drawing;

/// The answer to one statement.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What the rows come to, in a sentence.
    pub headline: Option<String>,
    /// The rows.
    pub batches: Vec<RecordBatch>,
    /// Their schema; field metadata `unit` names the unit of a column.
    pub schema: SchemaRef,
    /// The same rows as a table for people, where fewer columns in other words say as much.
    pub readable: Option<RecordBatch>,
    /// Defaults that shaped the answer.
    pub assumptions: Vec<String>,
    /// Remarks printed after the rows.
    pub notes: Vec<String>,
    /// Counts, data and timing of a search.
    pub footer: Option<Footer>,
    /// False: nothing meets the constraints.
    pub feasible: bool,
    /// Why nothing meets the constraints, where there are no rows for that reason.
    pub infeasible: Option<Infeasible>,
    /// The picture of the rows, if there is one.
    pub drawing: Option<Drawing>,
    /// Which part of an answer it is, where that comes in parts.
    pub part: Part,
}

/// A part of an answer. One of many rows comes in several, with the same columns; notes and the footer
/// come with the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Part {
    /// All of it.
    #[default]
    Whole,
    /// The first part.
    First,
    /// One in between.
    Next,
    /// The last part.
    Last,
}

impl Part {
    /// Whether an answer begins here.
    pub fn begins(self) -> bool {
        matches!(self, Self::Whole | Self::First)
    }

    /// Whether an answer ends here.
    pub fn ends(self) -> bool {
        matches!(self, Self::Whole | Self::Last)
    }
}

/// What stands under an answer.
#[derive(Debug, Clone)]
pub struct Footer {
    /// Candidates considered.
    pub candidates: u64,
    /// Candidates that meet every constraint.
    pub feasible: u64,
    /// What it is about, part by part: model and GPUs, releases, lengths, bounds.
    pub about: Vec<String>,
    /// Data sets read.
    pub data: Vec<String>,
    /// The worst origin of any number in the answer.
    pub worst_origin: String,
    /// Where the time went.
    pub timing: Timing,
}

/// Where the time of a statement went, rendering aside.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// From text to plan.
    pub plan: Duration,
    /// Reading tables.
    pub read: Duration,
    /// Pricing candidates.
    pub price: Duration,
}

impl Answer {
    /// An answer of one batch of rows.
    pub fn rows(batch: RecordBatch) -> Self {
        let schema = batch.schema();
        Self { batches: vec![batch], ..Self::empty(schema) }
    }

    /// An answer of these columns, still without rows.
    pub fn empty(schema: SchemaRef) -> Self {
        Self {
            headline: None,
            schema,
            batches: Vec::new(),
            readable: None,
            assumptions: Vec::new(),
            notes: Vec::new(),
            footer: None,
            feasible: true,
            infeasible: None,
            drawing: None,
            part: Part::Whole,
        }
    }

    /// An answer without rows: remarks only.
    pub fn message(notes: Vec<String>) -> Self {
        let schema: SchemaRef = Arc::new(datafusion::arrow::datatypes::Schema::empty());
        Self { notes, ..Self::rows(RecordBatch::new_empty(schema)) }
    }

    /// The whole of parts, in order.
    pub fn whole(parts: impl IntoIterator<Item = Self>) -> Option<Self> {
        let joined = |mut whole: Self, mut part: Self| {
            whole.batches.append(&mut part.batches);
            Self { batches: whole.batches, ..part }
        };
        parts.into_iter().reduce(joined).map(|whole| Self { part: Part::Whole, ..whole })
    }

    /// How many rows there are.
    pub fn row_count(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }
}
