//! What a terminal is: room, colours, and how answers and errors look on it. Knows neither sessions
//! nor statements.

pub(crate) mod bars;
pub mod diagnostics;
pub(crate) mod folders;
mod format;
pub(crate) mod pager;
pub(crate) mod plot;
pub mod progress;
pub mod render;
mod style;
mod terminal;
mod text;
pub(crate) mod wrap;

pub use diagnostics::ErrorFormat;
pub use format::Format;
pub use style::{Chrome, Style};
pub use terminal::{Color, Ui};
