//! The chart in a terminal: points of braille where series are told apart by their colours, else a
//! marker for each series.

use unicode_width::UnicodeWidthStr;

use super::{axes, points};
use crate::Chart;
use crate::shell::render::printable;
use crate::shell::{Chrome, Style};

const HEIGHT: usize = 18;
const WIDEST: usize = 110;
const MARKERS: [char; 12] = ['●', '○', '▲', '△', '■', '□', '◆', '◇', '▼', '▽', '✚', '✖'];
const ASCII_MARKERS: [char; 12] = ['o', 'x', '+', '*', '#', '@', '%', '&', '$', '=', '~', '?'];
const COLORS: [u8; 6] = [36, 33, 35, 32, 34, 31];

/// Dots of a braille cell by row, left and right.
const DOTS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

/// What stands in a cell.
#[derive(Debug, Clone, Copy)]
struct Mark {
    /// The series that was drawn last.
    series: usize,
    /// The dots of all points in the cell.
    dots: u8,
}

/// The lines that make up an axis.
struct Lines {
    vertical: char,
    horizontal: char,
    corner: char,
    left_tick: char,
    bottom_tick: char,
}

const UNICODE: Lines =
    Lines {
        vertical: '│', horizontal: '─', corner: '└', left_tick: '┤', bottom_tick: '┬'
    };
const ASCII: Lines =
    Lines { vertical: '|', horizontal: '-', corner: '+', left_tick: '+', bottom_tick: '+' };

/// Draws the chart, fitted to the width of `style`.
pub fn text(chart: &Chart, style: &Style) -> String {
    let width = style.width.unwrap_or(80).clamp(30, WIDEST);
    let mut out = String::new();
    if !chart.title.is_empty() {
        push_line(&mut out, &style.bold(&printable(&chart.title)));
    }
    let Some((x_axis, y_axis)) = axes(chart, (width / 14).max(2), HEIGHT / 3) else {
        push_line(&mut out, "(no points)");
        return out;
    };
    let y_ticks = y_axis.ticks();
    let gutter = y_ticks.iter().map(|(_, label)| label.width()).max().unwrap_or(0) + 1;
    let columns = width.saturating_sub(gutter + 2).max(10);
    let lines = if style.ascii() { ASCII } else { UNICODE };

    let mut grid: Vec<Vec<Option<Mark>>> = vec![vec![None; columns]; HEIGHT];
    for (series, (x, y)) in points(chart) {
        // Two dots across and four down in each cell.
        let column = cell(x_axis.place(x), 2 * columns);
        let row = 4 * HEIGHT - 1 - cell(y_axis.place(y), 4 * HEIGHT);
        let at = &mut grid[row / 4][column / 2];
        let dots = at.map_or(0, |mark| mark.dots) | DOTS[row % 4][column % 2];
        *at = Some(Mark { series, dots });
    }
    let braille = in_braille(chart, style);
    push_line(&mut out, &printable(&chart.y));
    for (row, cells) in grid.iter().enumerate() {
        let tick = y_ticks.iter().find(|(at, _)| HEIGHT - 1 - cell(*at, HEIGHT) == row);
        let label = tick.map_or("", |(_, label)| label.as_str());
        let edge = if tick.is_some() { lines.left_tick } else { lines.vertical };
        let drawn = |mark: &Option<Mark>| match mark {
            None => " ".to_owned(),
            Some(mark) if braille => colored(braille_cell(mark.dots), mark.series, style),
            Some(mark) => marker(mark.series, style),
        };
        let body: String = cells.iter().map(drawn).collect();
        push_line(&mut out, &format!("{label:>gutter$}{edge}{body}"));
    }

    let mut rule = vec![lines.horizontal; columns];
    let mut labels = String::new();
    for (at, label) in x_axis.ticks() {
        let column = cell(at, columns);
        rule[column] = lines.bottom_tick;
        // Centred under its tick, unless it would run out of the picture.
        let start =
            column.saturating_sub(label.width() / 2).min(columns - label.width().min(columns));
        if start >= labels.width() + usize::from(!labels.is_empty()) {
            labels.push_str(&" ".repeat(start - labels.width()));
            labels.push_str(&label);
        }
    }
    let rule: String = rule.into_iter().collect();
    push_line(&mut out, &format!("{:gutter$}{}{rule}", "", lines.corner));
    push_line(&mut out, &format!("{:gutter$} {labels}", ""));
    let x_label = printable(&chart.x);
    let indent = gutter + 1 + columns.saturating_sub(x_label.width());
    push_line(&mut out, &format!("{:indent$}{x_label}", ""));
    legend(&mut out, chart, width, style);
    out
}

/// The marker and the name of each series, as many to a line as find room.
fn legend(out: &mut String, chart: &Chart, width: usize, style: &Style) {
    let (mut line, mut column) = (String::new(), 0);
    for (index, series) in chart.series.iter().enumerate() {
        let name = printable(&series.name);
        let cells = name.width() + 2;
        if column > 0 && column + 3 + cells > width {
            push_line(out, &std::mem::take(&mut line));
            column = 0;
        }
        if column > 0 {
            line.push_str("   ");
            column += 3;
        }
        let mark = match in_braille(chart, style) {
            true => colored(braille_cell(u8::MAX), index, style),
            false => marker(index, style),
        };
        line.push_str(&format!("{mark} {name}"));
        column += cells;
    }
    push_line(out, &line);
}

/// The cell of a place between 0 and 1.
fn cell(place: f64, cells: usize) -> usize {
    ((place * (cells - 1) as f64).round() as usize).min(cells - 1)
}

/// Whether series are told apart without markers: by their colours, or since there is only one.
fn in_braille(chart: &Chart, style: &Style) -> bool {
    let most = if style.chrome == Chrome::Color { COLORS.len() } else { 1 };
    !style.ascii() && chart.series.len() <= most
}

fn braille_cell(dots: u8) -> char {
    char::from_u32(0x2800 + u32::from(dots)).unwrap_or(' ')
}

fn marker(series: usize, style: &Style) -> String {
    let markers = if style.ascii() { ASCII_MARKERS } else { MARKERS };
    colored(markers[series % markers.len()], series, style)
}

fn colored(mark: char, series: usize, style: &Style) -> String {
    if style.chrome == Chrome::Color {
        format!("\u{1b}[{}m{mark}\u{1b}[0m", COLORS[series % COLORS.len()])
    } else {
        mark.to_string()
    }
}

fn push_line(out: &mut String, line: &str) {
    out.push_str(line.trim_end());
    out.push('\n');
}
