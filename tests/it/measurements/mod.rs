//! Measurements: whether prices are those of the tables and of a known tool, and what is covered.

mod accuracy;
mod comparison;
mod coverage;
mod data_modes;
mod moved_prices;
mod oracle;
mod provenance;
mod search_grid;
