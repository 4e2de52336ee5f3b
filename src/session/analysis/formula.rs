//! Whether a question is simulated, and the same with formulas in place of the simulation.

use std::borrow::Cow;

use crate::base::error::{Code, Error, Result};
use crate::lang::ast::{AxisTerm, Domain, Expr, ExprKind};
use crate::model::library::Library;
use crate::model::value::Value;
use crate::plan::deployment::deployment;
use crate::plan::question::Question;
use crate::plan::scope::Given;
use crate::session::state::Session;

/// The axis that says what is simulated, its value where formulas stand in, that where nothing does, and
/// the definition that says whether a deployment is simulated.
const SIMULATE: &str = "simulate";
const FORMULA: &str = "formula";
const OFF: &str = "off";
const SHOWN: &str = "shown";
const SIMULATED: &str = "simulated";

/// The question with formulas in place of simulations, unless it does without.
fn by_formula(asked: &Question) -> Question {
    let off = asked.overrides.iter().any(|term| term.name.text == SIMULATE && is(term, OFF));
    if off { asked.clone() } else { with(asked, FORMULA) }
}

/// The question with the requests of what it shows followed.
pub(in crate::session) fn simulated(asked: &Question) -> Question {
    with(asked, SHOWN)
}

fn with(asked: &Question, simulate: &str) -> Question {
    let mut asked = asked.clone();
    let term = AxisTerm::one(SIMULATE, Expr::word(simulate));
    match asked.overrides.iter().position(|term| term.name.text == SIMULATE) {
        Some(at) => asked.overrides[at] = term,
        None => asked.overrides.push(term),
    }
    asked
}

/// Whether a term gives a text.
pub(super) fn is(term: &AxisTerm, text: &str) -> bool {
    let Domain::Value(value) = &term.domain else { return false };
    matches!(&value.kind, ExprKind::Name(word) | ExprKind::Text(word) if word == text)
}

/// Refuses what only stands between the formulas and the simulation of an answer.
pub(in crate::session) fn refuse_formula(terms: &[AxisTerm]) -> Result<()> {
    match terms.iter().find(|term| term.name.text == SIMULATE && is(term, FORMULA)) {
        None => Ok(()),
        Some(term) => Err(Error::question(Code::BadAxis, "simulate is off, asked or shown")
            .at(term.name.loc.span(), "not one of them")),
    }
}

/// Whether a metric comes out of a simulation alone: it says what formulas have in its place.
pub(in crate::session) fn needs_simulation(library: &Library, name: &str) -> bool {
    library.all_metrics().filter(|metric| metric.name.text == name).any(|metric| {
        let mut names = Vec::new();
        metric.value.names(&mut names);
        names.iter().any(|name| name == SIMULATE)
    })
}

impl Session {
    /// Whether the answer to a question is simulated, in some mode.
    pub(in crate::session) fn is_simulated(&self, asked: &Question) -> Result<bool> {
        if !self.may_be_simulated(asked) {
            return Ok(false);
        }
        for mode in self.modes(asked)? {
            let deployments = self.engine.deployments(&self.library, asked, &mode)?;
            let Some(targets) = deployments.first() else { continue };
            let given = Given::default();
            let scope = deployment(&self.library, asked, &mode, targets, &given)?;
            if scope.defines(SIMULATED)?
                && scope.lower(&Expr::name(SIMULATED))?.value() == Some(&Value::Bool(true))
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A question as formulas answer it: another one only where its answer is simulated.
    pub(in crate::session) fn by_formulas<'q>(
        &self,
        asked: &'q Question,
    ) -> Result<Cow<'q, Question>> {
        Ok(match self.is_simulated(asked)? {
            true => Cow::Owned(by_formula(asked)),
            false => Cow::Borrowed(asked),
        })
    }

    /// Whether a question says anything that could ask for a simulation: most do not, and need not be
    /// looked into further.
    fn may_be_simulated(&self, asked: &Question) -> bool {
        let lets = || self.library.lets.iter().filter(|l| l.name.text == SIMULATED);
        let mut switches = Vec::new();
        lets().for_each(|l| l.value.names(&mut switches));
        let is_switch = |name: &str| {
            switches.iter().any(|switch| switch == name)
                || lets().any(|l| l.value.loc.text().contains(&format!("asked('{name}')")))
        };
        asked.overrides.iter().any(|term| is_switch(&term.name.text))
            || asked.asks_about().iter().any(|name| needs_simulation(&self.library, name))
    }

    /// A remark where an explanation is of formulas and the numbers shown are simulated.
    pub(in crate::session) fn stands_in(&self, asked: &Question) -> Result<Option<String>> {
        Ok(self.is_simulated(asked)?.then(|| {
            "the row is simulated; this is of the formulas that ranked it before".to_owned()
        }))
    }
}
