use super::*;
use crate::Series;
use crate::shell::{Chrome, Style};

fn frontier() -> Chart {
    Chart {
        title: "Qwen3-32B-FP8 on 32 x h200_sxm".into(),
        x: "tokens_per_user (tokens/s)".into(),
        y: "tokens_per_gpu (tokens/s)".into(),
        series: vec![
            Series {
                name: "agg".into(),
                points: vec![(22.0, 1480.0), (41.0, 1210.0), (68.0, 820.0), (104.0, 390.0)],
            },
            Series {
                name: "disagg".into(),
                points: vec![(30.0, 1630.0), (55.0, 1390.0), (83.0, 940.0), (f64::NAN, 1.0)],
            },
        ],
    }
}

#[test]
fn in_the_terminal() {
    insta::assert_snapshot!(text(&frontier(), &Style { width: Some(72), ..Style::PLAIN }));
}

#[test]
fn in_a_narrow_ascii_terminal() {
    let style = Style { width: Some(40), chrome: Chrome::Ascii, ..Style::PLAIN };
    let drawn = text(&frontier(), &style);
    assert!(drawn.is_ascii());
    insta::assert_snapshot!(drawn);
}

#[test]
fn as_svg() {
    insta::assert_snapshot!(svg(&frontier()));
}

#[test]
fn nothing_to_plot() {
    let mut chart = frontier();
    chart.series.clear();
    assert!(text(&chart, &Style::PLAIN).ends_with("(no points)\n"));
    assert!(svg(&chart).contains("no points"));
}

#[test]
fn markup_in_a_title_is_text() {
    let mut chart = frontier();
    chart.title = "a <b> & \"c\"\u{0}".into();
    assert!(svg(&chart).contains(">a &lt;b&gt; &amp; &quot;c&quot;\u{fffd}<"));
}
