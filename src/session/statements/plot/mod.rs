//! `plot`: the rows of an answer as a chart, on the screen or in a file.

mod chart;

use std::path::Path;

use crate::answer::Answer;
use crate::base::error::{Code, Error, Result, bug};
use crate::chart::{Chart, Drawing, Winner, html, png, svg};
use crate::lang::ast::{
    Destination, Expr, ExprKind, Name, Objective, Search, Statement, StatementKind, Target,
};
use crate::publish::{self, Over, Picture};
use crate::session::state::Session;
use chart::by_column;
pub(crate) use chart::{Rows, by_mode, winner};

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
            None => own_axes(&question)
                .unwrap_or_else(|| self.library.columns.compromise().map(str::to_owned).into()),
            Some((x, y)) => (column_name(x)?, column_name(y)?),
        };
        let axes_named = [x.as_str(), y.as_str()];
        let (mut answer, first, rows) = match &question.kind {
            StatementKind::Search(search) => {
                let curve = match axes {
                    // Typed axes keep their places, so that errors point at them.
                    Some((x, y)) => frontier_of(search, [x.clone(), y.clone()]),
                    None => frontier(search, &x, &y, &question),
                };
                let answer = match color {
                    Some(column) => self.run_each(&curve, column)?,
                    None => self.frontiers(&curve)?,
                };
                let by = color.map_or("mode".to_owned(), |column| column.text.replace('.', "_"));
                let first = self.first(search, axes_named, (&by, &answer))?;
                (answer, first, Rows::Frontier)
            }
            StatementKind::Estimate(e) => (self.whole_estimate(e, &question.loc)?, None, Rows::Any),
            _ => return Err(bug("a result is a question")),
        };
        let chart = match color {
            Some(column) => by_column(&self.library, &answer, axes_named, column, rows)?,
            None => by_mode(&self.library, &answer, axes_named, rows)?,
        };
        let chart = Chart { winner: first, ..chart };
        if let Some(file) = to {
            write_chart(&chart, file, self.may_replace(file))?;
            answer.notes.push(format!("wrote {}", file.path.text));
        }
        answer.drawing = Some(Drawing::Scatter(chart));
        Ok(answer)
    }

    /// The frontier of each serving mode.
    pub(in crate::session) fn frontiers(&mut self, search: &Search) -> Result<Answer> {
        self.run_each(search, &Name::new("mode"))
    }

    /// The point that a search ranks first, if it ranks all of its rows together.
    fn first(
        &mut self,
        search: &Search,
        axes: [&str; 2],
        (by, drawn): (&str, &Answer),
    ) -> Result<Option<Winner>> {
        if drawn.row_count() == 0 || search.clauses.hypotheses.iter().any(|h| h.each) {
            return Ok(None);
        }
        let last = (self.last_plan.clone(), self.last_assumed.clone());
        let first = self.run_first(search, axes.map(str::to_owned).to_vec())?;
        // What can be looked at is what is drawn.
        (self.last_plan, self.last_assumed) = last;
        Ok(winner(&self.library, &first, axes, (by, search.clauses.objective.as_ref())))
    }
}

/// The first two metrics that a question itself asks for the compromises of.
fn own_axes(question: &Statement) -> Option<(String, String)> {
    let StatementKind::Search(search) = &question.kind else { return None };
    let Some(Objective::Pareto(metrics)) = &search.clauses.objective else { return None };
    let [x, y, ..] = metrics.as_slice() else { return None };
    Some((column_name(x).ok()?, column_name(y).ok()?))
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

/// Writes a picture in the form that its name ends in.
fn write_chart(chart: &Chart, to: &Destination, over: Over) -> Result<()> {
    let file = &to.path;
    let path = Path::new(&file.text);
    let ending = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
    let (kind, bytes) = match ending.as_deref() {
        Some("svg") => (Picture::Markup, svg(chart).into_bytes()),
        Some("html") => (Picture::Markup, html(chart).into_bytes()),
        Some("png") => (Picture::Png, png(chart)?),
        _ => {
            let message = "a plot is written as SVG, PNG or HTML";
            return Err(Error::question(Code::NoSuchPictureFormat, message)
                .at(file.loc.span(), "write a name that ends in .svg, .png or .html"));
        }
    };
    publish::file(path, kind, bytes, over).map_err(|e| e.at(file.loc.span(), "not written"))
}
