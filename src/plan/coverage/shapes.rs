//! The worker shapes that the rules allow, and what the measurements say of each.

use crate::plan::expr::lowered::Lowered;
use std::collections::BTreeMap;
use std::collections::HashMap;

use super::frame::Frame;
use crate::base::error::{Result, bug};
use crate::perf::{Failure, Origin};
use crate::plan::graph::terms::{OpTerm, PassTerms};
use crate::plan::nodes::opjoin::Bound;
use crate::plan::relation::Predicate;
use crate::plan::relation::axes;
use crate::plan::relation::part::Part;
use crate::plan::relation::well_formed::Valid;
use crate::plan::scope::Computed;

/// What the measurements say of one worker shape.
#[derive(Debug, Clone)]
pub(super) struct Answered {
    /// The worst origin of its measured ops.
    pub(super) origin: Origin,
    /// Which op has it.
    pub(super) worst: String,
    /// How many ops lack a measurement.
    pub(super) missing: usize,
    /// What the first of them lacks.
    pub(super) reason: Option<String>,
}

/// A rule that no shape can keep: one on what was measured at all, or on the model.
pub(super) fn blocking_rule<'p>(part: &'p Part<'_>) -> Option<&'p Predicate> {
    part.predicates.iter().find(|p| p.holds.value().is_some())
}

/// The shapes that are left by the other rules, or the rule that left none.
pub(super) fn shapes(part: &Part<'_>) -> Result<std::result::Result<Frame, String>> {
    let axes = part.scope.axes();
    let own = || {
        let rules = part.predicates.iter().filter(|p| p.holds.value().is_none());
        rules.filter(|p| !part.scope.is_priced(&p.holds))
    };
    let mut rules: Vec<&Predicate> = own().collect();
    // What shapes are possible, then which of these fit: the last rule is the reason.
    rules.sort_by_key(|p| p.inline.is_none());
    let inline: Vec<Lowered> = own().filter_map(|p| p.inline.clone()).collect();
    let left = Valid::new(&axes, &inline)?;
    let mut frame = computed(part, Frame::of(left.columns())?)?;
    for rule in &rules {
        frame = frame.keep(&frame.holds(&rule.holds)?)?;
    }
    if frame.rows() > 0 {
        return Ok(Ok(frame));
    }
    // Once more over all shapes, to see which rule takes the last.
    if axes::size(axes.values()) > 100_000 {
        return Ok(Err("no worker meets all rules".to_owned()));
    }
    let mut frame = computed(part, Frame::of(Valid::all(&axes).columns())?)?;
    for rule in rules {
        let holds = frame.holds(&rule.holds)?;
        if holds.contains(&true) {
            frame = frame.keep(&holds)?;
        } else {
            return broken(&frame, rule).map(Err);
        }
    }
    Ok(Err("no worker meets all rules".to_owned()))
}

/// What a rule says of the shape that comes nearest to keeping it.
pub(super) fn broken(frame: &Frame, rule: &Predicate) -> Result<String> {
    let Some(broken) = rule.broken.as_ref().filter(|b| b.is_known(frame.schema())) else {
        return Ok(format!("rule `{}`", rule.name));
    };
    let distances = frame.numbers(&Lowered::row(broken.distance(frame.schema())))?;
    let nearest = distances.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1));
    let row = nearest.map_or(0, |(row, _)| row);
    let text = frame.text(&broken.text(frame.schema())?, row)?;
    Ok(format!("rule `{}`: {text}", rule.name))
}

/// With the columns that need no price.
fn computed(part: &Part<'_>, frame: Frame) -> Result<Frame> {
    let mut levels: BTreeMap<usize, Vec<Computed>> = BTreeMap::new();
    for column in part.scope.computed().into_iter().filter(|c| !c.priced) {
        levels.entry(column.level).or_default().push(column);
    }
    levels.into_values().try_fold(frame, |frame, columns| {
        frame.with(columns.iter().map(|c| (&c.name, c.expr.clone())))
    })
}

/// How thoroughly shapes are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// All ops of all shapes: the best shape is found, or the one that lacks least.
    Thorough,
    /// The same, unless the first shape is measured: no other can be better.
    Short,
    /// No further than to the first op that a shape lacks, and the first shape if that lacks none.
    Hasty,
}

impl Look {
    /// Whether what the first shape has is enough.
    fn is_content(self, first: &Answered) -> bool {
        let enough = match self {
            Self::Thorough => return false,
            Self::Short => Origin::Repaired,
            Self::Hasty => Origin::Roofline,
        };
        first.missing == 0 && first.origin <= enough
    }
}

/// What the measurements say of the shapes, over all passes.
pub(super) fn answered(
    part: &Part<'_>,
    shapes: Frame,
    look: Look,
) -> Result<(Frame, Vec<Answered>)> {
    if look != Look::Thorough {
        let only: Vec<bool> = (0..shapes.rows()).map(|row| row == 0).collect();
        let first = shapes.keep(&only)?;
        let found = all_answered(part, &first, Look::Hasty)?;
        if found.iter().any(|a| look.is_content(a)) {
            return Ok((first, found));
        }
    }
    let found = all_answered(part, &shapes, look)?;
    Ok((shapes, found))
}

fn all_answered(part: &Part<'_>, shapes: &Frame, look: Look) -> Result<Vec<Answered>> {
    let mut all =
        vec![
            Answered { origin: Origin::Measured, worst: String::new(), missing: 0, reason: None };
            shapes.rows()
        ];
    for pass in &part.passes {
        let frame = at(pass, shapes)?;
        for term in pass.terms.iter().filter(|t| t.op.table.is_some()) {
            price(part, term, &frame, (&mut all, look))?;
            if look == Look::Hasty && all.iter().all(|a| a.missing > 0) {
                return Ok(all);
            }
        }
    }
    Ok(all)
}

/// With the coordinates of a pass, at its first position.
fn at(pass: &PassTerms, shapes: &Frame) -> Result<Frame> {
    let mut frame = shapes.clone();
    if let Some((name, values)) = &pass.positions {
        let first = values.first().copied().unwrap_or(0.0);
        frame = frame.with([(name, Lowered::number(first).expr())])?;
    }
    frame.with(pass.coordinates.iter().map(|(name, value)| (name, value.expr())))
}

fn price(
    part: &Part<'_>,
    term: &OpTerm,
    frame: &Frame,
    (all, look): (&mut [Answered], Look),
) -> Result<()> {
    let counts = frame.numbers(&term.count)?;
    let numbers: Vec<Vec<f64>> =
        term.numbers.iter().map(|n| frame.numbers(n)).collect::<Result<_>>()?;
    let bound = part.scope.target.pricer(term.op, &term.text)?;
    let mut known: HashMap<Vec<u64>, std::result::Result<Origin, String>> = HashMap::new();
    for (row, (shape, count)) in all.iter_mut().zip(counts).enumerate() {
        if count == 0.0 || look == Look::Hasty && shape.missing > 0 {
            continue;
        }
        let own: Vec<f64> = numbers.iter().map(|n| n[row]).collect();
        let key = own.iter().map(|n| n.to_bits()).collect();
        let found = match known.entry(key) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => entry.insert(origin(&bound, &own)?),
        };
        match found {
            Ok(origin) if shape.worst.is_empty() || *origin > shape.origin => {
                shape.origin = *origin;
                shape.worst = format!("{}: {}", term.label, term.op.name);
            }
            Ok(_) => {}
            Err(reason) => {
                shape.missing += 1;
                shape.reason.get_or_insert_with(|| format!("{}: {reason}", term.label));
            }
        }
    }
    Ok(())
}

/// The origin of one price, or why there is none.
fn origin(bound: &Bound, numbers: &[f64]) -> Result<std::result::Result<Origin, String>> {
    if numbers.iter().any(|n| n.is_nan()) {
        return Err(bug("a shape of an op is unknown"));
    }
    match bound {
        Bound::Missing(reason) => Ok(Err(reason.clone())),
        Bound::Ready(pricer) => match pricer.price(numbers) {
            Ok(price) => Ok(Ok(price.origin)),
            Err(Failure::Miss(miss)) => Ok(Err(miss.to_string())),
            Err(Failure::Error(error)) => Err(error),
        },
    }
}
