//! The frontiers of a command in one picture.

use crate::answer::Answer;
use crate::chart::Chart;
use crate::model::library::Library;
use crate::session::statements::plot::{self, Rows};

/// The frontiers of several answers in one picture, with the first row of the ranked one.
pub(super) fn chart(library: &Library, best: &Answer, frontiers: &[Answer]) -> Option<Chart> {
    let axes = library.columns.compromise();
    let one = |a| plot::by_mode(library, a, axes, Rows::Frontier).ok();
    let all = together(frontiers.iter().filter(|a| a.row_count() > 0).filter_map(one))?;
    Some(Chart { winner: plot::winner(library, best, axes, ("mode", None)), ..all })
}

/// Several pictures of the same axes as one.
pub(super) fn together(charts: impl IntoIterator<Item = Chart>) -> Option<Chart> {
    charts.into_iter().reduce(Chart::with)
}
