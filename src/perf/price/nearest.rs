//! The slice that stands in for one that was not measured: the nearest whose differing keys may
//! differ, of the own releases first, then of other backends.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;

use super::query::{Key, Numbers, Query};
use super::rated::RatedOp;
use super::transfer::{Rules, unlike};
use crate::base::error::Error;
use crate::perf::tables::{FEW, Slice, Source};

/// A slice in place of another, and what it is a slice of.
pub(crate) struct StandIn {
    pub(crate) slice: Slice,
    /// The operation as it was measured there.
    pub(crate) rated: RatedOp,
    /// What differs: `head_dim=128`, another release.
    pub(crate) from: String,
    /// How much more of the roofline is usually reached there, as a factor on the latency.
    pub(crate) level: f64,
    /// Numeric arguments with the values they were measured at.
    numbers: Vec<(usize, f64)>,
}

/// A slice that may stand in.
struct Choice {
    source: Source,
    is_foreign: bool,
    key: Box<[i32]>,
    roots: Range<usize>,
    /// Whether it has too few points to answer for others.
    is_thin: bool,
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

/// The nearest slice; without numbers, by the text keys alone.
pub(super) fn nearest(query: &Query, numbers: Option<&Numbers>) -> Result<Option<StandIn>, Error> {
    let transfers = &query.context.transfers;
    let Some(rules) = transfers.tables.get(query.table.name) else {
        return Ok(None);
    };
    let search = Search { query, rules, numbers };
    let mut choices = Vec::new();
    for source in query.sources() {
        search.choices(&source?, None, &mut choices);
    }
    let nearest = choices.iter().map(|c| c.order.0).fold(f64::INFINITY, f64::min);
    if let Some(away) = transfers.backend.filter(|away| nearest > *away) {
        for index in 0.. {
            let Some(source) = query.context.sources.elsewhere(query.table, index)? else {
                break;
            };
            search.choices(&source, Some(away), &mut choices);
        }
    }
    choices.sort_by(|a, b| {
        let distance = a.is_thin.cmp(&b.is_thin).then(a.order.0.total_cmp(&b.order.0));
        distance
            .then_with(|| (a.order.1, a.order.2).cmp(&(b.order.1, b.order.2)))
            .then(a.roots.start.cmp(&b.roots.start))
    });
    // A precision may be stored that the system has no arithmetic for: the next one, then.
    Ok(choices.into_iter().find_map(|choice| search.taken(choice)))
}

/// What is looked for, and what may differ from it.
struct Search<'a> {
    query: &'a Query,
    rules: &'a Rules,
    numbers: Option<&'a Numbers>,
}

impl Search<'_> {
    /// The slices of a source that may stand in; `away` is the distance of another backend.
    fn choices(&self, source: &Source, away: Option<f64>, out: &mut Vec<Choice>) {
        let table = &source.table;
        let mut renamed = HashMap::new();
        for (key, roots) in table.slices() {
            let Some((distance, lane)) = self.distance(source, key, &mut renamed) else {
                continue;
            };
            let points = table.grid.points(roots.clone()).len();
            out.push(Choice {
                is_thin: points < FEW,
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
        source: &Source,
        key: &[i32],
        renamed: &mut HashMap<(usize, i32), Option<f64>>,
    ) -> Option<(f64, usize)> {
        let Self { query, rules, numbers } = *self;
        let (mut distance, mut lane) = (0.0, query.lanes.len());
        let (hardware, quants) = (&query.context.hardware, &query.context.quants);
        for (i, kind) in query.keys.iter().enumerate() {
            let weight = || rules.keys.get(query.table.keys[i].name);
            match *kind {
                Key::Open => {}
                Key::Kernel => {
                    let kernel = source.table.key_text(i, key[i]);
                    if !query.selection.kernels.has(&kernel) {
                        return None;
                    }
                    lane = query.lanes.iter().position(|l| *l == kernel).unwrap_or(lane);
                }
                Key::Text(arg) => {
                    // Few names stand in many rows.
                    let unlike = renamed.entry((i, key[i])).or_insert_with(|| {
                        let (wanted, found) = (query.text(arg), source.table.key_text(i, key[i]));
                        let unlike = || Some(weight()? * unlike(hardware, quants, wanted, &found));
                        if wanted == found { Some(0.0) } else { unlike() }
                    });
                    distance += (*unlike)?;
                }
                Key::Number(_) => {
                    let wanted = numbers.map_or(key[i], |numbers| numbers[i]);
                    if wanted != key[i] {
                        let name = query.table.keys[i].name;
                        distance += weight()? * rules.apart(name, wanted, key[i]);
                    }
                }
            }
        }
        Some((distance, lane))
    }

    /// A choice ready to estimate from.
    fn taken(&self, choice: Choice) -> Option<StandIn> {
        let Self { query, rules, numbers } = *self;
        let Choice { source, is_foreign, key, roots, .. } = choice;
        let mut text = query.text.clone();
        let (mut from, mut level, mut kernel, mut measured_at) =
            (Vec::new(), 1.0, None, Vec::new());
        if is_foreign {
            from.push(source.label.clone());
        }
        for (i, kind) in query.keys.iter().enumerate() {
            let (name, found) = (query.table.keys[i].name, source.table.key_text(i, key[i]));
            let wanted = match *kind {
                Key::Open => continue,
                Key::Kernel => {
                    kernel = Some(found);
                    continue;
                }
                Key::Text(arg) if query.text(arg) == found => continue,
                Key::Text(arg) => {
                    text[arg].clone_from(&found);
                    query.text(arg).to_owned()
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
        let (hardware, quants) = (&query.context.hardware, &query.context.quants);
        let rated = RatedOp::new(query.op, hardware, quants, &words).ok()?;
        let slice = Slice::new(source, roots, kernel);
        Some(StandIn { slice, rated, from: from.join(" "), level, numbers: measured_at })
    }
}
