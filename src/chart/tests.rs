use super::*;

fn frontier() -> Chart {
    Chart {
        title: "tokens_per_gpu against tokens_per_user".into(),
        about: vec!["Qwen3-32B-FP8 on h200_sxm * 32".into(), "isl = 4000".into()],
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
        frontier: Some([End::High; 2]),
        winner: Some(Winner { name: "winner".into(), at: (30.0, 1630.0) }),
    }
}

#[test]
fn as_svg() {
    insta::assert_snapshot!(svg(&frontier()));
}

#[test]
fn as_png() {
    let picture = png(&frontier()).expect("a picture");
    let drawn = tiny_skia::Pixmap::decode_png(&picture).expect("a picture");
    // Both series are there in their colours, and the letters.
    let count = |color: [u8; 3]| {
        let has = |p: &&tiny_skia::PremultipliedColorU8| [p.red(), p.green(), p.blue()] == color;
        drawn.pixels().iter().filter(has).count()
    };
    for color in [[0x00, 0x72, 0xb2], [0xd5, 0x5e, 0x00], [0x11, 0x11, 0x11]] {
        assert!(count(color) > 150, "{color:x?}");
    }
    // Nothing but names and numbers makes a picture of the same size.
    assert!(
        png(&Chart { series: Vec::new(), winner: None, ..frontier() }).expect("a picture").len()
            > 1000
    );
}

#[test]
fn as_a_page() {
    let page = html(&frontier());
    let point = "<title>disagg\ntokens_per_user (tokens/s): 83.00\n\
                 tokens_per_gpu (tokens/s): 940.0</title>";
    assert!(page.contains(point), "{page}");
    assert_eq!(page.matches("<title>").count(), 1 + 7 + 1, "of the page, each point, the winner");
}

#[test]
fn nothing_to_plot() {
    let mut chart = frontier();
    chart.series.clear();
    chart.winner = None;
    assert!(svg(&chart).contains("no points"));
}

#[test]
fn long_names_grow_upwards_and_leave_the_plane_as_it_is() {
    let mut chart = frontier();
    chart.about = vec!["a condition that is long".into(); 9];
    chart.winner = Some(Winner { name: "winner ".repeat(30), at: (30.0, 1630.0) });
    let tall = svg(&chart);
    let usual = "viewBox=\"0 0 760 477\"";
    assert!(tall.contains("viewBox=\"0 0 760 528\""), "{}", &tall[..120]);
    assert!(svg(&frontier()).contains(usual));
}

#[test]
fn markup_in_a_title_is_text() {
    let mut chart = frontier();
    chart.title = "a <b> & \"c\"\u{0}".into();
    assert!(svg(&chart).contains(">a &lt;b&gt; &amp; &quot;c&quot;\u{fffd}<"));
}
