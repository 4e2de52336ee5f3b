//! Syntax trees of questions as the language writes them: parsed again, the text gives the tree.

mod expr;
mod question;
#[cfg(test)]
mod tests;

use std::fmt::{Display, Formatter, Result};

/// Values with something between them.
fn joined<T: Display>(f: &mut Formatter<'_>, values: &[T], between: &str) -> Result {
    for (i, value) in values.iter().enumerate() {
        if i > 0 {
            f.write_str(between)?;
        }
        write!(f, "{value}")?;
    }
    Ok(())
}
