//! The releases of measurements on a search path: names, and for a version of a backend the tables
//! that answer, its own and those that stand in. Entry: [`Catalog`].

mod catalog;
mod changed;
mod digest;
mod shared;
mod table_set;
#[cfg(test)]
mod tests;
mod unmeasured;

pub use catalog::{Catalog, TableFile};
pub use table_set::TableSet;
