//! Text to syntax tree. pest's rules stay in this module.

#[cfg(test)]
mod agreement;
mod architecture;
mod builder;
mod clauses;
mod column;
mod diff;
mod domain;
mod expr;
mod files;
mod grammar;
mod hints;
mod limits;
mod literal;
mod mode;
mod model;
mod operation;
mod outline;
mod question;
mod recover;
mod statement;
mod strict;
mod symbol;
mod syntax;

pub use outline::{Outline, Question, Row, outline};
pub use recover::parse;

pub use super::lex::is_complete;
