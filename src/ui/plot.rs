//! A chart in a terminal: points of braille where colours distinguish the series, else a marker for
//! each series.

use anstyle::AnsiColor;
use unicode_width::UnicodeWidthStr;

use super::style::Style;
use super::text::printable;
use super::wrap;
use crate::chart::{Chart, axes};

const HEIGHT: usize = 18;
const WIDEST: usize = 110;
const MARKERS: [char; 12] = ['●', '○', '▲', '△', '■', '□', '◆', '◇', '▼', '▽', '✚', '✖'];
/// What marks the point that a question ranks first.
const WINNER: char = '★';
const ASCII_WINNER: char = 'W';
const ASCII_MARKERS: [char; 12] = ['o', 'x', '+', '*', '#', '@', '%', '&', '$', '=', '~', '?'];
const COLORS: [AnsiColor; 6] = [
    AnsiColor::Cyan,
    AnsiColor::Yellow,
    AnsiColor::Magenta,
    AnsiColor::Green,
    AnsiColor::Blue,
    AnsiColor::Red,
];

/// Dots of a braille cell by row, left and right.
const DOTS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
const FULL_CELL: u8 = u8::MAX;

/// Ticks of an axis: their position from 0 to 1, and their label.
type Ticks = Vec<(f64, String)>;

/// What stands in a cell.
#[derive(Debug, Clone, Copy)]
enum Mark {
    /// The series that was drawn last, and the dots of all points in the cell.
    Series(usize, u8),
    /// The point that is ranked first.
    Winner,
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
pub(crate) fn draw(chart: &Chart, style: &Style) -> String {
    let width = style.width.unwrap_or(80).clamp(30, WIDEST);
    let mut out = String::new();
    if !chart.title.is_empty() {
        push_line(&mut out, &style.bold(&printable(&chart.title)));
    }
    if !chart.about.is_empty() {
        push_line(&mut out, &wrap::list("", &chart.about, Some(width)));
    }
    let Some((x, y)) = axes(chart, (width / 14).max(2), HEIGHT / 3) else {
        push_line(&mut out, "(no points)");
        return out;
    };
    let (x_ticks, y_ticks) = (x.ticks(), y.ticks());
    let gutter = y_ticks.iter().map(|(_, label)| label.width()).max().unwrap_or(0) + 1;
    let columns = width.saturating_sub(gutter + 2).max(10);
    let mut grid: Vec<Vec<Option<Mark>>> = vec![vec![None; columns]; HEIGHT];
    // Two dots across and four down in each cell.
    let place = |point: (f64, f64)| {
        let column = cell(x.position(point.0), 2 * columns);
        (4 * HEIGHT - 1 - cell(y.position(point.1), 4 * HEIGHT), column)
    };
    for (series, point) in chart.points() {
        let (row, column) = place(point);
        let mark = &mut grid[row / 4][column / 2];
        let dots = match mark {
            Some(Mark::Series(_, dots)) => *dots,
            _ => 0,
        };
        *mark = Some(Mark::Series(series, dots | DOTS[row % 4][column % 2]));
    }
    if let Some(winner) = chart.winner() {
        let (row, column) = place(winner.at);
        grid[row / 4][column / 2] = Some(Mark::Winner);
    }
    let plot = Plot { chart, style, gutter, columns };
    push_line(&mut out, &printable(&chart.y));
    plot.rows(&mut out, &grid, &y_ticks);
    plot.bottom(&mut out, &x_ticks);
    plot.legend(&mut out, width);
    out
}

/// A chart being drawn.
struct Plot<'a> {
    chart: &'a Chart,
    style: &'a Style,
    /// Cells left of the vertical axis.
    gutter: usize,
    /// Cells right of it.
    columns: usize,
}

impl Plot<'_> {
    /// The cells of the plane behind the vertical axis.
    fn rows(&self, out: &mut String, grid: &[Vec<Option<Mark>>], ticks: &Ticks) {
        let (lines, gutter) = (self.lines(), self.gutter);
        for (row, cells) in grid.iter().enumerate() {
            let tick = ticks.iter().find(|(at, _)| HEIGHT - 1 - cell(*at, HEIGHT) == row);
            let label = tick.map_or("", |(_, label)| label.as_str());
            let edge = if tick.is_some() { lines.left_tick } else { lines.vertical };
            let mark = |mark: &Option<Mark>| match mark {
                None => " ".to_owned(),
                Some(mark) => self.mark(*mark),
            };
            let body: String = cells.iter().map(mark).collect();
            push_line(out, &format!("{label:>gutter$}{edge}{body}"));
        }
    }

    /// The horizontal axis with its labels and its name.
    fn bottom(&self, out: &mut String, ticks: &Ticks) {
        let (lines, gutter, columns) = (self.lines(), self.gutter, self.columns);
        let mut rule = vec![lines.horizontal; columns];
        let mut labels = String::new();
        for (at, label) in ticks {
            let column = cell(*at, columns);
            rule[column] = lines.bottom_tick;
            // Centred under its tick, unless it would run out of the picture.
            let start =
                column.saturating_sub(label.width() / 2).min(columns - label.width().min(columns));
            if start >= labels.width() + usize::from(!labels.is_empty()) {
                labels.push_str(&" ".repeat(start - labels.width()));
                labels.push_str(label);
            }
        }
        let rule: String = rule.into_iter().collect();
        push_line(out, &format!("{:gutter$}{}{rule}", "", lines.corner));
        push_line(out, &format!("{:gutter$} {labels}", ""));
        let name = printable(&self.chart.x);
        let indent = gutter + 1 + columns.saturating_sub(name.width());
        push_line(out, &format!("{:indent$}{name}", ""));
    }

    /// The marker and the name of each series, as many to a line as find room.
    fn legend(&self, out: &mut String, width: usize) {
        let (mut line, mut column) = (String::new(), 0);
        let series = self.chart.series.iter().enumerate();
        let series = series.map(|(index, s)| (Mark::Series(index, FULL_CELL), &s.name));
        let winner = self.chart.winner().map(|winner| (Mark::Winner, &winner.name));
        for (mark, name) in series.chain(winner) {
            let name = printable(name);
            let cells = name.width() + 2;
            if column > 0 && column + 3 + cells > width {
                push_line(out, &std::mem::take(&mut line));
                column = 0;
            }
            if column > 0 {
                line.push_str("   ");
                column += 3;
            }
            line.push_str(&format!("{} {name}", self.mark(mark)));
            column += cells;
        }
        push_line(out, &line);
    }

    /// A cell: the dots of a series or its marker, or the star of the winner.
    fn mark(&self, mark: Mark) -> String {
        let (series, dots) = match mark {
            Mark::Series(series, dots) => (series, dots),
            Mark::Winner if self.style.is_ascii() => {
                return self.style.bold(&ASCII_WINNER.to_string());
            }
            Mark::Winner => return self.style.bold(&WINNER.to_string()),
        };
        let mark = match (self.in_braille(), self.style.is_ascii()) {
            (true, _) => char::from_u32(0x2800 + u32::from(dots)).unwrap_or(' '),
            (false, true) => ASCII_MARKERS[series % ASCII_MARKERS.len()],
            (false, false) => MARKERS[series % MARKERS.len()],
        };
        self.style.colored(COLORS[series % COLORS.len()], &mark.to_string())
    }

    /// Whether series need no markers: colours distinguish them, or there is only one.
    fn in_braille(&self) -> bool {
        let most = if self.style.is_colored() { COLORS.len() } else { 1 };
        !self.style.is_ascii() && self.chart.series.len() <= most
    }

    fn lines(&self) -> Lines {
        if self.style.is_ascii() { ASCII } else { UNICODE }
    }
}

/// The cell of a position between 0 and 1.
fn cell(position: f64, cells: usize) -> usize {
    ((position * (cells - 1) as f64).round() as usize).min(cells - 1)
}

fn push_line(out: &mut String, line: &str) {
    out.push_str(line.trim_end());
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::{End, Series, Winner};
    use crate::ui::Chrome;

    fn frontier() -> Chart {
        let series = |name: &str, points: &[(f64, f64)]| Series {
            name: name.to_owned(),
            points: points.to_vec(),
        };
        Chart {
            title: "tokens_per_gpu against tokens_per_user".into(),
            about: vec!["Qwen3-32B-FP8 on h200_sxm * 32".into(), "isl = 4000".into()],
            x: "tokens_per_user (tokens/s)".into(),
            y: "tokens_per_gpu (tokens/s)".into(),
            series: vec![
                series("agg", &[(22.0, 1480.0), (41.0, 1210.0), (68.0, 820.0), (104.0, 390.0)]),
                series("disagg", &[(30.0, 1630.0), (55.0, 1390.0), (83.0, 940.0), (f64::NAN, 1.0)]),
            ],
            frontier: Some([End::High; 2]),
            winner: Some(Winner { name: "winner".into(), at: (30.0, 1630.0) }),
        }
    }

    #[test]
    fn in_the_terminal() {
        insta::assert_snapshot!(draw(&frontier(), &Style { width: Some(72), ..Style::PLAIN }));
    }

    #[test]
    fn in_braille_where_colours_tell_series_apart() {
        let style = Style { width: Some(60), chrome: Chrome::Color, ..Style::PLAIN };
        let drawn = draw(&frontier(), &style);
        let bits =
            drawn.chars().map(|c| u32::from(c).saturating_sub(0x2800)).filter(|b| *b < 0x100);
        let dots: u32 = bits.map(u32::count_ones).sum();
        // A dot for each point that is not the winner, and a full cell for each series in the legend.
        let points: usize = frontier().series.iter().map(|s| s.points.len()).sum();
        assert_eq!(dots as usize, points - 2 + 2 * 8, "{drawn}");
        insta::assert_snapshot!(drawn);
    }

    #[test]
    fn in_a_narrow_ascii_terminal() {
        let style = Style { width: Some(40), chrome: Chrome::Ascii, ..Style::PLAIN };
        let drawn = draw(&frontier(), &style);
        assert!(drawn.is_ascii());
        insta::assert_snapshot!(drawn);
    }

    #[test]
    fn nothing_to_plot() {
        let chart = Chart { series: Vec::new(), winner: None, ..frontier() };
        assert!(draw(&chart, &Style::PLAIN).ends_with("(no points)\n"));
    }
}
