//! A scope as names of expressions: with its definitions as columns, or expanded in place.

use super::Scope;
use crate::base::error::Result;
use crate::lang::ast::Loc;
use crate::model::value::Value;
use crate::plan::expr::figures;
use crate::plan::expr::lowered::Lowered;
use crate::plan::expr::names::{Mixed, Names};

impl Names for Scope<'_> {
    fn name(&self, name: &str, loc: &Loc) -> Result<Lowered> {
        self.lookup(name, loc, false)
    }

    fn knows(&self, name: &str, _: &Loc) -> bool {
        self.means_something(name)
    }

    fn mixed(&self) -> Option<&dyn Mixed> {
        self.mix.is_some().then_some(self)
    }

    fn fact(&self, function: &str, arguments: &[&str], loc: &Loc) -> Result<Option<Value>> {
        Ok(match (function, arguments) {
            ("price", [system]) => Some(figures::price(system, self.overrides, self, loc)?),
            ("unknown", [what]) => return Err(figures::unknown(what, loc)),
            ("config", [key]) => Some(self.target.config.get(key)),
            ("needed", [key]) => Some(self.target.config.needed(key)?),
            ("fact", [key]) => Some(self.target.fact(key).unwrap_or(Value::Null)),
            ("bytes", [quant]) => {
                let quant = self.library.quants.get(quant);
                Some(quant.map_or(Value::Null, |q| Value::Number(q.bytes)))
            }
            ("asked", [name]) => Some(Value::Bool(self.is_asked(name))),
            ("swept", [name]) => Some(Value::Bool(self.is_swept(name))),
            ("asks", [_, ..]) => Some(Value::Bool(self.goal.asks(arguments))),
            ("maximizes", [_, ..]) => Some(Value::Bool(self.goal.maximizes(arguments))),
            ("minimizes", [_, ..]) => Some(Value::Bool(self.goal.minimizes(arguments))),
            ("asks_frontier", []) => Some(Value::Bool(self.goal.is_frontier())),
            ("at_least", [name]) => Some(Value::Number(self.goal.at_least(name))),
            ("at_most", [name]) => Some(Value::Number(self.goal.at_most(name))),
            ("covered" | "priced", [name, text @ ..]) => {
                let Some(op) = crate::perf::op(name).filter(|o| o.text.len() == text.len()) else {
                    return Ok(None);
                };
                let text: Vec<String> = text.iter().map(|t| (*t).to_owned()).collect();
                Some(Value::Bool(match function {
                    "covered" => self.target.covers(op, &text)?,
                    _ => self.target.prices(op, &text)?,
                }))
            }
            _ => None,
        })
    }
}

/// A scope whose definitions are either columns or expanded in place.
pub struct View<'s, 'a> {
    /// The scope.
    pub scope: &'s Scope<'a>,
    /// Expand definitions in place.
    pub inline: bool,
}

impl Names for View<'_, '_> {
    fn name(&self, name: &str, loc: &Loc) -> Result<Lowered> {
        self.scope.lookup(name, loc, self.inline)
    }

    fn knows(&self, name: &str, loc: &Loc) -> bool {
        self.scope.knows(name, loc)
    }

    fn mixed(&self) -> Option<&dyn Mixed> {
        self.scope.mixed()
    }

    fn fact(&self, function: &str, arguments: &[&str], loc: &Loc) -> Result<Option<Value>> {
        self.scope.fact(function, arguments, loc)
    }
}
