//! Syntax tree of a column of answers.

use super::define::Better;
use crate::lang::ast::place::Name;

/// A column of answers.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnDef {
    /// Its name.
    pub name: Name,
    /// What it holds.
    pub holds: Holds,
    /// How soon it matters.
    pub weight: Weight,
    /// What else is said of it.
    pub traits: Vec<Trait>,
    /// What has it, at least one.
    pub owners: Vec<Owner>,
    /// What it means, in a sentence.
    pub meaning: String,
}

impl ColumnDef {
    /// Whether it belongs to that.
    pub fn is_of(&self, owner: Owner) -> bool {
        self.owners.contains(&owner)
    }

    /// Whether that is said of it.
    pub fn is(&self, what: Trait) -> bool {
        self.traits.contains(&what)
    }
}

/// A metric that decides between candidates.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// The metric.
    pub name: Name,
    /// What candidates are ranked by in its place.
    pub by: Option<Name>,
    /// Which way of it is better.
    pub better: Better,
}

macro_rules! words {
    ($(#[$meaning:meta])* $name:ident { $($(#[$one:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$meaning])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$one])* $variant,)*
        }

        impl $name {
            /// The words for all of them.
            pub const WORDS: &[&str] = &[$($word,)*];

            /// What a word stands for.
            pub fn of(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// The word for it.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }
    };
}

words! {
    /// What a column holds.
    Holds {
        /// Text.
        Text = "text",
        /// Whole numbers.
        Whole = "whole",
        /// Whole numbers of GPUs, of which 1 goes without saying.
        Size = "size",
        /// Numbers.
        Number = "number",
    }
}

words! {
    /// How soon a column matters to a reader.
    Weight {
        /// It says what a row is.
        Identity = "identity",
        /// It is read first.
        Headline = "headline",
        /// It says what the deployment is made of.
        Shape = "shape",
        /// The rest.
        Detail = "detail",
    }
}

words! {
    /// What else can be said of a column.
    Trait {
        /// It is named where two candidates are compared.
        Compared = "compared",
        /// The question leaves it open: of candidates that differ in nothing else the best is shown.
        Tuned = "tuned",
        /// A value of 1 is told, where nobody asked for it, as others are.
        Told = "told",
        /// It stands behind all others, and only where a row has it.
        Optional = "optional",
    }
}

words! {
    /// What a column belongs to.
    Owner {
        /// The whole deployment.
        Deployment = "deployment",
        /// The workers of a deployment whose workers are all alike; it is null over pools.
        Worker = "worker",
        /// Each pool: a column behind the name of the pool.
        Pool = "pool",
    }
}
