//! Rows of candidates as people read them: workers in a few words, nothing that goes without saying,
//! what the question is about first.

use std::collections::HashMap;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch, Scalar};
use datafusion::arrow::compute::kernels::cmp::distinct;
use datafusion::arrow::compute::{cast, concat_batches};
use datafusion::arrow::datatypes::{DataType, Field, Float64Type};

use crate::answer::Answer;
use crate::base::error::{Result, bug};
use crate::base::rows::TableBuilder;
use crate::lang::ast::{ColumnDef, Holds, Owner, Trait, Weight};
use crate::model::columns::Columns;
use crate::model::library::Library;
use crate::model::value::number;
use crate::plan::question::Question;
use crate::plan::question::what_if::column_of;

/// The column of the words, and what stands in them.
const WORKERS: &str = "workers";
const REPLICAS: &str = "replicas";

/// Where a column stands in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// Ranks and what else counts the rows.
    Row,
    /// What tells rows apart: modes, systems, axes that the question varies.
    Told,
    /// What rows are ranked by.
    Objective(usize),
    Workers,
    /// What else the question is about, in its order.
    Asked(usize),
    Deployment(Weight),
}

/// The rows of an answer to a question as a table for people.
pub(in crate::session) fn readable(
    library: &Library,
    answer: &Answer,
    asked: &Question,
) -> Result<Option<RecordBatch>> {
    // What a question goes through tells its rows apart.
    let each: Vec<String> = asked.each.iter().map(|name| column_of(&name.text)).collect();
    let mut about = asked.asks_about();
    about.retain(|name| !each.contains(name));
    // What the question tries is told, even if one value wins everywhere.
    let choices = asked.choices.iter().filter(|(_, values)| values.len() > 1);
    let tried = choices.map(|(name, _)| name).chain(asked.swept().map(|name| &name.text));
    let tried: Vec<String> = tried.map(|name| column_of(name)).collect();
    table(library, answer, &(asked.objectives(&library.columns), about), &tried)
}

/// The same with the columns that rows are ranked by, and those that it is about besides.
pub(in crate::session) fn readable_about(
    library: &Library,
    answer: &Answer,
    about: &(Vec<String>, Vec<String>),
) -> Result<Option<RecordBatch>> {
    table(library, answer, about, &[])
}

fn table(
    library: &Library,
    answer: &Answer,
    about: &(Vec<String>, Vec<String>),
    tried: &[String],
) -> Result<Option<RecordBatch>> {
    let all = concat_batches(&answer.schema, &answer.batches).map_err(bug)?;
    let Some(words) = words(library, &all) else { return Ok(None) };
    let schema = all.schema();
    let mut columns: Vec<(Place, Field, ArrayRef)> = Vec::new();
    for (field, column) in schema.fields().iter().zip(all.columns()) {
        if let Some(place) = place(library, field, column, about, tried) {
            columns.push((place, field.as_ref().clone(), ArrayRef::clone(column)));
            // The band of a metric stands behind it.
            if let Some((field, column)) = band(library, field, &all)? {
                columns.push((place, field, column));
            }
        }
    }
    let mut metadata = HashMap::from([("unbroken".to_owned(), String::new())]);
    let pools = library.pools();
    let has_rows = |pool: &&str| {
        let workers = all.column_by_name(&workers_of(pool));
        workers.is_some_and(|column| column.null_count() < column.len())
    };
    if pools.iter().any(has_rows) {
        metadata.insert("unit".to_owned(), pools.join(" + "));
    }
    let field = Field::new(WORKERS, DataType::Utf8, true).with_metadata(metadata);
    let table = TableBuilder::default().texts_or_null(WORKERS, words).build()?;
    columns.push((Place::Workers, field, ArrayRef::clone(table.column(0))));
    columns.sort_by_key(|(place, _, _)| *place);
    // The order says how soon a column matters.
    let plain = |field: Field| {
        let mut metadata = field.metadata().clone();
        metadata.remove("place");
        field.with_metadata(metadata)
    };
    let (fields, columns) = columns.into_iter().map(|(_, f, c)| (plain(f), c)).unzip();
    TableBuilder::of(fields, columns).build().map(Some)
}

/// The band of a metric as a column of texts, `210-510`, if rows have one.
fn band(library: &Library, metric: &Field, all: &RecordBatch) -> Result<Option<(Field, ArrayRef)>> {
    let ends = library.band(metric.name());
    let ends = ends.and_then(|ends| ends.each_ref().map(|end| all.column_by_name(end)).into());
    let Some([Some(low), Some(high)]) = ends else { return Ok(None) };
    if low.null_count() == low.len() {
        return Ok(None);
    }
    let numbers = |column: &ArrayRef| cast(column, &DataType::Float64).map_err(bug);
    let (low, high) = (numbers(low)?, numbers(high)?);
    let (low, high) = (low.as_primitive::<Float64Type>(), high.as_primitive::<Float64Type>());
    let texts = low.iter().zip(high).map(|(low, high)| {
        Some(format!("{}-{}", number(three_digits(low?)), number(three_digits(high?))))
    });
    let name = format!("{} 80%", metric.name());
    let table = TableBuilder::default().texts_or_null(&name, texts).build()?;
    let mut metadata = metric.metadata().clone();
    metadata.insert("unbroken".to_owned(), String::new());
    let field = Field::new(name, DataType::Utf8, true).with_metadata(metadata);
    Ok(Some((field, ArrayRef::clone(table.column(0)))))
}

/// A number to three digits.
fn three_digits(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let place = 10f64.powf(2.0 - value.abs().log10().floor());
    (value * place).round() / place
}

/// Where a column stands; `None` leaves it out.
fn place(
    library: &Library,
    field: &Field,
    column: &ArrayRef,
    (objectives, about): &(Vec<String>, Vec<String>),
    tried: &[String],
) -> Option<Place> {
    let told = || (varies(column) || tried.contains(field.name())).then_some(Place::Told);
    let (name, columns) = (field.name(), &library.columns);
    let known = columns.find(name).filter(|c| c.is_of(Owner::Deployment) || c.is_of(Owner::Worker));
    let among = |names: &[String]| names.iter().position(|n| n == name);
    let asked = among(objectives).map(Place::Objective).or_else(|| among(about).map(Place::Asked));
    match known {
        Some(c) if c.weight == Weight::Identity => told(),
        Some(_) if asked.is_some() => asked,
        Some(c) if !c.is_of(Owner::Deployment) || name == REPLICAS => None,
        Some(c) => Some(Place::Deployment(c.weight)),
        None if is_of_pool(library, name) => asked,
        None if asked.is_some() => asked,
        None if field.metadata().get("place").is_some_and(|p| *p == rank_of(Weight::Identity)) => {
            Some(Place::Row)
        }
        None if columns.is_optional(name) => None,
        None => told(),
    }
}

fn rank_of(weight: Weight) -> String {
    (weight as u8).to_string()
}

fn is_of_pool(library: &Library, name: &str) -> bool {
    let of = |pool: &str| {
        let base = name.strip_prefix(pool)?.strip_prefix('_')?;
        library.columns.find(base).filter(|c| c.is_of(Owner::Pool))
    };
    library.pools().into_iter().any(|pool| of(pool).is_some())
}

/// Whether a column has several values.
pub(super) fn varies(column: &ArrayRef) -> bool {
    if column.is_empty() {
        return false;
    }
    // What cannot be compared is shown.
    let first = Scalar::new(column.slice(0, 1));
    distinct(column, &first).map_or(true, |other| other.true_count() > 0)
}

/// The column of how many workers a pool has.
pub(super) fn workers_of(pool: &str) -> String {
    format!("{pool}_{WORKERS}")
}

/// The numbers of rows, by column.
struct Numbers(HashMap<String, Float64Array>);

impl Numbers {
    fn of(batch: &RecordBatch) -> Self {
        let schema = batch.schema();
        let columns = schema.fields().iter().zip(batch.columns());
        let numeric = columns.filter(|(field, _)| field.data_type().is_numeric());
        let numbers = numeric.filter_map(|(field, column)| {
            let numbers = cast(column, &DataType::Float64).ok()?;
            Some((field.name().clone(), numbers.as_primitive_opt::<Float64Type>()?.clone()))
        });
        Self(numbers.collect())
    }

    fn at(&self, row: usize, name: &str) -> Option<f64> {
        self.0.get(name).filter(|column| column.is_valid(row)).map(|column| column.value(row))
    }
}

/// The workers of each row: `8 x tp4 batch 96`, or of its pools `2 x tp4 + 3 x tp8 batch 44`, in brackets where
/// there are several such replicas. Nothing where rows say nothing of workers.
pub(in crate::session) fn words(
    library: &Library,
    batch: &RecordBatch,
) -> Option<Vec<Option<String>>> {
    let columns = &library.columns;
    let mut known = columns.layout(Owner::Worker);
    known.any(|c| batch.column_by_name(&c.name.text).is_some()).then_some(())?;
    let (numbers, pools) = (Numbers::of(batch), library.pools());
    let row = |row: usize| {
        let replicas = numbers.at(row, REPLICAS);
        let pools = pools.iter().filter(|pool| numbers.at(row, &workers_of(pool)).is_some());
        let pools: Vec<String> =
            pools.map(|pool| worker(columns, (&numbers, row), &format!("{pool}_"))).collect();
        let alike = || Some(worker(columns, (&numbers, row), "")).filter(|words| !words.is_empty());
        let pooled = (!pools.is_empty()).then(|| pools.join(" + "));
        match (pooled, replicas) {
            (Some(pools), None | Some(1.0)) => Some(pools),
            (Some(pools), Some(many)) => Some(format!("{} x ({pools})", number(many))),
            (None, None) => alike(),
            (None, Some(many)) => alike().map(|words| format!("{} x {words}", number(many))),
        }
    };
    Some((0..batch.num_rows()).map(row).collect())
}

/// One worker: its sizes but for those of one GPU, then what is tuned.
fn worker(columns: &Columns, (numbers, row): (&Numbers, usize), prefix: &str) -> String {
    let of_pool = !prefix.is_empty();
    let owner = if of_pool { Owner::Pool } else { Owner::Worker };
    let value = |c: &ColumnDef| numbers.at(row, &format!("{prefix}{}", c.name.text));
    let mut words = Vec::new();
    let mut layout = columns.layout(owner).filter(|c| c.holds != Holds::Text).peekable();
    let first = layout.peek().map(|c| (c.name.text.as_str(), value(c)));
    for column in layout {
        match (column.holds, value(column)) {
            (Holds::Size, Some(size)) if size != 1.0 => {
                words.push(format!("{}{}", column.name.text, number(size)));
            }
            (Holds::Size, _) | (_, None | Some(0.0)) => {}
            (_, Some(_)) => words.push(column.name.text.clone()),
        }
    }
    if let (true, Some((name, Some(size)))) = (words.is_empty(), first) {
        words.push(format!("{name}{}", number(size)));
    }
    let mut count = None;
    for column in columns.of_workers().filter(|c| c.is_of(owner) && c.is(Trait::Tuned)) {
        let name = &column.name.text;
        match value(column) {
            Some(many) if name == WORKERS => count = Some(number(many)),
            // A pool that takes one request at a time says so by saying nothing.
            Some(1.0) if of_pool => {}
            Some(tuned) if !column.is(Trait::Optional) => {
                words.push(format!("{name} {}", number(tuned)));
            }
            _ => {}
        }
    }
    match count {
        Some(count) => format!("{count} x {}", words.join(" ")),
        None => words.join(" "),
    }
}
