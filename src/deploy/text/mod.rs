//! How values are written so that what reads a file takes them as they are.

mod context;
mod templates;
mod word;
mod yaml;

pub(super) use context::Context;
pub(super) use templates::Templates;
pub(super) use word::{Word, words};
pub(super) use yaml::yaml;
