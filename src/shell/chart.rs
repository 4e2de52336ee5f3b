//! The picture of a `plot`: points over two axes, in the terminal, as SVG, as a page and as PNG.

mod axis;
mod bars;
mod picture;
mod png;
mod svg;
mod text;

#[cfg(test)]
mod tests;

use axis::Axis;

use crate::Chart;

pub use bars::bars;
pub use png::png;
pub use svg::{html, svg};
pub use text::text;

/// The finite points of every series; others have no place on a plane.
fn points(chart: &Chart) -> impl Iterator<Item = (usize, (f64, f64))> + '_ {
    chart.series.iter().enumerate().flat_map(|(index, series)| {
        let finite = |p: &&(f64, f64)| p.0.is_finite() && p.1.is_finite();
        series.points.iter().filter(finite).map(move |point| (index, *point))
    })
}

/// Both axes with about as many ticks as asked for, or `None` if there is nothing to show.
fn axes(chart: &Chart, x_ticks: usize, y_ticks: usize) -> Option<(Axis, Axis)> {
    let x = Axis::over(points(chart).map(|(_, (x, _))| x), x_ticks)?;
    let y = Axis::over(points(chart).map(|(_, (_, y))| y), y_ticks)?;
    Some((x, y))
}
