//! The frontiers of a command in one picture.

use crate::answer::Answer;
use crate::chart::Chart;
use crate::model::columns::Columns;
use crate::session::statements::plot;

/// The frontiers of several answers in one picture.
pub(super) fn chart(columns: &Columns, answers: &[Answer]) -> Option<Chart> {
    let answers = answers.iter().filter(|a| a.row_count() > 0);
    let [x, y] = columns.compromise();
    let one = |a| plot::by_mode(a, x, y).ok();
    together(answers.filter_map(one))
}

/// Several pictures of the same axes as one.
pub(super) fn together(charts: impl IntoIterator<Item = Chart>) -> Option<Chart> {
    charts.into_iter().reduce(|mut all, mut next| {
        all.series.append(&mut next.series);
        all
    })
}
