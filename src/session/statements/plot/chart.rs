//! The rows of an answer as a chart.

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;

use crate::answer::Answer;
use crate::base::error::{Code, Error, Result, bug, nearest};
use crate::chart::{Chart, End, Series, Winner};
use crate::lang::ast::{Better, Name, Objective};
use crate::model::library::Library;
use crate::session::run::numbers;

/// More series than these look alike.
const MOST_COLORS: usize = 12;

/// Whether the rows of each series are all of its compromises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    Frontier,
    Any,
}

/// The rows of an answer over two columns, each serving mode a series.
pub(crate) fn by_mode(
    library: &Library,
    answer: &Answer,
    [x, y]: [&str; 2],
    rows: Rows,
) -> Result<Chart> {
    let series = series(answer, x, y, "mode")?;
    let series =
        series.into_iter().map(|(name, points)| Series { name: name.unwrap_or_default(), points });
    Ok(titled(library, answer, [x, y], series.collect(), rows))
}

/// The same with a series of each value of a column, numbers in their order.
pub(super) fn by_column(
    library: &Library,
    answer: &Answer,
    [x, y]: [&str; 2],
    column: &Name,
    rows: Rows,
) -> Result<Chart> {
    let by = column.text.replace('.', "_");
    let field = answer
        .schema
        .field_with_name(&by)
        .map_err(|_| missing(answer, &column.text).at(column.loc.span(), "unknown column"))?;
    let mut series = series(answer, x, y, &by)?;
    if series.len() > MOST_COLORS {
        let message = format!("`{by}` has {} values, too many to tell apart", series.len());
        return Err(Error::question(Code::TooManyColors, message)
            .at(column.loc.span(), format!("a plot has at most {MOST_COLORS} colours"))
            .help("color by a column of few values, such as mode, system or tp"));
    }
    let numeric = field.data_type().is_numeric();
    if numeric {
        let number = |name: &Option<String>| name.as_ref().and_then(|n| n.parse::<f64>().ok());
        series.sort_by(|(a, _), (b, _)| {
            number(a).unwrap_or(f64::INFINITY).total_cmp(&number(b).unwrap_or(f64::INFINITY))
        });
    }
    let series = series
        .into_iter()
        .map(|(value, points)| Series { name: series_name(&by, value, numeric), points });
    Ok(titled(library, answer, [x, y], series.collect(), rows))
}

fn series_name(by: &str, value: Option<String>, numeric: bool) -> String {
    match value {
        None => format!("no {by}"),
        Some(value) if numeric => format!("{by} = {value}"),
        Some(value) => value,
    }
}

/// The first row of a ranked answer, called by the value of a column that it has; none where nothing was found.
pub(crate) fn winner(
    library: &Library,
    first: &Answer,
    [x, y]: [&str; 2],
    (by, objective): (&str, Option<&Objective>),
) -> Option<Winner> {
    let batch = first.batches.iter().find(|batch| batch.num_rows() > 0)?;
    let of = |name| numbers(batch, name).ok().flatten().filter(|n| !n.is_null(0));
    let at = (of(x)?.value(0), of(y)?.value(0));
    let own = objective.filter(|o| !matches!(o, Objective::Pareto(_))).cloned();
    let column = batch.column_by_name(by).filter(|column| !column.is_null(0));
    let value = column.and_then(|c| cast(&c.slice(0, 1), &DataType::Utf8).ok());
    let value =
        value.as_ref().and_then(|c| c.as_string_opt::<i32>()).map(|c| c.value(0).to_owned());
    let numeric = column.is_some_and(|column| column.data_type().is_numeric());
    let mut name = "winner".to_owned();
    if value.is_some() {
        name += &format!(": {}", series_name(by, value, numeric));
    }
    if let Some(objective) = own.or_else(|| library.columns.objective()) {
        name += &format!(" ({objective})");
    }
    Some(Winner { name, at })
}

type Points = Vec<(f64, f64)>;

/// The points of each value of a column, which may not be there at all.
fn series(answer: &Answer, x: &str, y: &str, by: &str) -> Result<Vec<(Option<String>, Points)>> {
    let mut series: Vec<(Option<String>, Points)> = Vec::new();
    for batch in &answer.batches {
        let numbers = |name| numbers(batch, name)?.ok_or_else(|| missing(answer, name));
        let (xs, ys) = (numbers(x)?, numbers(y)?);
        let column = batch.column_by_name(by);
        let values = column.map(|c| cast(c, &DataType::Utf8)).transpose().map_err(bug)?;
        let values = values.as_ref().and_then(|c| c.as_string_opt::<i32>());
        for row in (0..batch.num_rows()).filter(|row| !xs.is_null(*row) && !ys.is_null(*row)) {
            let value = values.filter(|v| !v.is_null(row)).map(|v| v.value(row).to_owned());
            let point = (xs.value(row), ys.value(row));
            match series.iter_mut().find(|(known, _)| *known == value) {
                Some((_, points)) => points.push(point),
                None => series.push((value, vec![point])),
            }
        }
    }
    Ok(series)
}

fn missing(answer: &Answer, name: &str) -> Error {
    let error =
        Error::question(Code::NoSuchPlotColumn, format!("the answer has no column `{name}`"));
    let columns = answer.schema.fields().iter().map(|f| f.name().as_str());
    match nearest(name, columns) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error,
    }
}

fn titled(
    library: &Library,
    answer: &Answer,
    axes: [&str; 2],
    series: Vec<Series>,
    rows: Rows,
) -> Chart {
    let label = |name: &str| match answer.schema.field_with_name(name) {
        Ok(field) => match field.metadata().get("unit") {
            Some(unit) => format!("{name} ({unit})"),
            None => name.to_owned(),
        },
        Err(_) => name.to_owned(),
    };
    let [x, y] = axes;
    Chart {
        title: format!("{y} against {x}"),
        about: answer.footer.as_ref().map(|f| f.about.clone()).unwrap_or_default(),
        x: label(x),
        y: label(y),
        series,
        frontier: (rows == Rows::Frontier).then(|| axes.map(|name| better(library, name))),
        winner: None,
    }
}

/// The better end of an axis. A search for compromises takes what is not said to be better lower as
/// better higher.
fn better(library: &Library, name: &str) -> End {
    let metric = library.all_metrics().find(|metric| metric.name.text == name);
    match metric.and_then(|metric| metric.better) {
        Some(Better::Lower) => End::Low,
        _ => End::High,
    }
}
