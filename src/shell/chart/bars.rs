//! Nested shares as bars, each beginning where it begins within the one above it.

use crate::Bar;
use crate::shell::Style;

/// Cells of the longest bar where the output has no width.
const USUAL: usize = 60;
/// Cells of the shortest longest bar.
const LEAST: usize = 20;
/// Eighths of a cell.
const BLOCKS: [char; 9] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

/// The bars as lines of text, an empty text if there are none.
pub fn bars(bars: &[Bar], style: &Style) -> String {
    let label = |bar: &Bar| format!("{}{}", "  ".repeat(bar.depth), bar.label);
    let labels = bars.iter().map(|b| label(b).chars().count()).max().unwrap_or(0);
    let room = style.width.map_or(USUAL, |w| w.saturating_sub(labels + 10).max(LEAST)).min(USUAL);
    let mut out = String::new();
    // Where the next bar of each depth begins, in percent.
    let mut next: Vec<f64> = Vec::new();
    for bar in bars {
        next.resize(bar.depth + 1, 0.0);
        let begin = if bar.depth == 0 { 0.0 } else { next[bar.depth] };
        let line = drawn(begin, bar.share, room, style);
        out += &format!("{:<labels$}  {line:<room$} {:>5.1} %\n", label(bar), bar.share);
        next[bar.depth] = begin + bar.share;
        // Its parts begin where it does.
        next.push(begin);
    }
    out
}

fn drawn(begin: f64, share: f64, room: usize, style: &Style) -> String {
    let scale = room as f64 / 100.0;
    let (begin, end) = (begin * scale, (begin + share).min(100.0) * scale);
    let whole = begin.round().min(room as f64);
    let eighths = ((end - whole).max(0.0) * 8.0).round() as usize;
    let mut line = " ".repeat(whole as usize);
    if style.ascii() {
        line += &"#".repeat((eighths + 4) / 8);
        return line;
    }
    line += &"█".repeat(eighths / 8);
    if eighths % 8 > 0 {
        line.push(BLOCKS[eighths % 8]);
    }
    line
}
