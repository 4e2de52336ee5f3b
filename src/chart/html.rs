//! The chart as a page of its own.

use super::data::Chart;
use super::svg::{Tooltips, draw};
use crate::base::xml::escaped;

/// The chart as a page; each point shows its numbers under the pointer.
pub fn html(chart: &Chart) -> String {
    let title: Vec<&str> =
        [&chart.title].into_iter().chain(&chart.about).map(String::as_str).collect();
    let title = title.join(", ");
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <title>{}</title>\n<style>body{{margin:2rem auto;max-width:60rem}}\
         svg{{width:100%;height:auto}}.point:hover{{stroke:#111;stroke-width:2}}</style>\n\
         </head>\n<body>\n{}</body>\n</html>\n",
        escaped(&title),
        draw(chart, Tooltips::Shown)
    )
}
