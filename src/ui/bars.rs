//! Nested shares as bars in a terminal; a part begins where its whole does or the part before ends.

use super::style::Style;
use crate::chart::Bar;

/// Cells of the longest bar where the output has no width.
const USUAL: usize = 60;
/// Cells of the shortest longest bar.
const LEAST: usize = 20;
/// Eighths of a cell.
const BLOCKS: [char; 9] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

/// The bars as lines of text, an empty text if there are none.
pub(crate) fn draw(bars: &[Bar], style: &Style) -> String {
    let label = |bar: &Bar| format!("{}{}", "  ".repeat(bar.depth), bar.label);
    let labels = bars.iter().map(|b| label(b).chars().count()).max().unwrap_or(0);
    let room = style.width.map_or(USUAL, |w| w.saturating_sub(labels + 10).max(LEAST)).min(USUAL);
    // The longest of the outermost takes all the room.
    let longest = bars.iter().filter(|b| b.depth == 0).map(|b| b.share).fold(0.0, f64::max);
    let scale = if longest > 0.0 { room as f64 / longest } else { 0.0 };
    let mut out = String::new();
    // Where the next bar of each depth begins, in percent.
    let mut next: Vec<f64> = Vec::new();
    for bar in bars {
        next.resize(bar.depth + 1, 0.0);
        let begin = if bar.depth == 0 { 0.0 } else { next[bar.depth] };
        let line = bar_line(begin * scale, bar.share * scale, room, style);
        out += &format!("{:<labels$}  {line:<room$} {:>5.1} %\n", label(bar), bar.share);
        next[bar.depth] = begin + bar.share;
        // Its parts begin where it does.
        next.push(begin);
    }
    out
}

fn bar_line(begin: f64, share: f64, room: usize, style: &Style) -> String {
    let end = (begin + share).min(room as f64);
    let whole = begin.round().min(room as f64);
    let eighths = ((end - whole).max(0.0) * 8.0).round() as usize;
    let mut line = " ".repeat(whole as usize);
    if style.is_ascii() {
        line += &"#".repeat((eighths + 4) / 8);
        return line;
    }
    line += &"█".repeat(eighths / 8);
    if !eighths.is_multiple_of(8) {
        line.push(BLOCKS[eighths % 8]);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_begin_where_their_whole_does() {
        let bar = |depth, label: &str, share| Bar { depth, label: label.to_owned(), share };
        let all = [
            bar(0, "ttft", 100.0),
            bar(1, "a", 50.0),
            bar(2, "x", 30.0),
            bar(2, "y", 20.0),
            bar(1, "b", 50.0),
            bar(2, "z", 50.0),
            bar(0, "tpot", 100.0),
        ];
        let style = Style { width: Some(40), ..Style::PLAIN };
        let text = draw(&all, &style);
        let begins = |line: &str| line.chars().position(|c| c == '█');
        let found: Vec<_> = text.lines().map(begins).collect();
        assert_eq!(found.len(), 7);
        assert_eq!(found[0], found[1]);
        assert_eq!(found[1], found[2]);
        assert!(found[3] > found[2] && found[4] > found[3] && found[4] == found[5], "{text}");
        assert_eq!(found[6], found[0]);
        assert!(text.lines().all(|line| line.chars().count() <= 40), "{text}");
        assert_eq!(draw(&[], &style), "");
    }
}
