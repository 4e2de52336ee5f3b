//! What stands above the plane: the title, what the chart is about, the legend.

use super::data::Chart;

/// Letters of a line; those of the bitmap are 6.5 pixels wide.
const LINE: usize = 98;
/// More lines than these leave no room for the picture on a slide.
const MOST_LINES: usize = 3;
const DOTS: &str = "...";

/// What a chart is about, in lines that are broken between its parts.
pub(super) fn lines(chart: &Chart) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let last = chart.about.len().saturating_sub(1);
    for (index, part) in chart.about.iter().enumerate() {
        let comma = if index < last { "," } else { "" };
        let part = shortened(part, LINE - comma.len()) + comma;
        match lines.last_mut() {
            Some(line) if length(line) + 1 + length(&part) <= LINE => {
                line.push(' ');
                line.push_str(&part);
            }
            _ => lines.push(part),
        }
    }
    if lines.len() > MOST_LINES {
        lines.truncate(MOST_LINES);
        if let Some(line) = lines.last_mut() {
            *line = shortened(line, LINE - DOTS.len() - 1) + " " + DOTS;
        }
    }
    lines
}

/// A text of at most so many letters.
pub(super) fn shortened(text: &str, most: usize) -> String {
    if length(text) <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(DOTS.len())).collect();
    kept + DOTS
}

fn length(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_parts_and_end() {
        let about = |parts: Vec<String>| lines(&Chart { about: parts, ..Chart::default() });
        assert!(about(Vec::new()).is_empty());
        assert_eq!(
            about(vec!["a on b * 8".into(), "isl = 4000".into()]),
            ["a on b * 8, isl = 4000"]
        );
        let long = about(vec!["m".repeat(300), "ttft < 300ms".into(), "tpot < 1ms".into()]);
        assert_eq!(long[1..], ["ttft < 300ms, tpot < 1ms"]);
        assert!(long[0].ends_with("mm...,") && long[0].len() == LINE);
        let many = about(vec!["tokens_per_user > 12345tokens/s".into(); 40]);
        assert_eq!(many.len(), MOST_LINES);
        assert!(many[2].ends_with(" ...") && many.iter().all(|line| line.len() <= LINE));
    }
}
