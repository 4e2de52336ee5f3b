//! Syntax trees of questions and of the model text. Every node knows its place, and two trees are
//! equal when they say the same, wherever they stand.

mod build;
mod clauses;
mod debug;
mod display;
mod equality;
mod expr;
mod model;
mod place;
mod statement;

pub use clauses::*;
pub use expr::*;
pub use model::*;
pub use place::*;
pub use statement::*;
