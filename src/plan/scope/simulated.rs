//! Results of simulations: columns that a relation gets once one of them is asked for.

use std::collections::BTreeMap;

use super::Scope;
use super::needs::Simulated;
use crate::base::error::{Code, Error, Result, nearest};
use crate::lang::ast::{Loc, SimulationDef};
use crate::plan::expr::lower::lower;
use crate::plan::expr::lowered::Lowered;
use crate::plan::nodes::simulate::RESULTS;

impl Scope<'_> {
    /// A result of a simulation; what the simulation is given becomes needed.
    ///
    /// # Errors
    /// A result that there is not; what names in its arguments say.
    pub(super) fn simulated(
        &self,
        simulation: &SimulationDef,
        result: &str,
        loc: &Loc,
    ) -> Result<Lowered> {
        let name = &simulation.name.text;
        if !RESULTS.contains(&result) {
            let message = format!("`{name}` has no result `{result}`");
            let error = Error::question(Code::NoSuchName, message).at(loc.span(), "unknown result");
            return Err(match nearest(result, RESULTS) {
                Some(near) => error.help(format!("did you mean `{name}.{near}`?")),
                None => error,
            });
        }
        let prefix = format!("{}{name}.", self.prefix);
        let known = self.needs.borrow().simulated.iter().any(|s| s.prefix == prefix);
        if !known {
            let mut arguments = BTreeMap::new();
            for (argument, value) in &simulation.at {
                arguments.insert(argument.text.clone(), lower(value, self)?);
            }
            let simulated = Simulated { prefix: prefix.clone(), arguments };
            self.needs.borrow_mut().simulated.push(simulated);
        }
        Ok(Lowered::column(&format!("{prefix}{result}")))
    }

    /// The simulations that something asked for.
    pub fn simulations(&self) -> Vec<Simulated> {
        self.needs.borrow().simulated.clone()
    }
}
