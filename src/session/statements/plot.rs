//! `plot`: the rows of an answer as a chart, on the screen or in a file.

use std::path::Path;

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;

use crate::answer::Answer;
use crate::base::error::{Code, Error, Result, bug, nearest};
use crate::chart::{self, Chart, Drawing, Series};
use crate::lang::ast::{
    Destination, Expr, ExprKind, Name, Objective, Search, Statement, StatementKind, Target,
};
use crate::publish::{self, Over, Picture};
use crate::session::run::numbers;
use crate::session::state::Session;

/// More series than these look alike.
const MOST_COLORS: usize = 12;

impl Session {
    pub(in crate::session) fn plot(
        &mut self,
        target: &Target,
        axes: Option<&(Expr, Expr)>,
        color: Option<&Name>,
        to: Option<&Destination>,
    ) -> Result<Answer> {
        let question = self.question_of(target)?;
        let (x, y) = match axes {
            None => {
                let [x, y] = self.library.columns.compromise();
                (x.to_owned(), y.to_owned())
            }
            Some((x, y)) => (column_name(x)?, column_name(y)?),
        };
        let mut answer = match &question.kind {
            StatementKind::Search(search) => {
                let search = match axes {
                    // Typed axes keep their places, so that errors point at them.
                    Some((x, y)) => frontier_of(search, [x.clone(), y.clone()]),
                    None => frontier(search, &x, &y, &question),
                };
                match color {
                    Some(column) => self.run_each(&search, column)?,
                    None => self.run_search(&search)?,
                }
            }
            StatementKind::Estimate(e) => self.whole_estimate(e, &question.loc)?,
            _ => return Err(bug("a result is a question")),
        };
        let chart = match color {
            Some(column) => by_column(&answer, &x, &y, column)?,
            None => by_mode(&answer, &x, &y)?,
        };
        if let Some(file) = to {
            write_chart(&chart, file, self.may_replace(file))?;
            answer.notes.push(format!("wrote {}", file.path.text));
        }
        answer.drawing = Some(Drawing::Scatter(chart));
        Ok(answer)
    }
}

fn column_name(e: &Expr) -> Result<String> {
    match &e.kind {
        ExprKind::Name(name) => Ok(name.clone()),
        _ => Err(Error::question(Code::NoSuchPlotColumn, "a plot needs the names of two columns")
            .at(e.loc.span(), "not a name")),
    }
}

/// The question as a search for the compromises of two columns, if it is not one already.
pub(in crate::session) fn frontier(
    search: &Search,
    x: &str,
    y: &str,
    question: &Statement,
) -> Search {
    let name = |n: &str| Expr { kind: ExprKind::Name(n.to_owned()), loc: question.loc.clone() };
    frontier_of(search, [name(x), name(y)])
}

fn frontier_of(search: &Search, columns: [Expr; 2]) -> Search {
    let mut search = search.clone();
    if !matches!(search.clauses.objective, Some(Objective::Pareto(_))) {
        search.clauses.objective = Some(Objective::Pareto(columns.into()));
    }
    search
}

/// The rows of an answer over two columns, each serving mode a series.
pub(crate) fn by_mode(answer: &Answer, x: &str, y: &str) -> Result<Chart> {
    let series = series(answer, x, y, "mode")?;
    let series =
        series.into_iter().map(|(name, points)| Series { name: name.unwrap_or_default(), points });
    Ok(titled(answer, x, y, series.collect()))
}

/// The same with a series of each value of a column, numbers in their order.
fn by_column(answer: &Answer, x: &str, y: &str, column: &Name) -> Result<Chart> {
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
    let series = series.into_iter().map(|(value, points)| {
        let name = match value {
            None => format!("no {by}"),
            Some(value) if numeric => format!("{by} = {value}"),
            Some(value) => value,
        };
        Series { name, points }
    });
    Ok(titled(answer, x, y, series.collect()))
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

fn titled(answer: &Answer, x: &str, y: &str, series: Vec<Series>) -> Chart {
    let label = |name: &str| match answer.schema.field_with_name(name) {
        Ok(field) => match field.metadata().get("unit") {
            Some(unit) => format!("{name} ({unit})"),
            None => name.to_owned(),
        },
        Err(_) => name.to_owned(),
    };
    Chart { title: format!("{y} against {x}"), x: label(x), y: label(y), series }
}

/// Writes a picture in the form that its name ends in.
fn write_chart(chart: &Chart, to: &Destination, over: Over) -> Result<()> {
    let file = &to.path;
    let path = Path::new(&file.text);
    let ending = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
    let (kind, bytes) = match ending.as_deref() {
        Some("svg") => (Picture::Markup, chart::svg(chart).into_bytes()),
        Some("html") => (Picture::Markup, chart::html(chart).into_bytes()),
        Some("png") => (Picture::Png, chart::png(chart)?),
        _ => {
            let message = "a plot is written as SVG, PNG or HTML";
            return Err(Error::question(Code::NoSuchPictureFormat, message)
                .at(file.loc.span(), "write a name that ends in .svg, .png or .html"));
        }
    };
    publish::file(path, kind, bytes, over).map_err(|e| e.at(file.loc.span(), "not written"))
}
