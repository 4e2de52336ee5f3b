//! Measurements: whether prices are those of the tables and of a known tool, and what is covered.

mod accuracy;
mod comparison;
mod coverage;
mod data_modes;
mod moved_prices;
mod oracle;
mod own_gpu;
mod provenance;
mod search_grid;
