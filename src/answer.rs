//! What a statement gives back: batches of rows and what a person needs to know beside them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;

/// The answer to one statement.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The rows.
    pub batches: Vec<RecordBatch>,
    /// Their schema; field metadata `unit` names the unit of a column.
    pub schema: SchemaRef,
    /// Defaults that shaped the answer.
    pub assumptions: Vec<String>,
    /// Remarks printed after the rows.
    pub notes: Vec<String>,
    /// Counts, data and timing of a search.
    pub footer: Option<Footer>,
    /// False: nothing meets the constraints.
    pub feasible: bool,
    /// What alone leaves no candidate of any serving mode, where nothing meets the constraints and
    /// it is one thing.
    pub hopeless: Option<String>,
    /// The picture of a `plot` statement.
    pub chart: Option<Chart>,
    /// Shares drawn under the rows on a terminal, parents before their parts.
    pub bars: Vec<Bar>,
    /// Which part of an answer it is, where that comes in parts.
    pub part: Part,
}

/// A part of an answer. One of many rows comes in several, with the same columns; what is said beside
/// the rows comes with the last.
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

/// A bar of a share; those that follow at a greater depth are parts of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// How deep it is nested.
    pub depth: usize,
    /// What it is of.
    pub label: String,
    /// Its length, in percent of the outermost.
    pub share: f64,
}

/// What stands under an answer.
#[derive(Debug, Clone)]
pub struct Footer {
    /// Candidates considered.
    pub candidates: u64,
    /// Candidates that meet every constraint.
    pub feasible: u64,
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

/// A scatter of two metrics.
#[derive(Debug, Clone)]
pub struct Chart {
    /// Title.
    pub title: String,
    /// Label of the horizontal axis, with its unit.
    pub x: String,
    /// Label of the vertical axis, with its unit.
    pub y: String,
    /// The series.
    pub series: Vec<Series>,
}

/// One named set of points.
#[derive(Debug, Clone)]
pub struct Series {
    /// Name in the legend.
    pub name: String,
    /// Points.
    pub points: Vec<(f64, f64)>,
}

/// A word that the shell can complete and highlight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The word.
    pub text: String,
    /// What it names.
    pub kind: WordKind,
    /// What it belongs to: the axis of a value, the backend of a version, the table of a column,
    /// the kind of an axis; empty for most.
    pub of: String,
    /// One line about it.
    pub help: String,
}

/// What a word names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WordKind {
    /// Language keyword.
    Keyword,
    /// Model name.
    Model,
    /// GPU system.
    System,
    /// Serving framework.
    Backend,
    /// Version of a backend.
    Version,
    /// Serving mode.
    Mode,
    /// Metric.
    Metric,
    /// Axis.
    Axis,
    /// Column of a table.
    Field,
    /// Function.
    Function,
    /// Table.
    Table,
    /// Named result.
    Result,
    /// Session setting.
    Setting,
    /// What `show` lists.
    Shown,
    /// What deployment files are for.
    Platform,
    /// Rule or operation.
    Definition,
    /// Value of an axis, such as a precision.
    Value,
}

/// Stops a running statement from another thread.
#[derive(Debug, Clone, Default)]
pub struct CancelHandle(Arc<AtomicBool>);

impl CancelHandle {
    /// Asks the running statement to stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether a stop was asked for.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
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
            schema,
            batches: Vec::new(),
            assumptions: Vec::new(),
            notes: Vec::new(),
            footer: None,
            feasible: true,
            hopeless: None,
            chart: None,
            bars: Vec::new(),
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
