//! Op graphs against those of a known tool: what is priced with which arguments, how often, and
//! what it weighs. What differs on purpose is listed with its reason;
//! `docs/deliberate-differences.md` gives the sizes.

mod decoders;
mod exchange;
mod graph;
mod hybrids;
mod labels;
mod latent;
mod theirs;
mod work;

use std::collections::{BTreeMap, BTreeSet};

use aiq::lang::ast::Phase;

use self::graph::{differences, near};
use self::theirs::Point;
use crate::support::worker::Coordinates;
use crate::support::{read, table};

/// A row of a file of the known tool.
type Theirs<'a> = BTreeMap<&'a str, &'a str>;

/// A file of op graphs, and how it is compared.
struct Golden {
    file: &'static str,
    /// Workers of which the file has graphs.
    workers: usize,
    /// Which rows it is about: those of plans that send tokens straight to their experts, or the
    /// others.
    exchange: bool,
    /// What rows are called here, where graphs are cut into the same rows. Rows of other graphs are
    /// added up if they do the same work.
    labels: Option<&'static [(&'static str, &'static str)]>,
    /// There, layers that are dense have experts too.
    experts_everywhere: bool,
    different: &'static [Difference],
}

/// A difference meant to be there.
#[derive(Debug)]
struct Difference {
    /// Beginning of the model's name; empty: every one. So are backend and phase.
    model: &'static str,
    backend: &'static str,
    phase: &'static str,
    /// Rows that do the same work, theirs before the bar and ours behind it.
    rows: &'static str,
    /// How often it runs on either side.
    counts: Option<[f64; 2]>,
    reason: &'static str,
}

/// Rows that differ in every model, and why.
const fn differ(rows: &'static str, reason: &'static str) -> Difference {
    Difference { model: "", backend: "", phase: "", rows, counts: None, reason }
}

impl Difference {
    const fn of(self, model: &'static str) -> Self {
        Self { model, ..self }
    }

    const fn on(self, backend: &'static str) -> Self {
        Self { backend, ..self }
    }

    const fn within(self, phase: &'static str) -> Self {
        Self { phase, ..self }
    }

    const fn counted(self, theirs: f64, ours: f64) -> Self {
        Self { counts: Some([theirs, ours]), ..self }
    }
}

/// Tokens of one rank when tokens are not split, sequences, and their lengths.
const PREFILL: Coordinates =
    Coordinates { tokens: 6000.0, outputs: 2.0, batch: 2.0, seq: 3000.0, prefix: 0.0 };
const DECODE: Coordinates =
    Coordinates { tokens: 16.0, outputs: 16.0, batch: 16.0, seq: 1501.0, prefix: 0.0 };
/// Patches of two images; four patches become one token.
const IMAGES: Coordinates =
    Coordinates { tokens: 8192.0, outputs: 2048.0, batch: 2.0, seq: 4096.0, prefix: 0.0 };

/// Phases by the letters of the known tool.
const PHASES: [(Phase, &str, Coordinates); 3] = [
    (Phase::Context, "C", PREFILL),
    (Phase::Generation, "G", DECODE),
    (Phase::Encoder, "E", IMAGES),
];

/// What tells workers apart: the axes, behind model and backend.
const WORKER: [&str; 9] = ["model", "backend", "tp", "pp", "dp", "moe_tp", "moe_ep", "cp", "nextn"];

/// The worker that a row is about. Files without drafts do not have their column.
fn worker<'a>(row: &Theirs<'a>) -> [&'a str; 9] {
    WORKER.map(|column| row.get(column).copied().unwrap_or("0"))
}

fn system(model: &str) -> &'static str {
    let blackwell = model.contains("V4-Pro") || model.contains("V3.1-NVFP4");
    if blackwell { "b200_sxm" } else { "h200_sxm" }
}

/// Compares the graphs of a file with ours.
fn compare(golden: &Golden) {
    let text = read(golden.file);
    let mut rows = table(&text);
    rows.retain(|row| row.get("comm_backend").is_some_and(|b| !b.is_empty()) == golden.exchange);
    let workers: BTreeSet<_> = rows.iter().map(worker).collect();
    assert_eq!(workers.len(), golden.workers);
    let mut used = vec![false; golden.different.len()];
    let mut wrong = Vec::new();
    for key in workers {
        let [model, backend, ..] = key;
        let point = Point::new(golden, key);
        for (phase, tag, at) in PHASES {
            let same = |row: &&Theirs<'_>| worker(row) == key && row["phase"] == tag;
            let theirs: Vec<&Theirs<'_>> = rows.iter().filter(same).collect();
            if theirs.is_empty() {
                continue;
            }
            let ours = point.ours(phase, &at);
            let theirs = point.theirs(&theirs, phase, &at, &ours);
            for (work, there, here) in differences(&theirs, &ours, golden.labels.is_some()) {
                let rows = format!("{} | {}", there.names(), here.names());
                let listed = golden.different.iter().position(|d| {
                    model.starts_with(d.model)
                        && (d.backend.is_empty() || d.backend == backend)
                        && (d.phase.is_empty() || d.phase == tag)
                        && d.rows == rows
                        && d.counts.is_none_or(|[a, b]| near(a, there.count) && near(b, here.count))
                        && !d.reason.is_empty()
                });
                match listed {
                    Some(i) => used[i] = true,
                    None => wrong.push(format!(
                        "{model} {backend} {tag} [{rows}] {work}: {} and {}, weighs {} and {}",
                        there.count, here.count, there.weight, here.weight
                    )),
                }
            }
        }
    }
    let listed = golden.different.iter().zip(&used).filter(|(_, used)| !**used);
    let idle: Vec<_> = listed.map(|(d, _)| format!("{d:?}")).collect();
    let all = format!("{}\nlisted but not seen:\n{}", wrong.join("\n"), idle.join("\n"));
    assert!(wrong.is_empty() && idle.is_empty(), "{} differ:\n{all}", wrong.len());
}
