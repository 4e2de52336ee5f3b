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
#[derive(Debug, Default, Clone)]
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
}

/// Whether two numbers are equal but for the order in which they were added up.
pub(super) fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-6 * a.abs().max(b.abs())
}

/// Work of which two graphs have not the same: what it is, and how much there is on each side. Only
/// arguments that theirs name are compared; rows of other labels are other work, if asked for.
pub(super) fn differences(
    theirs: &[Row],
    ours: &[Row],
    by_label: bool,
) -> Vec<(String, Amount, Amount)> {
    let mut named: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in theirs {
        named.entry(row.op).or_default().extend(row.arguments.iter().map(|a| a.0));
    }
    let mut work: BTreeMap<String, [Amount; 2]> = BTreeMap::new();
    for (side, row) in theirs.iter().map(|r| (0, r)).chain(ours.iter().map(|r| (1, r))) {
        let label = if by_label { row.label.as_str() } else { "" };
        let compared = |name: &str| named.get(row.op).is_none_or(|n| n.contains(name));
        let arguments: BTreeMap<_, _> =
            row.arguments.iter().filter(|(name, _)| compared(name)).cloned().collect();
        let amount =
            &mut work.entry(format!("{label} {} {arguments:?}", row.op)).or_default()[side];
        amount.count += row.count;
        amount.weight += row.weight;
        amount.rows.insert(row.label.clone());
    }
    work.retain(|_, [a, b]| !(near(a.count, b.count) && near(a.weight, b.weight)));
    work.into_iter().map(|(work, [there, here])| (work, there, here)).collect()
}
