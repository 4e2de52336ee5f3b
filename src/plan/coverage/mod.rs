//! Whether the measurements answer for a model on a system: is there a worker that keeps the
//! rules and whose ops are all answered? Looked up at one small workload for the few shapes of
//! workers, so no candidate is priced.

mod frame;
mod shapes;

use std::sync::LazyLock;

use super::deployment::deployment;
use super::question::Question;
use super::relation::part::{Part, Parts};
use super::scope::Given;
use super::target::Target;
use crate::base::error::{Code, Error, Result};
use crate::lang::ast::{AxisTerm, ModeDef, StatementKind};
use crate::model::library::Library;
use crate::perf::Origin;
use frame::Frame;
pub use shapes::Look;
use shapes::{Answered, answered, blocking_rule, broken, shapes};

/// The workload and the budget that shapes are looked up at. Two output tokens: decoding is looked
/// up at one position.
const SAMPLE: &str =
    "set gpus = 64, isl = 1000, osl = 2, prefix = 0, batch = 8, prefill.batch = 1;";

/// How well a model is covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Every op was measured, at this point or around it.
    Measured,
    /// Some op is answered from further away than between measurements.
    Hybrid,
    /// Some op has no answer, or no worker keeps the rules.
    No,
}

impl Status {
    /// The word users see and type.
    pub fn name(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Hybrid => "hybrid",
            Self::No => "no",
        }
    }
}

/// The answer for one serving mode of a target.
#[derive(Debug, Clone, PartialEq)]
pub struct Cover {
    /// How well.
    pub status: Status,
    /// Why not better.
    pub reason: Option<String>,
}

impl Cover {
    /// Not at all, for that reason.
    pub fn no(reason: impl Into<String>) -> Self {
        Self { status: Status::No, reason: Some(reason.into()) }
    }

    fn of(best: &Answered) -> Self {
        if let Some(reason) = &best.reason {
            return Self::no(reason);
        }
        if best.origin <= Origin::Repaired {
            return Self { status: Status::Measured, reason: None };
        }
        let reason = format!("answers, at the furthest with {} {}", best.worst, best.origin);
        Self { status: Status::Hybrid, reason: Some(reason) }
    }
}

/// The terms of [`SAMPLE`].
///
/// # Errors
/// Only if the sample does not parse.
pub fn sample() -> Result<Vec<AxisTerm>> {
    static TERMS: LazyLock<Result<Vec<AxisTerm>>> = LazyLock::new(|| {
        let statements = crate::lang::parse::parse("<coverage>", SAMPLE)?;
        match statements.into_iter().next().map(|s| s.kind) {
            Some(StatementKind::Set(terms)) => Ok(terms),
            _ => Err(Error::internal(Code::ParserBug, "the sample workload is settings")),
        }
    });
    TERMS.clone()
}

/// How well a mode of a target is covered. `asked` has the axes of [`sample`].
///
/// # Errors
/// Unknown names in definitions, damaged tables.
pub fn cover(
    library: &Library,
    asked: &Question,
    mode: &ModeDef,
    target: &Target,
    look: Look,
) -> Result<Cover> {
    let given = Given::default();
    let targets = vec![target.clone(); mode.pools.len().max(1)];
    let scope = deployment(library, asked, mode, &targets, &given)?;
    let mut parts = Parts::new(&scope, false)?;
    parts.rules()?;
    asked.filter.iter().try_for_each(|condition| parts.condition(condition))?;
    let Parts { whole, pools } = parts;
    if pools.is_empty() {
        return Ok(match pool(&whole, look)? {
            Err(reason) => Cover::no(reason),
            Ok((_, found)) => {
                best(found.iter()).map_or_else(|| Cover::no("there is no worker"), Cover::of)
            }
        });
    }
    let mut sides = Vec::new();
    for part in &pools {
        match pool(part, look)? {
            Err(reason) => return Ok(Cover::no(format!("{}: {reason}", part.scope.pool))),
            Ok(side) => sides.push(side),
        }
    }
    let found = together(&whole, sides)?;
    match look {
        // The first workers of both pools need not fit together.
        Look::Short | Look::Hasty if found.status == Status::No => {
            cover(library, asked, mode, target, Look::Thorough)
        }
        _ => Ok(found),
    }
}

/// The shapes of a pool that all ops answer for, with what they answer; or what is missing. A
/// measurement that is missing says more than the rule that would have told.
fn pool(
    part: &Part<'_>,
    look: Look,
) -> Result<std::result::Result<(Frame, Vec<Answered>), String>> {
    let frame = match shapes(part)? {
        Ok(frame) => frame,
        Err(rule) => return Ok(Err(rule)),
    };
    let (frame, found) = answered(part, frame, look)?;
    if let Some(reason) = best(found.iter()).and_then(|a| a.reason.as_ref()) {
        return Ok(Err(reason.clone()));
    }
    if let Some(rule) = blocking_rule(part) {
        return broken(&frame, rule).map(Err);
    }
    let complete: Vec<bool> = found.iter().map(|a| a.missing == 0).collect();
    let found = found.into_iter().filter(|a| a.missing == 0).collect();
    Ok(Ok((frame.keep(&complete)?, found)))
}

/// The best of the pairs of workers that the rules of the deployment allow.
fn together(whole: &Part<'_>, sides: Vec<(Frame, Vec<Answered>)>) -> Result<Cover> {
    let mut joined: Option<(Frame, Vec<Answered>)> = None;
    for (frame, found) in sides {
        joined = Some(match joined {
            None => (frame, found),
            Some((before, those)) => {
                let worse = |a: &Answered, b: &Answered| {
                    if a.origin >= b.origin { a.clone() } else { b.clone() }
                };
                let pairs = those.iter().flat_map(|a| found.iter().map(move |b| worse(a, b)));
                let pairs = pairs.collect();
                (before.pairs(&frame)?, pairs)
            }
        });
    }
    let Some((mut frame, mut found)) = joined else { return Ok(Cover::no("there is no pool")) };
    // Numbers of workers are free, so only rules on shapes matter.
    for rule in &whole.predicates {
        if !frame.has(rule.holds.columns().iter()) {
            continue;
        }
        let holds = frame.holds(&rule.holds)?;
        if !holds.contains(&true) {
            return Ok(Cover::no(broken(&frame, rule)?));
        }
        frame = frame.keep(&holds)?;
        let mut kept = holds.iter();
        found.retain(|_| kept.next() == Some(&true));
    }
    Ok(best(found.iter()).map_or_else(|| Cover::no("there is no worker"), Cover::of))
}

/// The shape that lacks least, and is nearest to measurements.
fn best<'a>(found: impl Iterator<Item = &'a Answered>) -> Option<&'a Answered> {
    found.min_by_key(|a| (a.missing, a.origin))
}
