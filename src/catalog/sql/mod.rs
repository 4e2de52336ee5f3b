//! Measurements and facts as SQL tables. Entry: [`provider::register`].

pub(crate) mod deferred;
pub mod provider;
mod systems_table;
