//! The measurements behind a branch: which release was asked for, and which ones answered.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::Pricers;
use crate::perf::{Evidence, Used};

/// The data of one system, backend and version.
#[derive(Clone)]
pub struct Data {
    /// System.
    pub system: String,
    /// Serving backend.
    pub backend: String,
    /// Version asked for, resolved.
    pub version: String,
    /// Which measurements count, and how far from one prices may be.
    pub evidence: Evidence,
    /// What is supposed of it, in words; empty for nothing.
    pub supposed: String,
    /// Operations bound to its tables.
    pub pricers: Pricers,
    /// What answered while a plan was made: prices that need no row are computed then.
    pub planned: Used,
    /// What was missing then.
    pub lacked: BTreeSet<String>,
}

impl Data {
    /// The release, whatever the system: `trtllm 1.3.0rc20`.
    pub fn release(&self) -> String {
        let mut text = format!("{} {}", self.backend, self.version);
        text += &self.evidence.to_string();
        if !self.supposed.is_empty() {
            text += &format!(" with {}", self.supposed);
        }
        text
    }

    /// The data with what answered since the last call as part of a plan that runs later.
    pub fn after_planning(&self) -> Self {
        let (planned, lacked) = (self.pricers.take_used(), self.pricers.misses.take());
        Self { planned, lacked, ..self.clone() }
    }

    /// What was missing since the last call, or when the plan was made, in words.
    pub fn missing(&self) -> BTreeSet<String> {
        let mut missing = self.pricers.misses.take();
        missing.extend(self.lacked.iter().cloned());
        missing
    }

    /// The data with the releases that stood in for it since the last call, and the tables of which
    /// replaced latencies entered: `h200_sxm trtllm 1.3.0rc20 (moe from 1.2.0rc5, gemm repaired)`.
    pub fn with_donors(&self) -> String {
        let mut tables: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        let (now, planned) = (self.pricers.take_used(), self.planned.clone());
        for (table, label) in now.releases.into_iter().chain(planned.releases) {
            tables.entry(table).or_default().insert(label);
        }
        let own = format!("{} {}", self.backend, self.version);
        let mut donors: Vec<String> =
            tables.iter().filter_map(|(t, labels)| self.donors(t, labels, &own)).collect();
        let repaired: BTreeSet<&str> = now.repaired.union(&planned.repaired).copied().collect();
        if !repaired.is_empty() {
            let repaired: Vec<&str> = repaired.into_iter().collect();
            donors.push(format!("{} repaired", repaired.join(", ")));
        }
        if donors.is_empty() { self.to_string() } else { format!("{self} ({})", donors.join(", ")) }
    }

    /// Where a table came from, if not from the version asked for.
    fn donors(&self, table: &str, labels: &BTreeSet<String>, own: &str) -> Option<String> {
        let foreign: Vec<&str> = (labels.iter().filter(|l| *l != own))
            .map(|l| match l.split_once(' ') {
                Some((backend, version)) if backend == self.backend => version,
                _ => l.as_str(),
            })
            .collect();
        let partly = if foreign.len() < labels.len() { "partly " } else { "" };
        match foreign.as_slice() {
            [] => None,
            // A library of its own, with its own versions.
            [one] if one.split_once(' ').is_some_and(|(l, _)| l == table) => {
                Some((*one).to_owned())
            }
            several => Some(format!("{table} {partly}from {}", several.join(" and "))),
        }
    }
}

impl fmt::Display for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.system, self.release())
    }
}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
