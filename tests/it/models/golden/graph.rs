//! An op graph as pieces of work: how often each is done, and what it weighs.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::worker::GraphOp;

/// A row of a graph: an op and its arguments, how often it runs, and what it weighs.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) label: String,
    pub(super) op: &'static str,
    pub(super) arguments: Vec<(&'static str, String)>,
    pub(super) count: f64,
    pub(super) weight: f64,
}

/// A number as an argument. All of them count things; a fraction is left by how they were added up.
pub(super) fn whole(number: f64) -> String {
    number.round().to_string()
}

impl From<GraphOp> for Row {
    fn from(op: GraphOp) -> Self {
        let lane = op.lane.map_or("-".to_owned(), |l| l.lane.to_string());
        let numbers = op.numbers.into_iter().map(|(name, number)| (name, whole(number)));
        let mut arguments: Vec<_> = op.text.into_iter().chain(numbers).collect();
        arguments.push(("lane", lane));
        let (label, count, weight) = (op.label, op.count, op.weight);
        Self { label, op: op.op.unwrap_or("-"), arguments, count, weight }
    }
}

/// How much of a piece of work a graph has, and in which rows.
#[derive(Debug, Default)]
pub(super) struct Amount {
    pub(super) count: f64,
    pub(super) weight: f64,
    rows: BTreeSet<String>,
}

impl Amount {
    /// The rows, by name.
    pub(super) fn names(&self) -> String {
        self.rows.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
    }

    fn add(&mut self, other: Self) {
        self.count += other.count;
        self.weight += other.weight;
        self.rows.extend(other.rows);
    }
}

/// Work of which two graphs have not the same.
#[derive(Debug, Default)]
pub(super) struct Unequal {
    pub(super) work: Vec<String>,
    pub(super) there: Amount,
    pub(super) here: Amount,
}

/// Whether two numbers are equal but for the order in which they were added up.
pub(super) fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-6 * a.abs().max(b.abs())
}

/// What is not the same in two graphs: by label where rows are cut alike, else by work. Only
/// arguments that theirs name are compared.
pub(super) fn unequal(theirs: &[Row], ours: &[Row], by_label: bool) -> Vec<Unequal> {
    let mut named: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in theirs {
        named.entry(row.op).or_default().extend(row.arguments.iter().map(|a| a.0));
    }
    let mut work: BTreeMap<(&str, String), [Amount; 2]> = BTreeMap::new();
    for (side, row) in theirs.iter().map(|r| (0, r)).chain(ours.iter().map(|r| (1, r))) {
        let label = if by_label { row.label.as_str() } else { "" };
        let compared = |name: &str| named.get(row.op).is_none_or(|n| n.contains(name));
        let arguments = row.arguments.iter().filter(|a| compared(a.0));
        let arguments: BTreeMap<_, _> = arguments.cloned().collect();
        let key = (label, format!("{} {arguments:?}", row.op));
        work.entry(key).or_default()[side].add(Amount {
            count: row.count,
            weight: row.weight,
            rows: BTreeSet::from([row.label.clone()]),
        });
    }
    work.retain(|_, [a, b]| !(near(a.count, b.count) && near(a.weight, b.weight)));
    let mut found: BTreeMap<String, Unequal> = BTreeMap::new();
    for ((label, work), [there, here]) in work {
        let key = if by_label { label.to_owned() } else { work.clone() };
        let unequal = found.entry(key).or_default();
        unequal.work.push(work);
        unequal.there.add(there);
        unequal.here.add(here);
    }
    found.into_values().collect()
}
