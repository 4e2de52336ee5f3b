//! When two syntax trees are equal: when they say the same, wherever that stands.
//!
//! Four nodes hold a place. They compare the rest of their fields here; every other node derives its
//! equality from them. Places themselves have no equality, so nothing compares one by accident, and
//! a field that is added to one of the four does not compile until it is decided upon.

use super::clauses::Mix;
use super::expr::Expr;
use super::place::Name;
use super::statement::Statement;

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        let Self { text, loc: _ } = self;
        *text == other.text
    }
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        let Self { kind, loc: _ } = self;
        *kind == other.kind
    }
}

impl PartialEq for Mix {
    fn eq(&self, other: &Self) -> bool {
        let Self { classes, loc: _ } = self;
        *classes == other.classes
    }
}

impl PartialEq for Statement {
    fn eq(&self, other: &Self) -> bool {
        let Self { kind, loc: _ } = self;
        *kind == other.kind
    }
}
