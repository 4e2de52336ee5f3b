//! Rows of an op graph in one phase: sections and groups taken apart, alternatives chosen, each
//! row with its count and the lane it runs in.

use super::terms::{Env, Lane, condition, row_terms, unknown_name, weight_coordinates};
use crate::base::error::{Code, Error, Result};
use crate::lang::ast::{Alternative, GraphItem, Group, GroupKind, Name, OpRow, Phase};
use crate::model::value::Value;
use crate::perf::OpSpec;
use crate::plan::expr::elements::elements;
use crate::plan::expr::lower::{known, lower};
use crate::plan::expr::lowered::Lowered;
use crate::plan::expr::names::Names;
use crate::plan::target::Target;

/// A row with what its place in the graph says of it.
pub(in crate::plan) struct Placed<'r, 's, 'a> {
    /// The row.
    pub(in crate::plan) row: &'r OpRow,
    /// The names it sees.
    pub(in crate::plan) env: Env<'s, 'a>,
    /// How often it runs.
    pub(in crate::plan) count: Lowered,
    /// Where it runs side by side with others.
    pub(in crate::plan) lane: Option<Lane>,
    /// Whether its weights are those of a row of another phase: drafting uses the ends of the model.
    pub(in crate::plan) shared: bool,
}

/// A question about an operation with its texts.
type Holds = dyn Fn(&Target, &'static OpSpec, &[String]) -> Result<bool>;

/// The rows of a phase.
///
/// # Errors
/// Unknown names; `AIQ0213` where no alternative applies.
pub(in crate::plan) fn rows<'s, 'a>(
    env: &Env<'s, 'a>,
    phase: Phase,
) -> Result<Vec<Placed<'s, 's, 'a>>> {
    let mut walk = Walk { phase, blocks: 0, open: Vec::new(), placed: Vec::new() };
    let place = Place {
        env: env.clone(),
        count: Lowered::number(1.0),
        lane: None,
        phase: None,
        own: false,
    };
    walk.items(&env.scope.target.architecture.graph, &place)?;
    Ok(walk.placed)
}

/// What a group hands down to its rows.
#[derive(Clone)]
struct Place<'s, 'a> {
    env: Env<'s, 'a>,
    count: Lowered,
    lane: Option<Lane>,
    phase: Option<Phase>,
    /// Whether it is in a section that is repeated, whose copies in draft layers are their own.
    own: bool,
}

/// Whether rows with this mark belong to a phase. Draft layers decode: they have the decode rows
/// and more. Rows without a mark are of the decoder.
fn belongs(mark: Option<Phase>, phase: Phase) -> bool {
    match mark {
        Some(Phase::Generation) => matches!(phase, Phase::Generation | Phase::Draft),
        Some(mark) => mark == phase,
        None => phase != Phase::Encoder,
    }
}

/// Whether rows with this count are there at all: kinds of layers that a model lacks need not be
/// measured.
fn runs(count: &Lowered) -> bool {
    count.value() != Some(&Value::Number(0.0))
}

struct Walk<'s, 'a> {
    phase: Phase,
    /// Blocks of lanes met so far.
    blocks: usize,
    /// Sets of rows being expanded.
    open: Vec<String>,
    placed: Vec<Placed<'s, 's, 'a>>,
}

impl<'s, 'a> Walk<'s, 'a> {
    fn items(&mut self, items: &'s [GraphItem], place: &Place<'s, 'a>) -> Result<()> {
        for item in items {
            match item {
                GraphItem::Row(row) => self.row(row, place)?,
                GraphItem::Group(group) => self.group(group, place)?,
                GraphItem::Use(name) => self.shared(name, place)?,
            }
        }
        Ok(())
    }

    /// The rows of a name, which several architectures share.
    fn shared(&mut self, name: &Name, place: &Place<'s, 'a>) -> Result<()> {
        let scope = place.env.scope;
        let known = &scope.library.rows;
        let set = known
            .get(&name.text, &scope.target.backend)
            .ok_or_else(|| unknown_name("set of rows", name, known.names()))?;
        if self.open.contains(&name.text) {
            return Err(Error::question(
                Code::DefinedByItself,
                format!("`{}` uses itself", name.text),
            )
            .at(name.loc.span(), "needs rows of its own"));
        }
        self.open.push(name.text.clone());
        let done = self.items(&set.rows, place);
        self.open.pop();
        done
    }

    fn row(&mut self, row: &'s OpRow, place: &Place<'s, 'a>) -> Result<()> {
        let mark = row.phase.or(place.phase);
        if !belongs(mark, self.phase) {
            return Ok(());
        }
        let env = &place.env;
        let mut count = place.count.clone();
        if let Some(times) = &row.times {
            count = count.times(lower(times, env)?);
        }
        if let Some(count) = condition(env, row.when.as_ref(), count)?.filter(runs) {
            let shared = self.phase == Phase::Draft && !place.own && mark != Some(Phase::Draft);
            self.placed.push(Placed { row, env: env.clone(), count, lane: place.lane, shared });
        }
        Ok(())
    }

    fn group(&mut self, group: &'s Group, place: &Place<'s, 'a>) -> Result<()> {
        let mut place = place.clone();
        place.phase = group.phase.or(place.phase);
        if place.phase.is_some() && !belongs(place.phase, self.phase) {
            return Ok(());
        }
        if let Some(per) = &group.per {
            place.own = true;
            let times = self.repeated(per, &place)?;
            place.count = place.count.times(times);
        }
        if let Some(times) = &group.times {
            place.count = place.count.times(lower(times, &place.env)?);
        }
        match condition(&place.env, group.when.as_ref(), place.count.clone())?.filter(runs) {
            Some(count) => place.count = count,
            None => return Ok(()),
        }
        match &group.kind {
            GroupKind::Rows(rows) => self.items(rows, &place)?,
            GroupKind::Each(each, rows) => {
                // Elements are layers of the model; draft layers say what they are.
                if self.phase == Phase::Draft && place.phase != Some(Phase::Draft) {
                    return Ok(());
                }
                for element in elements(each, &place.env)? {
                    let mut inner = place.clone();
                    inner.count = inner.count.times(Lowered::number(element.count));
                    inner.env.elements.push(element);
                    self.items(rows, &inner)?;
                }
            }
            GroupKind::Overlap(lanes) => {
                let block = self.blocks;
                self.blocks += 1;
                for (lane, rows) in lanes.iter().enumerate() {
                    // Lanes inside a lane belong to the outer one: one level is enough.
                    let lane = place.lane.or(Some(Lane { block, lane }));
                    self.items(rows, &Place { lane, ..place.clone() })?;
                }
            }
            GroupKind::Prefer(alternatives) => self.prefer(alternatives, &place)?,
        }
        Ok(())
    }

    /// How often a section runs: `per_NAME`, or in a run of the draft layers `draft_NAME`, never
    /// where an architecture says nothing of it.
    fn repeated(&self, per: &Name, place: &Place<'s, 'a>) -> Result<Lowered> {
        if self.phase != Phase::Draft {
            return place.env.name(&format!("per_{}", per.text), &per.loc);
        }
        let name = format!("draft_{}", per.text);
        match place.env.scope.defines(&name)? {
            true => place.env.name(&name, &per.loc),
            false => Ok(Lowered::number(0.0)),
        }
    }

    /// The rows of the first eligible alternative all of whose operations were measured, else of
    /// the last eligible one, whose operations then say what is missing.
    fn prefer(&mut self, alternatives: &'s [Alternative], place: &Place<'s, 'a>) -> Result<()> {
        let mut trials = Vec::new();
        for alternative in alternatives {
            if let Some(when) = &alternative.when
                && known(when, &place.env)? != Value::Bool(true)
            {
                continue;
            }
            let mut trial = Walk {
                phase: self.phase,
                blocks: self.blocks,
                open: self.open.clone(),
                placed: Vec::new(),
            };
            trial.items(&alternative.rows, place)?;
            if trial.all(&Target::covers)? {
                self.take(trial);
                return Ok(());
            }
            trials.push(trial);
        }
        // What was measured goes before what is transferred.
        let transferred = trials.iter().map(|trial| trial.all(&Target::prices));
        let transferred = transferred.collect::<Result<Vec<bool>>>()?;
        if let Some(at) = transferred.iter().position(|all| *all) {
            self.take(trials.swap_remove(at));
            return Ok(());
        }
        let trial = trials.pop().ok_or_else(|| {
            let error = Error::question(Code::NotAName, "no alternative of `prefer` applies");
            match alternatives.iter().find_map(|a| a.when.as_ref()) {
                Some(when) => error.at(when.loc.span(), "does not hold"),
                None => error,
            }
        })?;
        self.take(trial);
        Ok(())
    }

    fn take(&mut self, trial: Self) {
        self.blocks = trial.blocks;
        self.placed.extend(trial.placed);
    }

    /// Whether this holds of the operation and the texts of each row.
    fn all(&self, holds: &Holds) -> Result<bool> {
        let mut terms = Vec::new();
        for placed in &self.placed {
            // Coverage is a matter of texts; a pass need not have the coordinates of rows that
            // it leaves out.
            let mut env = placed.env.clone();
            for (name, value) in weight_coordinates() {
                env.bindings.entry(name).or_insert(value);
            }
            let Placed { row, count, lane, shared, .. } = placed;
            let placed = Placed { row, env, count: count.clone(), lane: *lane, shared: *shared };
            row_terms(&placed, 0, &Lowered::number(1.0), &mut terms)?;
        }
        for term in terms.iter().filter(|t| t.op.table.is_some()) {
            let target = self.placed.first().map(|p| p.env.scope.target);
            if let Some(target) = target
                && !holds(target, term.op, &term.text)?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
