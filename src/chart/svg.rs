//! The chart as a self-contained SVG picture on a light ground.

use std::fmt::Write;

use super::data::Chart;
use super::picture::{Anchor, Mark, Picture, Position, Role, Shape, WIDTH, color, picture, star};
use crate::base::xml::escaped;

const STYLE: &str = "text{font-family:system-ui,-apple-system,'Segoe UI',sans-serif;\
    font-size:12px;fill:#444}.title{font-size:16px;font-weight:600;fill:#111}\
    .axis{font-size:13px;fill:#222}.grid{stroke:#e6e6e6}.frame{stroke:#888}";

/// Draws the chart.
pub fn svg(chart: &Chart) -> String {
    draw(chart, Tooltips::Absent)
}

/// Whether a point carries the text that a browser shows under the pointer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tooltips {
    Shown,
    Absent,
}

/// The picture as an `svg` element.
pub(super) fn draw(chart: &Chart, tooltips: Tooltips) -> String {
    let Picture { height, shapes } = picture(chart);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         width=\"{WIDTH}\" height=\"{height}\" role=\"img\">\n<style>{STYLE}</style>\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
    );
    for shape in shapes {
        match shape {
            Shape::Grid(from, to) => line(&mut out, "grid", from, to),
            Shape::Frame(from, to) => line(&mut out, "frame", from, to),
            Shape::Curve(series, positions) => curve(&mut out, series, &positions),
            Shape::Marker { of, at, tooltip } => {
                let tooltip = tooltip.filter(|_| tooltips == Tooltips::Shown);
                marker(&mut out, of, at, tooltip.as_deref());
            }
            Shape::Text { at, anchor, role, turned, text } => {
                label(&mut out, at, &attributes(at, anchor, role, turned), &text);
            }
        }
    }
    out.push_str("</svg>\n");
    out
}

fn attributes(at: Position, anchor: Anchor, role: Role, turned: bool) -> String {
    let class = match role {
        Role::Title => "class=\"title\"",
        Role::Axis => "class=\"axis\"",
        Role::Label => "",
    };
    let anchor = match anchor {
        Anchor::Start => "",
        Anchor::Middle => "text-anchor=\"middle\"",
        Anchor::End => "text-anchor=\"end\"",
    };
    let turn = match turned {
        true => format!("transform=\"rotate(-90 {} {:.1})\"", at.0, at.1),
        false => String::new(),
    };
    let all: Vec<&str> = [class, anchor, &turn].into_iter().filter(|a| !a.is_empty()).collect();
    all.join(" ")
}

fn curve(out: &mut String, series: usize, positions: &[Position]) {
    let path: Vec<String> = positions.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let _ = writeln!(
        out,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.5\" \
         stroke-opacity=\"0.55\"/>",
        path.join(" "),
        hex(series)
    );
}

/// A circle, a square, a diamond or a triangle: series differ in shape as well as in colour. The
/// winner is a star.
fn marker(out: &mut String, of: Mark, at: Position, tooltip: Option<&str>) {
    let (x, y) = at;
    let (tag, shape) = match of {
        Mark::Winner => {
            let corners: Vec<String> =
                star(at).iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
            let corners = corners.join(" ");
            ("polygon", format!("points=\"{corners}\" fill=\"#111\" stroke=\"#fff\""))
        }
        Mark::Series(series) => {
            let (tag, shape) = outline(series, (x, y));
            (tag, format!("{shape} fill=\"{}\"", hex(series)))
        }
    };
    let _ = match tooltip {
        None => writeln!(out, "<{tag} {shape}/>"),
        Some(tooltip) => writeln!(
            out,
            "<{tag} class=\"point\" {shape}><title>{}</title></{tag}>",
            escaped(tooltip)
        ),
    };
}

fn outline(series: usize, (x, y): Position) -> (&'static str, String) {
    match series % 4 {
        0 => ("circle", format!("cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"")),
        1 => {
            ("rect", format!("x=\"{:.1}\" y=\"{:.1}\" width=\"7\" height=\"7\"", x - 3.5, y - 3.5))
        }
        2 => ("path", format!("d=\"M{x:.1} {:.1}l5 5l-5 5l-5-5z\"", y - 5.0)),
        _ => ("path", format!("d=\"M{x:.1} {:.1}l4.5 8h-9z\"", y - 5.0)),
    }
}

fn hex(series: usize) -> String {
    let [red, green, blue] = color(series);
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn line(out: &mut String, class: &str, from: Position, to: Position) {
    let _ = writeln!(
        out,
        "<line class=\"{class}\" x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\"/>",
        from.0, from.1, to.0, to.1
    );
}

fn label(out: &mut String, (x, y): Position, attributes: &str, text: &str) {
    let space = if attributes.is_empty() { "" } else { " " };
    let text = escaped(text);
    let _ = writeln!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\"{space}{attributes}>{text}</text>");
}
