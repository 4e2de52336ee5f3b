//! The chart as shapes on a plane: what the SVG and the bitmap draw alike. Sizes are in pixels of
//! the SVG.

use super::axis::{Axis, axes};
use super::data::Chart;

pub(super) const WIDTH: f64 = 760.0;
pub(super) const HEIGHT: f64 = 460.0;
const LEFT: f64 = 84.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 76.0;
const BOTTOM: f64 = 60.0;
/// Okabe and Ito's palette, which colour-blind readers can tell apart.
const COLORS: [[u8; 3]; 7] = [
    [0x00, 0x72, 0xb2],
    [0xd5, 0x5e, 0x00],
    [0x00, 0x9e, 0x73],
    [0xcc, 0x79, 0xa7],
    [0xe6, 0x9f, 0x00],
    [0x56, 0xb4, 0xe9],
    [0x44, 0x44, 0x44],
];

/// A position, from the left and from the top.
pub(super) type Position = (f64, f64);

/// Which part of a text its position is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Title,
    /// Name of an axis.
    Axis,
    Label,
}

/// Something to draw.
pub(super) enum Shape {
    Grid(Position, Position),
    Frame(Position, Position),
    /// The curve of a series.
    Curve(usize, Vec<Position>),
    /// A point of a series, or its sample in the legend, which has no tooltip.
    Marker {
        series: usize,
        at: Position,
        tooltip: Option<String>,
    },
    Text {
        at: Position,
        anchor: Anchor,
        role: Role,
        /// Read upwards.
        turned: bool,
        text: String,
    },
}

/// The shapes of a chart, those in front last.
pub(super) fn shapes(chart: &Chart) -> Vec<Shape> {
    let mut out = vec![text((LEFT, 28.0), Anchor::Start, Role::Title, &chart.title)];
    match axes(chart, 7, 6) {
        Some((x, y)) => {
            frame(&mut out, chart, &x, &y);
            series(&mut out, chart, &x, &y);
            legend(&mut out, chart);
        }
        None => out.push(text((LEFT, TOP), Anchor::Start, Role::Label, "no points")),
    }
    out
}

/// The colour of a series: red, green, blue.
pub(super) fn color(series: usize) -> [u8; 3] {
    COLORS[series % COLORS.len()]
}

fn across(share: f64) -> f64 {
    LEFT + share * (WIDTH - LEFT - RIGHT)
}

fn down(share: f64) -> f64 {
    HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)
}

fn text(at: Position, anchor: Anchor, role: Role, text: &str) -> Shape {
    Shape::Text { at, anchor, role, turned: false, text: text.to_owned() }
}

fn frame(out: &mut Vec<Shape>, chart: &Chart, x: &Axis, y: &Axis) {
    let (right, bottom) = (across(1.0), down(0.0));
    for (share, label) in x.ticks() {
        let at = across(share);
        out.push(Shape::Grid((at, TOP), (at, bottom)));
        out.push(text((at, bottom + 18.0), Anchor::Middle, Role::Label, &label));
    }
    for (share, label) in y.ticks() {
        let at = down(share);
        out.push(Shape::Grid((LEFT, at), (right, at)));
        out.push(text((LEFT - 8.0, at + 4.0), Anchor::End, Role::Label, &label));
    }
    out.push(Shape::Frame((LEFT, bottom), (right, bottom)));
    out.push(Shape::Frame((LEFT, TOP), (LEFT, bottom)));
    out.push(text((across(0.5), HEIGHT - 16.0), Anchor::Middle, Role::Axis, &chart.x));
    out.push(Shape::Text {
        at: (20.0, down(0.5)),
        anchor: Anchor::Middle,
        role: Role::Axis,
        turned: true,
        text: chart.y.clone(),
    });
}

fn series(out: &mut Vec<Shape>, chart: &Chart, x: &Axis, y: &Axis) {
    for index in 0..chart.series.len() {
        let points = chart.points().filter(|(of, _)| *of == index);
        let mut points: Vec<(f64, f64)> = points.map(|(_, point)| point).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1)));
        let falls = points.windows(2).all(|pair| pair[0].1 >= pair[1].1);
        let rises = points.windows(2).all(|pair| pair[0].1 <= pair[1].1);
        let position = |(px, py): &(f64, f64)| (across(x.position(*px)), down(y.position(*py)));
        // Only a frontier is a curve; a cloud of points is not.
        if points.len() > 1 && (falls || rises) {
            out.push(Shape::Curve(index, points.iter().map(position).collect()));
        }
        for point in &points {
            let name = &chart.series[index].name;
            let [px, py] = [point.0, point.1].map(number);
            let tooltip = format!("{name}\n{}: {px}\n{}: {py}", chart.x, chart.y);
            let tooltip = Some(tooltip.trim_start().to_owned());
            out.push(Shape::Marker { series: index, at: position(point), tooltip });
        }
    }
}

/// Four digits, or all of a larger number.
fn number(value: f64) -> String {
    let whole = value.abs().max(1.0).log10().floor() as usize;
    format!("{value:.*}", 3_usize.saturating_sub(whole))
}

/// One line, or several where names are many.
fn legend(out: &mut Vec<Shape>, chart: &Chart) {
    let (mut at, mut down) = (LEFT + 6.0, 50.0);
    for (index, series) in chart.series.iter().enumerate() {
        let width = 34.0 + 7.0 * series.name.chars().count() as f64;
        if at > LEFT + 6.0 && at + width > WIDTH - RIGHT + 20.0 {
            (at, down) = (LEFT + 6.0, down + 17.0);
        }
        out.push(Shape::Marker { series: index, at: (at, down), tooltip: None });
        out.push(text((at + 10.0, down + 4.0), Anchor::Start, Role::Label, &series.name));
        at += width;
    }
}
