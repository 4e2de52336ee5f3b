//! The slice that stands in for one that was not measured: the nearest whose differing keys may
//! differ, of the own releases first, then of other backends.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, PoisonError};

use super::{Finder, Key, MAX_KEYS, Numbers, Slice};
use crate::error::Error;
use crate::perf::model::Model;
use crate::perf::source::Source;
use crate::perf::transfer::{Rules, unlike};

/// A slice in place of another, and what it is a slice of.
pub(crate) struct StandIn {
    pub(crate) slice: Slice,
    /// The operation as it was measured there.
    pub(crate) model: Model,
    /// What differs: `head_dim=128`, `vllm 0.24.0`.
    pub(crate) from: String,
    /// How much more of the roofline is usually reached there, as a factor on the latency.
    pub(crate) level: f64,
    /// Numeric arguments with the values they were measured at.
    numbers: Vec<(usize, f64)>,
}

/// Stand-ins found so far, by numeric keys.
pub(super) type Known = HashMap<Box<[i32]>, Option<Arc<StandIn>>>;

/// A slice that may stand in.
struct Choice {
    source: Source,
    is_foreign: bool,
    key: Box<[i32]>,
    roots: std::ops::Range<usize>,
    /// The nearest is the least: distance, place among the preferred kernels, points.
    order: (f64, usize, Reverse<usize>),
}

impl StandIn {
    /// The numeric arguments as they were measured.
    pub(crate) fn place(&self, numbers: &mut [f64]) {
        for &(argument, value) in &self.numbers {
            numbers[argument] = value;
        }
    }
}

impl Finder {
    /// What stands in for the slice of the op's numeric arguments.
    pub(crate) fn stand_in(&self, arguments: &[f64]) -> Result<Option<Arc<StandIn>>, Error> {
        let mut numbers = [0; MAX_KEYS];
        for (place, key) in numbers.iter_mut().zip(&self.keys) {
            if let Key::Number(arg) = *key {
                *place = arguments[arg] as i32;
            }
        }
        let wanted = &numbers[..self.keys.len()];
        let known = self.stand_ins.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(wanted) {
            if let Some(stand_in) = known {
                stand_in.slice.mark();
            }
            return Ok(known.clone());
        }
        drop(known);
        let found = self.nearest(Some(&numbers))?.map(Arc::new);
        let mut known = self.stand_ins.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(wanted.into(), found.clone());
        Ok(found)
    }

    /// Whether anything may stand in for some slice of the text keys.
    pub(crate) fn is_transferable(&self) -> Result<bool, Error> {
        self.transferable.get_or_init(|| Ok(self.nearest(None)?.is_some())).clone()
    }

    /// The nearest slice; without numbers, by the text keys alone.
    fn nearest(&self, numbers: Option<&Numbers>) -> Result<Option<StandIn>, Error> {
        let Some(rules) = self.context.transfers.tables.get(self.table.name) else {
            return Ok(None);
        };
        let mut choices = Vec::new();
        for source in self.sources() {
            self.choices(rules, &source?, None, numbers, &mut choices);
        }
        let nearest = choices.iter().map(|c| c.order.0).fold(f64::INFINITY, f64::min);
        if let Some(away) = self.context.transfers.backend.filter(|away| nearest > *away) {
            for index in 0.. {
                let Some(source) = self.context.sources.elsewhere(self.table, index)? else {
                    break;
                };
                self.choices(rules, &source, Some(away), numbers, &mut choices);
            }
        }
        choices.sort_by(|a, b| {
            let distance = a.order.0.total_cmp(&b.order.0);
            distance
                .then_with(|| (a.order.1, a.order.2).cmp(&(b.order.1, b.order.2)))
                .then(a.roots.start.cmp(&b.roots.start))
        });
        // A precision may be stored that the system has no arithmetic for: the next one, then.
        Ok(choices.into_iter().find_map(|choice| self.taken(rules, choice, numbers)))
    }

    fn choices(
        &self,
        rules: &Rules,
        source: &Source,
        away: Option<f64>,
        numbers: Option<&Numbers>,
        out: &mut Vec<Choice>,
    ) {
        let table = &source.table;
        let mut renamed = HashMap::new();
        for (key, roots) in table.slices() {
            let Some((distance, lane)) = self.distance(rules, source, key, numbers, &mut renamed)
            else {
                continue;
            };
            let points = table.grid.points(roots.clone()).len();
            out.push(Choice {
                source: source.clone(),
                is_foreign: away.is_some(),
                key: key.into(),
                roots,
                order: (distance + away.unwrap_or(0.0), lane, Reverse(points)),
            });
        }
    }

    /// How far a slice is from what is wanted, and its place among the preferred kernels; `None`
    /// if it differs in what must not.
    fn distance(
        &self,
        rules: &Rules,
        source: &Source,
        key: &[i32],
        numbers: Option<&Numbers>,
        renamed: &mut HashMap<(usize, i32), Option<f64>>,
    ) -> Option<(f64, usize)> {
        let (mut distance, mut lane) = (0.0, self.lanes.len());
        let (hardware, quants) = (&self.context.hardware, &self.context.quants);
        for (i, kind) in self.keys.iter().enumerate() {
            let weight = || rules.keys.get(self.table.keys[i].name);
            match *kind {
                Key::Open => {}
                Key::Kernel => {
                    let kernel = source.table.key_text(i, key[i]);
                    if !(self.selection.kernel)(&kernel) {
                        return None;
                    }
                    lane = self.lanes.iter().position(|l| *l == kernel).unwrap_or(lane);
                }
                Key::Text(arg) => {
                    // Few names stand in many rows.
                    let unlike = renamed.entry((i, key[i])).or_insert_with(|| {
                        let (wanted, found) = (self.text(arg), source.table.key_text(i, key[i]));
                        let unlike = || Some(weight()? * unlike(hardware, quants, wanted, &found));
                        if wanted == found { Some(0.0) } else { unlike() }
                    });
                    distance += (*unlike)?;
                }
                Key::Number(_) => {
                    let wanted = numbers.map_or(key[i], |numbers| numbers[i]);
                    if wanted != key[i] {
                        let name = self.table.keys[i].name;
                        distance += weight()? * rules.apart(name, wanted, key[i]);
                    }
                }
            }
        }
        Some((distance, lane))
    }

    /// A choice ready to estimate from.
    fn taken(&self, rules: &Rules, choice: Choice, numbers: Option<&Numbers>) -> Option<StandIn> {
        let Choice { source, is_foreign, key, roots, .. } = choice;
        let table = &source.table;
        let mut text = self.asked.clone();
        let (mut from, mut level, mut kernel, mut measured_at) =
            (Vec::new(), 1.0, None, Vec::new());
        if is_foreign {
            from.push(source.label.clone());
        }
        for (i, kind) in self.keys.iter().enumerate() {
            let (name, found) = (self.table.keys[i].name, table.key_text(i, key[i]));
            let wanted = match *kind {
                Key::Open => continue,
                Key::Kernel => {
                    kernel = Some(found);
                    continue;
                }
                Key::Text(arg) if self.text(arg) == found => continue,
                Key::Text(arg) => {
                    text[arg].clone_from(&found);
                    self.text(arg).to_owned()
                }
                Key::Number(arg) => {
                    measured_at.push((arg, f64::from(key[i])));
                    match numbers {
                        Some(numbers) if numbers[i] != key[i] => numbers[i].to_string(),
                        _ => continue,
                    }
                }
            };
            level *= rules.level(name, &wanted, &found);
            from.push(format!("{name}={found}"));
        }
        let words: Vec<&str> = text.iter().map(String::as_str).collect();
        let (hardware, quants) = (&self.context.hardware, &self.context.quants);
        let model = Model::new(self.op, hardware, quants, &words).ok()?;
        let grid = &table.grid;
        let fastest =
            grid.points(roots.clone()).map(|p| grid.latency(p)).fold(f64::INFINITY, f64::min);
        let slice = Slice { source, roots, kernel, fastest, used: AtomicBool::new(true) };
        Some(StandIn { slice, model, from: from.join(" "), level, numbers: measured_at })
    }
}
