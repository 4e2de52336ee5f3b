//! pest's generated parser. Its rules stay within `lang/parse`.

// Rules have no docs of their own: `grammar/aiq.pest` says what they are.
mod generated {
    #[derive(pest_derive::Parser)]
    #[grammar = "../grammar/aiq.pest"]
    pub(in crate::lang::parse) struct Grammar;
}

pub(super) use generated::{Grammar, Rule};
