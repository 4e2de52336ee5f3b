//! A measurement that does not exist, and the nearest that do.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::origin::Origin;
use crate::perf::tables::OpTable;

/// Most neighbours that a miss names.
const NEAREST: usize = 3;

/// No measurement for an operation's exact keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// The operation.
    pub op: &'static str,
    /// The keys asked for: `kv=fp8, head_dim=96`.
    pub keys: String,
    /// What the estimate would be where one is refused for being too far from a measurement.
    pub refused: Option<Origin>,
    /// The nearest measured keys, nearest first, each saying only what differs.
    pub nearest: Vec<String>,
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(origin) = self.refused {
            return write!(f, "{}: {} is {origin}, not measured", self.op, self.keys);
        }
        write!(f, "{}: no data for {}", self.op, self.keys)?;
        if !self.nearest.is_empty() {
            write!(f, "; nearest: {}", self.nearest.join(", "))?;
        }
        Ok(())
    }
}

/// A key that was asked for; the kernel is not, as the lanes choose it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Wanted {
    Text(String),
    Number(f64),
    Any,
}

impl Miss {
    /// The miss of `wanted` (one for each key of the table), seen against a table that lacks it.
    pub(crate) fn new(op: &'static str, keys: &[&'static str], wanted: &[Wanted]) -> Self {
        let keys = keys.iter().zip(wanted).filter_map(|(name, wanted)| match wanted {
            Wanted::Text(text) => Some(format!("{name}={text}")),
            Wanted::Number(number) => Some(format!("{name}={number}")),
            Wanted::Any => None,
        });
        let keys = keys.collect::<Vec<_>>().join(", ");
        Self { op, keys, refused: None, nearest: Vec::new() }
    }

    /// An estimate at these numeric arguments that is too far from a measurement.
    pub(crate) fn refused(
        op: &'static str,
        names: &[&'static str],
        numbers: &[f64],
        origin: Origin,
    ) -> Self {
        let keys = names.iter().zip(numbers).map(|(name, number)| format!("{name}={number}"));
        let keys = keys.collect::<Vec<_>>().join(", ");
        Self { op, keys, refused: Some(origin), nearest: Vec::new() }
    }

    /// Adds the nearest slices of a table: fewest names that differ first, then the least distance
    /// in the logarithms of the numbers.
    pub(crate) fn with_nearest(mut self, table: &OpTable, wanted: &[Wanted]) -> Self {
        let codes: Vec<Option<i32>> = wanted
            .iter()
            .enumerate()
            .map(|(i, wanted)| match wanted {
                Wanted::Text(name) => table.code(i, name),
                Wanted::Number(_) | Wanted::Any => None,
            })
            .collect();
        let mut near: Vec<Near<'_>> = Vec::with_capacity(NEAREST + 1);
        for (key, _) in table.slices() {
            let next = Near::new(key, wanted, &codes);
            if near.len() == NEAREST && next.order(&near[NEAREST - 1]).is_gt() {
                continue;
            }
            // Most slices end here; only what is near is put into words.
            let next = next.in_words(table, wanted);
            if next.text.is_empty() || near.iter().any(|n| n.text == next.text) {
                continue;
            }
            let before = |n: &Near<'_>| n.order(&next).then_with(|| n.text.cmp(&next.text)).is_lt();
            let at = near.iter().take_while(|n| before(n)).count();
            near.insert(at, next);
            near.truncate(NEAREST);
        }
        self.nearest = near.into_iter().map(|n| n.text).collect();
        self
    }
}

/// A slice and how near it is.
struct Near<'k> {
    key: &'k [i32],
    /// How many names differ.
    names: usize,
    /// Distance of the numbers.
    distance: f64,
    /// What differs.
    text: String,
}

impl<'k> Near<'k> {
    fn new(key: &'k [i32], wanted: &[Wanted], codes: &[Option<i32>]) -> Self {
        let (mut names, mut distance) = (0, 0.0);
        for ((&code, wanted), own) in key.iter().zip(wanted).zip(codes) {
            match wanted {
                Wanted::Any => {}
                Wanted::Text(_) => names += usize::from(*own != Some(code)),
                // Sizes may be 0, so distances are between size + 1.
                Wanted::Number(number) if *number != f64::from(code) => {
                    distance += ((number + 1.0) / (f64::from(code) + 1.0)).ln().abs();
                }
                Wanted::Number(_) => {}
            }
        }
        Self { key, names, distance, text: String::new() }
    }

    fn order(&self, other: &Self) -> Ordering {
        self.names.cmp(&other.names).then(self.distance.total_cmp(&other.distance))
    }

    fn in_words(mut self, table: &OpTable, wanted: &[Wanted]) -> Self {
        let mut differing = Vec::new();
        for (i, (&code, wanted)) in self.key.iter().zip(wanted).enumerate() {
            let text = table.key_text(i, code);
            let equal = match wanted {
                Wanted::Any => true,
                Wanted::Text(name) => *name == text,
                Wanted::Number(number) => *number == f64::from(code),
            };
            if !equal {
                differing.push(format!("{}={text}", table.spec.keys[i].name));
            }
        }
        self.text = differing.join(" ");
        self
    }
}

/// Measurements that were asked for in vain, each once.
#[derive(Debug, Clone, Default)]
pub struct Misses(Arc<Mutex<HashMap<usize, Arc<Miss>>>>);

impl Misses {
    /// Adds one. The same one comes again for row after row, so it is known by where it is; kept
    /// here, no other can be there. What was refused is there and not wanted.
    pub fn add(&self, miss: &Arc<Miss>) {
        if miss.refused.is_some() {
            return;
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(Arc::as_ptr(miss) as usize).or_insert_with(|| Arc::clone(miss));
    }

    /// Those since the last call, in words.
    pub fn take(&self) -> BTreeSet<String> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.drain().map(|(_, miss)| miss.to_string()).collect()
    }
}
