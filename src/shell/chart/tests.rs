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
fn in_braille_where_colours_tell_series_apart() {
    let style = Style { width: Some(60), chrome: Chrome::Color, ..Style::PLAIN };
    let drawn = text(&frontier(), &style);
    let bits = drawn.chars().map(|c| u32::from(c).saturating_sub(0x2800)).filter(|b| *b < 0x100);
    let dots: u32 = bits.map(u32::count_ones).sum();
    // A dot for each point, and a full cell for each series in the legend.
    let points: usize = frontier().series.iter().map(|s| s.points.len()).sum();
    assert_eq!(dots as usize, points - 1 + 2 * 8, "{drawn}");
    insta::assert_snapshot!(drawn);
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
fn as_png() {
    let picture = png(&frontier()).expect("a picture");
    let length = |at: usize| {
        let bytes = picture[at..at + 4].try_into().expect("four bytes");
        u32::from_be_bytes(bytes) as usize
    };
    assert_eq!(&picture[12..16], b"IHDR");
    let (width, height, data) = (length(16), length(20), length(33));
    let mut rows = Vec::new();
    let packed = &picture[41..41 + data];
    std::io::Read::read_to_end(&mut flate2::read::ZlibDecoder::new(packed), &mut rows)
        .expect("rows");
    assert_eq!(rows.len(), height * (1 + 3 * width));
    // Both series are there in their colours, and the letters.
    let mut colors: std::collections::BTreeMap<&[u8], usize> = std::collections::BTreeMap::new();
    for row in rows.chunks(1 + 3 * width) {
        row[1..].chunks(3).for_each(|pixel| *colors.entry(pixel).or_default() += 1);
    }
    for color in [[0x00, 0x72, 0xb2], [0xd5, 0x5e, 0x00], [0x11, 0x11, 0x11]] {
        assert!(colors.get(&color[..]).is_some_and(|n| *n > 150), "{color:x?}");
    }
    // Nothing but names and numbers makes a picture of the same size.
    assert!(png(&Chart { series: Vec::new(), ..frontier() }).expect("a picture").len() > 1000);
}

#[test]
fn as_a_page() {
    let page = html(&frontier());
    let point = "<title>disagg\ntokens_per_user (tokens/s): 83.00\n\
                 tokens_per_gpu (tokens/s): 940.0</title>";
    assert!(page.contains(point), "{page}");
    assert_eq!(page.matches("<title>").count(), 1 + 7, "of the page and of each point");
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
