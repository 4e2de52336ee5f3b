//! The chart as shapes on a plane: what the SVG and the bitmap draw alike. Sizes are in pixels of
//! the SVG.

use super::axis::{Axis, axes};
use super::data::{Chart, Winner};
use super::edge::edge;
use super::heading;

pub(super) const WIDTH: f64 = 760.0;
const LEFT: f64 = 84.0;
const RIGHT: f64 = 24.0;
/// Height of the plane between its axes.
const PLANE: f64 = 324.0;
/// Room below it.
const BOTTOM: f64 = 60.0;
/// The base line of the title, and from line to line below.
const TITLE: f64 = 28.0;
const LINE: f64 = 17.0;
/// Letters of a title and of an entry of the legend.
const TITLE_LETTERS: usize = 74;
const LEGEND_LETTERS: usize = 80;
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
    /// A point, or its sample in the legend, which has no tooltip.
    Marker {
        of: Mark,
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

/// What a marker stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Series(usize),
    Winner,
}

/// A chart as shapes.
pub(super) struct Picture {
    /// More than usual where what stands above the plane needs more lines.
    pub(super) height: f64,
    /// Those in front last.
    pub(super) shapes: Vec<Shape>,
}

/// The picture of a chart.
pub(super) fn picture(chart: &Chart) -> Picture {
    let title = heading::shortened(&chart.title, TITLE_LETTERS);
    let mut shapes = vec![text((LEFT, TITLE), Anchor::Start, Role::Title, &title)];
    let mut down = TITLE;
    for line in heading::lines(chart) {
        down += LINE;
        shapes.push(text((LEFT, down), Anchor::Start, Role::Label, &line));
    }
    down = legend(&mut shapes, chart, down + 22.0);
    let plane = Plane { top: down + 26.0 };
    match axes(chart, 7, 6) {
        Some((x, y)) => {
            plane.frame(&mut shapes, chart, &x, &y);
            plane.series(&mut shapes, chart, &x, &y);
        }
        None => {
            let middle = (across(0.5), plane.down(0.5));
            shapes.push(text(middle, Anchor::Middle, Role::Axis, "no points"));
        }
    }
    Picture { height: plane.down(0.0) + BOTTOM, shapes }
}

/// The colour of a series: red, green, blue.
pub(super) fn color(series: usize) -> [u8; 3] {
    COLORS[series % COLORS.len()]
}

fn across(share: f64) -> f64 {
    LEFT + share * (WIDTH - LEFT - RIGHT)
}

fn text(at: Position, anchor: Anchor, role: Role, text: &str) -> Shape {
    Shape::Text { at, anchor, role, turned: false, text: text.to_owned() }
}

/// Where points lie.
struct Plane {
    top: f64,
}

impl Plane {
    fn down(&self, share: f64) -> f64 {
        self.top + (1.0 - share) * PLANE
    }

    fn frame(&self, out: &mut Vec<Shape>, chart: &Chart, x: &Axis, y: &Axis) {
        let (right, bottom, top) = (across(1.0), self.down(0.0), self.top);
        for (share, label) in x.ticks() {
            let at = across(share);
            out.push(Shape::Grid((at, top), (at, bottom)));
            out.push(text((at, bottom + 18.0), Anchor::Middle, Role::Label, &label));
        }
        for (share, label) in y.ticks() {
            let at = self.down(share);
            out.push(Shape::Grid((LEFT, at), (right, at)));
            out.push(text((LEFT - 8.0, at + 4.0), Anchor::End, Role::Label, &label));
        }
        out.push(Shape::Frame((LEFT, bottom), (right, bottom)));
        out.push(Shape::Frame((LEFT, top), (LEFT, bottom)));
        out.push(text((across(0.5), bottom + 44.0), Anchor::Middle, Role::Axis, &chart.x));
        out.push(Shape::Text {
            at: (20.0, self.down(0.5)),
            anchor: Anchor::Middle,
            role: Role::Axis,
            turned: true,
            text: chart.y.clone(),
        });
    }

    /// Edges behind all points, the winner in front of them.
    fn series(&self, out: &mut Vec<Shape>, chart: &Chart, x: &Axis, y: &Axis) {
        let position =
            |(px, py): &(f64, f64)| (across(x.position(*px)), self.down(y.position(*py)));
        let marker = |of: Mark, name: &str, point: &(f64, f64)| {
            let [px, py] = [point.0, point.1].map(number);
            let tooltip = format!("{name}\n{}: {px}\n{}: {py}", chart.x, chart.y);
            let tooltip = Some(tooltip.trim_start().to_owned());
            Shape::Marker { of, at: position(point), tooltip }
        };
        let mut markers = Vec::new();
        for (index, series) in chart.series.iter().enumerate() {
            let own = chart.points().filter(|(of, _)| *of == index);
            let (points, steps) = edge(own.map(|(_, point)| point).collect(), chart.frontier);
            if let Some(steps) = steps {
                out.push(Shape::Curve(index, steps.iter().map(position).collect()));
            }
            let of = Mark::Series(index);
            markers.extend(points.iter().map(|point| marker(of, &series.name, point)));
        }
        out.append(&mut markers);
        if let Some(Winner { name, at }) = chart.winner() {
            out.push(marker(Mark::Winner, name, at));
        }
    }
}

/// Four digits, or all of a larger number.
fn number(value: f64) -> String {
    let whole = value.abs().max(1.0).log10().floor() as usize;
    format!("{value:.*}", 3_usize.saturating_sub(whole))
}

/// One line, or several where names are many; the last of them.
fn legend(out: &mut Vec<Shape>, chart: &Chart, mut down: f64) -> f64 {
    let mut at = LEFT + 6.0;
    let series = chart.series.iter().enumerate();
    let series = series.map(|(index, series)| (Mark::Series(index), &series.name));
    let winner = chart.winner().map(|winner| (Mark::Winner, &winner.name));
    for (of, name) in series.chain(winner) {
        let name = heading::shortened(name, LEGEND_LETTERS);
        let width = 36.0 + 7.0 * name.chars().count() as f64;
        if at > LEFT + 6.0 && at + width > WIDTH - RIGHT + 20.0 {
            (at, down) = (LEFT + 6.0, down + LINE);
        }
        out.push(Shape::Marker { of, at: (at, down), tooltip: None });
        out.push(text((at + 12.0, down + 4.0), Anchor::Start, Role::Label, &name));
        at += width;
    }
    down
}

/// The corners of the star of a winner.
pub(super) fn star((x, y): Position) -> [Position; 10] {
    std::array::from_fn(|corner| {
        let radius = if corner % 2 == 0 { 9.0 } else { 3.8 };
        let (sine, cosine) = (corner as f64 * std::f64::consts::PI / 5.0).sin_cos();
        (x + radius * sine, y - radius * cosine)
    })
}
