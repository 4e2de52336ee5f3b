//! The language: what its texts mean stage by stage, what is said of wrong ones, its tools.

mod assertions;
mod broken;
mod errors;
mod parser;
mod sql;
mod stages;
mod tools;
