//! The chart as a self-contained SVG picture on a light ground.

use std::fmt::Write;

use super::{Axis, axes, points};
use crate::Chart;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 460.0;
const LEFT: f64 = 84.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 76.0;
const BOTTOM: f64 = 60.0;
/// Okabe and Ito's palette, which colour-blind readers can tell apart.
const COLORS: [&str; 7] =
    ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#444444"];
const STYLE: &str = "text{font-family:system-ui,-apple-system,'Segoe UI',sans-serif;\
    font-size:12px;fill:#444}.title{font-size:16px;font-weight:600;fill:#111}\
    .axis{font-size:13px;fill:#222}.grid{stroke:#e6e6e6}.frame{stroke:#888}";

/// Draws the chart.
pub fn svg(chart: &Chart) -> String {
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         width=\"{WIDTH}\" height=\"{HEIGHT}\" role=\"img\">\n<style>{STYLE}</style>\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#ffffff\"/>\n"
    );
    label(&mut out, (LEFT, 28.0), "class=\"title\"", &chart.title);
    match axes(chart, 7, 6) {
        Some((x, y)) => {
            frame(&mut out, chart, &x, &y);
            series(&mut out, chart, &x, &y);
            legend(&mut out, chart);
        }
        None => label(&mut out, (LEFT, TOP), "", "no points"),
    }
    out.push_str("</svg>\n");
    out
}

fn across(place: f64) -> f64 {
    LEFT + place * (WIDTH - LEFT - RIGHT)
}

fn down(place: f64) -> f64 {
    HEIGHT - BOTTOM - place * (HEIGHT - TOP - BOTTOM)
}

fn frame(out: &mut String, chart: &Chart, x: &Axis, y: &Axis) {
    let (right, bottom) = (across(1.0), down(0.0));
    for (place, text) in x.ticks() {
        let at = across(place);
        line(out, "grid", (at, TOP), (at, bottom));
        label(out, (at, bottom + 18.0), "text-anchor=\"middle\"", &text);
    }
    for (place, text) in y.ticks() {
        let at = down(place);
        line(out, "grid", (LEFT, at), (right, at));
        label(out, (LEFT - 8.0, at + 4.0), "text-anchor=\"end\"", &text);
    }
    line(out, "frame", (LEFT, bottom), (right, bottom));
    line(out, "frame", (LEFT, TOP), (LEFT, bottom));
    let middle = (across(0.5), HEIGHT - 16.0);
    label(out, middle, "class=\"axis\" text-anchor=\"middle\"", &chart.x);
    let turn = "class=\"axis\" text-anchor=\"middle\" transform=\"rotate(-90 20 {})\"";
    let turn = turn.replace("{}", &format!("{:.1}", down(0.5)));
    label(out, (20.0, down(0.5)), &turn, &chart.y);
}

fn series(out: &mut String, chart: &Chart, x: &Axis, y: &Axis) {
    for index in 0..chart.series.len() {
        let own = points(chart).filter(|(of, _)| *of == index);
        let mut places: Vec<(f64, f64)> = own.map(|(_, point)| point).collect();
        places.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1)));
        let falls = places.windows(2).all(|pair| pair[0].1 >= pair[1].1);
        let rises = places.windows(2).all(|pair| pair[0].1 <= pair[1].1);
        let places: Vec<(f64, f64)> =
            places.iter().map(|(px, py)| (across(x.place(*px)), down(y.place(*py)))).collect();
        // Only a frontier is a curve; a cloud of points is not.
        if places.len() > 1 && (falls || rises) {
            let path: Vec<String> =
                places.iter().map(|(px, py)| format!("{px:.1},{py:.1}")).collect();
            let _ = writeln!(
                out,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.5\" \
                 stroke-opacity=\"0.55\"/>",
                path.join(" "),
                color(index)
            );
        }
        for place in places {
            marker(out, index, place);
        }
    }
}

fn legend(out: &mut String, chart: &Chart) {
    let mut at = LEFT + 6.0;
    for (index, series) in chart.series.iter().enumerate() {
        marker(out, index, (at, 50.0));
        label(out, (at + 10.0, 54.0), "", &series.name);
        at += 34.0 + 7.0 * series.name.chars().count() as f64;
    }
}

/// A circle, a square, a diamond or a triangle: series differ in shape as well as in colour.
fn marker(out: &mut String, index: usize, (x, y): (f64, f64)) {
    let shape = match index % 4 {
        0 => format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\""),
        1 => format!("<rect x=\"{:.1}\" y=\"{:.1}\" width=\"7\" height=\"7\"", x - 3.5, y - 3.5),
        2 => format!("<path d=\"M{x:.1} {:.1}l5 5l-5 5l-5-5z\"", y - 5.0),
        _ => format!("<path d=\"M{x:.1} {:.1}l4.5 8h-9z\"", y - 5.0),
    };
    let _ = writeln!(out, "{shape} fill=\"{}\"/>", color(index));
}

fn color(index: usize) -> &'static str {
    COLORS[index % COLORS.len()]
}

fn line(out: &mut String, class: &str, from: (f64, f64), to: (f64, f64)) {
    let _ = writeln!(
        out,
        "<line class=\"{class}\" x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\"/>",
        from.0, from.1, to.0, to.1
    );
}

fn label(out: &mut String, (x, y): (f64, f64), attributes: &str, text: &str) {
    let space = if attributes.is_empty() { "" } else { " " };
    let text = escape(text);
    let _ = writeln!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\"{space}{attributes}>{text}</text>");
}

/// XML has no way to write most control characters.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
