//! Searches whose requests are simulated. Formulas rank all candidates, without the conditions that only a
//! simulation can judge. Along that order each layout is tried for the first candidate that keeps the
//! conditions, as long as it can be among the best; those around it are simulated for the answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray, UInt32Array};
use datafusion::arrow::compute::{concat_batches, take_record_batch};
use datafusion::arrow::datatypes::{DataType, Float64Type};

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
use crate::session::analysis::formula::needs_simulation;
use crate::session::run::numbers;
use crate::session::state::Session;

/// Candidates that formulas rank.
const RANKED: usize = 40_000;

/// Candidates whose requests are followed for the answer at most, and of one layout.
const MOST: usize = 160;
const OF_LAYOUT: usize = 8;

/// How often candidates are tried, and how many of a layout at once.
const ROUNDS: usize = 3;
const AT_ONCE: usize = 5;

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

/// How far formulas may be off in what is best, as a share.
const OFF: f64 = 0.15;

/// Requests that are followed at most, over all candidates.
const REQUESTS: f64 = 4e6;

/// The candidates whose requests are followed, as branches over them.
pub(in crate::session) struct Followed {
    pub(in crate::session) branches: Vec<Branch>,
    /// How many they are.
    pub(in crate::session) candidates: usize,
}

impl Session {
    /// The candidates that are simulated for a question, as branches that follow their requests.
    pub(in crate::session) fn followed(
        &self,
        asked: &Question,
        purpose: Purpose,
    ) -> Result<Followed> {
        let Some(ranked) = self.ranked_by_formulas(asked)? else {
            return Ok(Followed { branches: Vec::new(), candidates: 0 });
        };
        let most = most(asked);
        let rows = if ranked.rows.num_rows() <= most {
            ranked.rows
        } else if matches!(asked.objective, Some(Objective::Pareto(_))) {
            ranked.rows.slice(0, most)
        } else {
            take(&ranked.rows, &self.tried(asked, &ranked, most)?)?
        };
        let branches = self.branches_of(asked, &rows, purpose)?;
        Ok(Followed { branches, candidates: rows.num_rows() })
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
        let open = asked.overrides.iter().any(|term| term.name.text == "arrivals");
        (mean && !open).then(|| {
            let bound = right.as_ref().clone().then(BinaryOp::Mul, Expr::number(LOOSE));
            let kind = ExprKind::Binary(*op, left.clone(), Box::new(bound));
            Expr { kind, loc: condition.loc.clone() }
        })
    }

    /// Of each layout the candidates around the first that keeps all conditions, found by trying some along
    /// the order of the formulas, as long as the layout can be among the best.
    fn tried(&self, asked: &Question, ranked: &Ranked, most: usize) -> Result<Vec<u32>> {
        let mut layouts = self.by_layout(asked, &ranked.rows)?;
        let quick = with_less_effort(asked);
        for _ in 0..ROUNDS {
            let bar = bar(asked, ranked, &layouts);
            let live = layouts.iter_mut().filter(|layout| layout.may_be_best(ranked, bar));
            let mut trials: Vec<(&mut Layout, Vec<usize>)> = live
                .map(|layout| {
                    let places = layout.places();
                    (layout, places)
                })
                .collect();
            let mut rows: Vec<u32> = Vec::new();
            for (layout, places) in &mut trials {
                places.retain(|_| rows.len() < TRIED);
                rows.extend(places.iter().map(|place| layout.rows[*place]));
                rows.truncate(TRIED);
            }
            if rows.is_empty() {
                break;
            }
            let keeps = self.keep_all(&quick, &take(&ranked.rows, &rows)?)?;
            let kept: BTreeMap<u32, bool> = rows.into_iter().zip(keeps).collect();
            for (layout, places) in trials {
                layout.learn(&places, &kept);
            }
        }
        let bar = bar(asked, ranked, &layouts);
        let live = layouts.iter().filter(|layout| layout.may_be_best(ranked, bar));
        let found: Vec<u32> = live.flat_map(Layout::around).take(most).collect();
        if !found.is_empty() {
            return Ok(found);
        }
        // What comes nearest is among the last of each layout.
        Ok(layouts.iter().filter_map(|layout| layout.rows.last().copied()).take(most).collect())
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
        names.extend(asked.per.iter().cloned());
        let mut layouts: BTreeMap<Vec<Option<String>>, Vec<u32>> = BTreeMap::new();
        for row in 0..ranked.num_rows() {
            let view = RowView::new(ranked, row);
            let value = |name: &Name| {
                let column = name.text.replace('.', "_");
                view.text(&column).or_else(|| Some(view.number(&column)?.to_string()))
            };
            layouts.entry(names.iter().map(value).collect()).or_default().push(row as u32);
        }
        let mut layouts: Vec<Layout> = layouts.into_values().map(Layout::new).collect();
        layouts.sort_by_key(|layout| layout.rows.first().copied());
        Ok(layouts)
    }

    /// Which of some candidates keep all conditions, by a simulation.
    fn keep_all(&self, asked: &Question, rows: &RecordBatch) -> Result<Vec<bool>> {
        let branches = self.branches_of(asked, rows, Purpose::Estimate)?;
        let context = self.context_for(0);
        let plan = self.optimized(&context, &together(asked, &branches)?)?;
        let mut keeps = vec![false; rows.num_rows()];
        for batch in self.collect(&context, plan)?.batches {
            let column = |name: &str| batch.column_by_name(name).ok_or_else(|| bug("no column"));
            let numbers = column(ROW)?.as_primitive::<Float64Type>().clone();
            let (violates, reason) = (column("violates")?, column("reason")?);
            for (i, row) in numbers.iter().enumerate() {
                if let Some(place) = row.and_then(|row| keeps.get_mut(row as usize)) {
                    *place = violates.is_null(i) && reason.is_null(i);
                }
            }
        }
        Ok(keeps)
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

/// The candidates of one layout in the order of the formulas, and what trying some of them told.
struct Layout {
    rows: Vec<u32>,
    /// The first place that keeps all conditions, as far as known.
    kept: Option<usize>,
    /// How many places before it are known to break one.
    broken: usize,
    /// Whether nothing was tried.
    is_new: bool,
}

impl Layout {
    fn new(rows: Vec<u32>) -> Self {
        Self { rows, kept: None, broken: 0, is_new: true }
    }

    /// Places to be tried next: over all of it first, then between what broke and what kept.
    fn places(&self) -> Vec<usize> {
        let (from, to) = (self.broken, self.kept.unwrap_or(self.rows.len()));
        if from >= to || (!self.is_new && self.kept.is_none()) {
            return Vec::new();
        }
        let mut places: Vec<usize> =
            (0..=AT_ONCE).map(|i| from + (to - 1 - from) * i / AT_ONCE).collect();
        places.dedup();
        places
    }

    /// Takes in which of some places keep all conditions.
    fn learn(&mut self, places: &[usize], kept: &BTreeMap<u32, bool>) {
        let mut places: Vec<usize> = places.to_vec();
        places.sort_unstable();
        for place in places {
            self.is_new = false;
            match kept.get(&self.rows[place]) {
                Some(true) => {
                    self.kept = Some(self.kept.map_or(place, |known| known.min(place)));
                    break;
                }
                Some(false) => self.broken = self.broken.max(place + 1),
                None => {}
            }
        }
    }

    /// Whether its best candidate that may keep the conditions is not behind the bar.
    fn may_be_best(&self, ranked: &Ranked, bar: f64) -> bool {
        let first = self.rows.get(self.broken).and_then(|row| ranked.keys.get(*row as usize));
        let known = self.is_new || self.kept.is_some();
        known && first.is_none_or(|key| key - OFF * key.abs() <= bar)
    }

    /// The places around the first that keeps all conditions.
    fn around(&self) -> Vec<u32> {
        let Some(kept) = self.kept else { return Vec::new() };
        let from = self.broken.max(kept.saturating_sub(OF_LAYOUT / 2)).min(kept);
        self.rows[from..(kept + OF_LAYOUT / 2).min(self.rows.len())].to_vec()
    }
}

/// What a layout must not be behind: the key of the last that an answer has room for, of those known to
/// keep all conditions.
fn bar(asked: &Question, ranked: &Ranked, layouts: &[Layout]) -> f64 {
    if !asked.per.is_empty() {
        return f64::INFINITY;
    }
    let kept = |layout: &Layout| Some(*ranked.keys.get(*layout.rows.get(layout.kept?)? as usize)?);
    let mut keys: Vec<f64> = layouts.iter().filter_map(kept).collect();
    keys.sort_by(f64::total_cmp);
    keys.get(asked.top.saturating_sub(1)).map_or(f64::INFINITY, |key| key + OFF * key.abs())
}

fn take(rows: &RecordBatch, chosen: &[u32]) -> Result<RecordBatch> {
    take_record_batch(rows, &UInt32Array::from(chosen.to_vec())).map_err(bug)
}
