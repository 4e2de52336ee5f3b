//! Generated files: every engine, mode, platform and kind of model, checked against what the
//! engines and platforms accept and against the row they deploy.

mod benchmark;
mod case;
mod faults;
mod manifests;
mod matrix;
mod rules;
mod shapes;
mod single_faults;
mod started;
mod values;
