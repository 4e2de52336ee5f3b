//! Searches whose requests are simulated. Formulas rank all candidates, without the conditions that only a
//! simulation can judge. Along that order each layout is tried for the first candidate that keeps the
//! conditions, as long as it can be among the best; those around it are simulated for the answer.

mod layout;

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray, UInt32Array};
use datafusion::arrow::compute::{concat_batches, take_record_batch};
use datafusion::arrow::datatypes::DataType;

use crate::base::error::{Result, bug};
use crate::base::rows::{RowView, TableBuilder};
use crate::lang::ast::{
    AxisTerm, BinaryOp, ColumnDef, Domain, Expr, ExprKind, Name, Objective, Owner, Trait,
};
use crate::lang::units::Unit;
use crate::plan::expr::col::{Col, ROW};
use crate::plan::question::Question;
use crate::plan::question::estimate::{groups, is_text};
use crate::plan::search::branch::{Branch, Purpose};
use crate::plan::search::rank::together;
use crate::session::analysis::formula::{is, needs_simulation};
use crate::session::run::numbers;
use crate::session::state::{Session, Trials};
use layout::{Group, Layout, bars};

/// Candidates that formulas rank.
const RANKED: usize = 40_000;

/// Candidates whose requests are followed for the answer at most.
const MOST: usize = 160;

/// Candidates that are followed for the answer at least, where so many are near enough to the conditions when
/// tried: as a share of the bounds.
const FEWEST: usize = 32;
const NEAR: f64 = 0.05;

/// How often candidates are tried, and how often at most while none is known that keeps all conditions.
const ROUNDS: usize = 3;
const LONGEST: usize = 7;

/// Candidates that are tried at once at most.
const TRIED: usize = 1200;

/// The axis that says how many requests of a candidate are followed.
const REQUESTS_OF: &str = "requests";

/// The most requests of a candidate that is only tried, where the question says how many there are.
const FEW: f64 = 2000.0;

/// The share of the requests that is followed where candidates are only tried.
const EFFORT: f64 = 0.3;

/// How far bounds on means are loosened for formulas.
const LOOSE: f64 = 2.0;

/// Requests that are followed at most, over all candidates.
const REQUESTS: f64 = 4e6;

/// The candidates whose requests are followed, as branches over them.
pub(in crate::session) struct Followed {
    pub(in crate::session) branches: Vec<Branch>,
    pub(in crate::session) trials: Trials,
}

impl Session {
    /// The candidates that are simulated for a question, as branches that follow their requests.
    pub(in crate::session) fn followed(
        &self,
        asked: &Question,
        purpose: Purpose,
    ) -> Result<Followed> {
        let Some(ranked) = self.ranked_by_formulas(asked)? else {
            return Ok(Followed { branches: Vec::new(), trials: Trials::default() });
        };
        let (most, count) = (most(asked), ranked.rows.num_rows());
        let mut tried = 0;
        let rows = if ranked.rows.num_rows() <= most {
            ranked.rows
        } else if matches!(asked.objective, Some(Objective::Pareto(_))) {
            ranked.rows.slice(0, most)
        } else {
            let (chosen, trials) = self.worth_following(asked, &ranked, most)?;
            tried = trials;
            take(&ranked.rows, &chosen)?
        };
        let branches = self.branches_of(asked, &rows, purpose)?;
        let trials = Trials { ranked: count, tried, in_full: rows.num_rows() };
        Ok(Followed { branches, trials })
    }

    /// The candidates that keep all conditions but those on times, the best by the formulas first.
    fn ranked_by_formulas(&self, asked: &Question) -> Result<Option<Ranked>> {
        let mut first = asked.clone();
        let kept = asked.filter.iter().filter_map(|condition| self.loosened(asked, condition));
        first.filter = kept.collect();
        first.top = RANKED;
        first.per.clear();
        first.distinct.clear();
        first.by_layout = false;
        let branches = self.branches(&first, Purpose::Rank)?;
        let context = self.context_for(branches.iter().map(|b| b.rows).sum());
        let plan = self.optimized(&context, &together(&first, &branches)?)?;
        let batches = self.collect(&context, plan)?.batches;
        let Some(batch) = batches.iter().find(|batch| batch.num_rows() > 0) else {
            return Ok(None);
        };
        let rows = concat_batches(&batch.schema(), &batches).map_err(bug)?;
        let keys = numbers(&rows, &Col::Sort(0).to_string())?;
        let keys =
            keys.map_or_else(Vec::new, |keys| keys.iter().map(Option::unwrap_or_default).collect());
        Ok(Some(Ranked { rows: self.candidates(&rows)?, keys }))
    }

    /// What formulas can say of a condition: bounds on means are loosened, as they are near; nothing where a
    /// load is not that of formulas, and of what only a simulation knows.
    fn loosened(&self, asked: &Question, condition: &Expr) -> Option<Expr> {
        let mut names = Vec::new();
        condition.names(&mut names);
        let simulated = |name: &String| {
            self.library.unit_of(name) == Unit::Time
                || self.library.unit_of(name) == Unit::TokenRate
                || needs_simulation(&self.library, name)
        };
        if !names.iter().any(simulated) {
            return Some(condition.clone());
        }
        let ExprKind::Binary(op @ (BinaryOp::Lt | BinaryOp::Le), left, right) = &condition.kind
        else {
            return None;
        };
        let mean = matches!(&left.kind, ExprKind::Name(name)
            if self.library.unit_of(name) == Unit::Time && !needs_simulation(&self.library, name));
        let open = asked.overrides.iter().any(|t| t.name.text == "arrivals" && is(t, "open"));
        (mean && !open).then(|| {
            let bound = right.as_ref().clone().then(BinaryOp::Mul, Expr::number(LOOSE));
            let kind = ExprKind::Binary(*op, left.clone(), Box::new(bound));
            Expr { kind, loc: condition.loc.clone() }
        })
    }

    /// Of each layout the candidates around the first that keeps all conditions, found by trying some along
    /// the order of the formulas, as long as the layout can be among the best; where none does, those that
    /// come nearest. With how many were tried.
    fn worth_following(
        &self,
        asked: &Question,
        ranked: &Ranked,
        most: usize,
    ) -> Result<(Vec<u32>, usize)> {
        let mut layouts = self.by_layout(asked, &ranked.rows)?;
        let quick = with_less_effort(asked);
        let mut tried = 0;
        for round in 0..LONGEST {
            if round >= ROUNDS && layouts.iter().any(|layout| layout.kept().is_some()) {
                break;
            }
            let bars = bars(asked.top, &ranked.keys, &layouts);
            let mut rows: Vec<u32> = Vec::new();
            let mut trials = Vec::new();
            for layout in
                layouts.iter_mut().filter(|layout| layout.may_be_best(&ranked.keys, &bars))
            {
                let mut places = layout.places();
                places.truncate(TRIED - rows.len());
                rows.extend(places.iter().map(|place| layout.rows[*place]));
                trials.push((layout, places));
            }
            if rows.is_empty() {
                break;
            }
            tried += rows.len();
            let misses = self.misses(&quick, &take(&ranked.rows, &rows)?)?;
            let misses: BTreeMap<u32, f64> = rows.into_iter().zip(misses).collect();
            for (layout, places) in trials {
                layout.learn(&places, &misses);
            }
        }
        let bars = bars(asked.top, &ranked.keys, &layouts);
        let live = layouts.iter().filter(|layout| layout.may_be_best(&ranked.keys, &bars));
        let mut found: Vec<u32> =
            live.flat_map(|layout| layout.around(asked.top)).take(most).collect();
        // All requests may say otherwise than few of what is near a bound.
        let mut nearest: Vec<(f64, u32)> = layouts.iter().flat_map(Layout::tried).collect();
        let none = found.is_empty();
        nearest.retain(|(miss, row)| (none || *miss <= NEAR) && !found.contains(row));
        nearest.sort_by(|a, b| a.0.total_cmp(&b.0));
        let room = if none { most } else { FEWEST.max(asked.top).saturating_sub(found.len()) };
        found.extend(nearest.into_iter().map(|(_, row)| row).take(room));
        Ok((found, tried))
    }

    /// The rows of each layout, and of each value that rows are counted per, in their order.
    fn by_layout(&self, asked: &Question, ranked: &RecordBatch) -> Result<Vec<Layout>> {
        let mut names = self.layout_names(asked)?;
        // Pools with other numbers of workers are no more alike than others; batches are.
        let counts =
            |c: &&ColumnDef| c.is(Trait::Tuned) && c.is_of(Owner::Pool) && !c.is_of(Owner::Worker);
        for pool in self.library.pools() {
            let own = self.library.columns.iter().filter(counts);
            names.extend(own.map(|c| Name::new(format!("{pool}.{}", c.name.text))));
        }
        let mut apart = asked.per.clone();
        if !asked.by_layout {
            apart.extend(asked.distinct.iter().cloned());
        }
        names.extend(apart.iter().cloned());
        let mut layouts: BTreeMap<Group, Vec<u32>> = BTreeMap::new();
        for row in 0..ranked.num_rows() {
            let view = RowView::new(ranked, row);
            let value = |name: &Name| {
                let column = name.text.replace('.', "_");
                view.text(&column).or_else(|| Some(view.number(&column)?.to_string()))
            };
            layouts.entry(names.iter().map(value).collect()).or_default().push(row as u32);
        }
        let group = |names: Group| names[names.len() - apart.len()..].to_vec();
        let layouts = layouts.into_iter().map(|(names, rows)| Layout::new(group(names), rows));
        let mut layouts: Vec<Layout> = layouts.collect();
        layouts.sort_by_key(|layout| layout.rows.first().copied());
        Ok(layouts)
    }

    /// How far some candidates are from the conditions by a simulation, as a share of the bounds: 0 keeps
    /// them all.
    fn misses(&self, asked: &Question, rows: &RecordBatch) -> Result<Vec<f64>> {
        let branches = self.branches_of(asked, rows, Purpose::Estimate)?;
        let context = self.context_for(0);
        let plan = self.optimized(&context, &together(asked, &branches)?)?;
        let mut misses = vec![f64::INFINITY; rows.num_rows()];
        for batch in self.collect(&context, plan)?.batches {
            for i in 0..batch.num_rows() {
                let row = RowView::new(&batch, i);
                let at = row.number(ROW).ok_or_else(|| bug("no row"))?;
                let Some(miss) = misses.get_mut(at as usize) else { continue };
                let missed = row.number(&Col::Miss.to_string());
                *miss = match (row.text("reason"), row.text("violates")) {
                    (None, None) => 0.0,
                    // A rule that is broken is no nearer than a bound that is missed by all of it.
                    (None, Some(_)) => missed.filter(|miss| *miss > 0.0).unwrap_or(1.0),
                    (Some(_), _) => f64::INFINITY,
                };
            }
        }
        Ok(misses)
    }

    /// Candidates as branches that follow their requests.
    fn branches_of(
        &self,
        asked: &Question,
        rows: &RecordBatch,
        purpose: Purpose,
    ) -> Result<Vec<Branch>> {
        let mut branches = Vec::new();
        for group in groups(&self.library, rows)?.groups {
            let mut narrowed = asked.clone();
            for (name, value) in &group.choices {
                if !is_text(&self.library, name) {
                    narrowed.choices.insert(name.clone(), vec![Name::new(value)]);
                }
            }
            branches.push(self.branch_of(&narrowed, &group.table, purpose)?);
        }
        Ok(branches)
    }

    /// The columns that say what candidates are. A text of two pools says nothing of either.
    fn candidates(&self, rows: &RecordBatch) -> Result<RecordBatch> {
        let (mut fields, mut columns) = (Vec::new(), Vec::<ArrayRef>::new());
        for (field, column) in rows.schema().fields().iter().zip(rows.columns()) {
            // How many requests there are, the question says.
            let name = field.name();
            if Col::is_hidden(name) || self.library.is_metric(name) || name == REQUESTS_OF {
                continue;
            }
            fields.push(field.as_ref().clone().with_nullable(true));
            columns.push(match (field.data_type(), column.as_string_opt::<i32>()) {
                (DataType::Utf8, Some(texts)) => {
                    let one = texts.iter().map(|text| text.filter(|text| !text.contains(" + ")));
                    Arc::new(one.collect::<StringArray>())
                }
                _ => Arc::clone(column),
            });
        }
        TableBuilder::of(fields, columns).build()
    }
}

/// Candidates that are followed at most: fewer, where the question says how many requests of each are.
fn most(asked: &Question) -> usize {
    let said = asked.overrides.iter().find(|term| term.name.text == REQUESTS_OF);
    let requests = said.and_then(|term| match &term.domain {
        Domain::Value(Expr { kind: ExprKind::Number(n, _), .. }) => Some(*n),
        _ => None,
    });
    requests.map_or(MOST, |n| ((REQUESTS / n.max(1.0)) as usize).clamp(4, MOST))
}

/// The question with fewer requests, for candidates that are only tried.
fn with_less_effort(asked: &Question) -> Question {
    let mut quick = asked.clone();
    quick.overrides.push(AxisTerm::number("simulation_effort", EFFORT));
    for term in quick.overrides.iter_mut().filter(|term| term.name.text == REQUESTS_OF) {
        if let Domain::Value(Expr { kind: ExprKind::Number(n, _), .. }) = &mut term.domain {
            *n = n.min(FEW);
        }
    }
    quick
}

/// Candidates with what formulas rank them by, the least first.
struct Ranked {
    rows: RecordBatch,
    keys: Vec<f64>,
}

fn take(rows: &RecordBatch, chosen: &[u32]) -> Result<RecordBatch> {
    take_record_batch(rows, &UInt32Array::from(chosen.to_vec())).map_err(bug)
}
