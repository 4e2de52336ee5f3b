//! Answers: what searches and estimates find, and what explains, compares and varies them.

mod costs;
mod diff;
mod explain;
mod infeasible;
mod mixes;
mod queries;
mod ranking;
mod simulated;
mod sizing;
mod vanished;
mod what_if;
mod why;
mod why_not;
