//! Which values a name can have: `limit isl : whole 1..10M`.

use super::value::number;
use crate::base::error::{Code, Error};
use crate::lang::ast::LimitDef;

impl LimitDef {
    /// Whether a value is one it can have.
    pub fn allows(&self, value: f64) -> bool {
        (self.low.0..=self.high.0).contains(&value) && !(self.whole && value.fract() != 0.0)
    }

    /// What it can have, in words.
    pub fn said(&self) -> String {
        let kind = if self.whole { "a whole number" } else { "a number" };
        format!("{kind} from {} to {}", self.low.1, self.high.1)
    }

    /// That a name cannot have a value; the place is for the caller to add.
    pub fn refusal(&self, value: f64) -> Error {
        Error::question(
            Code::BeyondLimit,
            format!("`{}` cannot be {}", self.name.text, number(value)),
        )
    }
}

#[cfg(test)]
mod tests {
    use crate::model::library::Library;

    #[test]
    fn counts_are_whole_and_bounded() {
        let library = Library::shipped().unwrap();
        let batch = &library.limits["batch"];
        assert!(batch.allows(1.0) && batch.allows(512.0));
        for wrong in [0.0, -1.0, 2.5, 1e12, f64::NAN, f64::INFINITY] {
            assert!(!batch.allows(wrong), "{wrong}");
        }
        assert_eq!(batch.said(), "a whole number from 1 to 1M");
        let accepted = &library.limits["accepted"];
        assert!(accepted.allows(1.2) && !accepted.allows(-0.1));
    }
}
