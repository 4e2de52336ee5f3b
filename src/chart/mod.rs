//! Pictures of answers: what is drawn, and the drawing as SVG, as a page and as PNG. How a terminal
//! draws the same is in `ui`.

mod axis;
mod data;
mod edge;
mod heading;
mod html;
mod picture;
mod png;
mod svg;
#[cfg(test)]
mod tests;

pub(crate) use axis::axes;
pub use data::{Bar, Chart, Drawing, End, Series, Winner};
pub use html::html;
pub use png::png;
pub use svg::svg;
