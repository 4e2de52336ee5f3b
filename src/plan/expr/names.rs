//! What an expression asks of the place where it stands: the meaning of names.

use super::lowered::Lowered;
use crate::base::error::Result;
use crate::lang::ast::Loc;
use crate::model::value::Value;

/// What names mean where an expression stands.
pub trait Names {
    /// The meaning of a name.
    ///
    /// # Errors
    /// `AIQ0201` when nothing has that name.
    fn name(&self, name: &str, loc: &Loc) -> Result<Lowered>;

    /// Whether something has that name here.
    fn knows(&self, name: &str, loc: &Loc) -> bool;

    /// A function of texts that reads facts: `config('key')`, `fact('key')`, `bytes(quant)`,
    /// `covered('op', ...)`. `None` when it is not one of these.
    fn fact(&self, function: &str, arguments: &[&str], loc: &Loc) -> Result<Option<Value>>;

    /// The classes of requests that names may be about, if there are several.
    fn mixed(&self) -> Option<&dyn Mixed> {
        None
    }
}

/// Classes of requests.
pub trait Mixed {
    /// The share of each in all requests.
    fn shares(&self) -> Vec<f64>;

    /// Lets `then` see the names of one class.
    ///
    /// # Errors
    /// Those of `then`.
    fn at_class(&self, class: usize, then: &mut dyn FnMut() -> Result<()>) -> Result<()>;
}
