//! Rows of the known tool as the work that they stand for.

use aiq::lang::ast::Phase;
use serde_json::Value as Json;

use super::graph::{Row, whole};
use super::labels::label;
use super::work::Work;
use super::{Golden, Theirs, WORKER, system};
use crate::support::worker::{Coordinates, Worker};

/// One worker of the known tool, and the same here.
pub(super) struct Point<'g> {
    golden: &'g Golden,
    worker: Worker<'static>,
    pub(super) backend: &'g str,
    axes: Vec<(&'static str, f64)>,
}

/// Rows of experts, which dense layers have none of.
const EXPERTS: [&str; 9] = [
    "router",
    "dispatch",
    "experts",
    "combine",
    "shared_gate_up",
    "shared_activation",
    "shared_down",
    "exchange_out",
    "exchange_back",
];

impl<'g> Point<'g> {
    /// The worker of a key as `WORKER` has it.
    pub(super) fn new(golden: &'g Golden, key: [&'g str; 9]) -> Self {
        let [model, backend, ..] = key;
        let number = |(name, value): (&'static str, &str)| (name, value.parse().expect("a number"));
        let axes = WORKER.into_iter().zip(key).skip(2).map(number).collect();
        Self { golden, worker: Worker::new(model, system(model), backend), backend, axes }
    }

    pub(super) fn axis(&self, name: &str) -> f64 {
        self.axes.iter().find(|a| a.0 == name).expect("an axis").1
    }

    /// Our rows of a phase.
    pub(super) fn ours(&self, phase: Phase, at: &Coordinates) -> Vec<Row> {
        let mut own = *at;
        if phase == Phase::Context {
            own.tokens = (at.tokens / self.axis("cp")).ceil();
        }
        // Tensor parallel attention is not offered beside an exchange.
        let ranks = self.axis("moe_ep");
        let wide = [("wide_ep", 1.0), ("tp", 1.0), ("dp", ranks)];
        let first: &[_] = if self.golden.exchange { &wide } else { &[] };
        let ops = self.worker.ops(&[first, &self.axes].concat(), phase, &own);
        ops.into_iter().map(Row::from).collect()
    }

    /// Their rows of a phase. Of alternatives, those that ours has, too.
    pub(super) fn theirs(
        &self,
        rows: &[&Theirs<'_>],
        phase: Phase,
        at: &Coordinates,
        ours: &[Row],
    ) -> Vec<Row> {
        let module = ours.iter().any(|o| o.op.contains("mla") && o.op.contains("module"));
        let is = |row: &Theirs<'_>, alternative| row.get("lane") == Some(&alternative);
        // Their module weighs nothing; its alternative has the weights.
        let stored = rows.iter().filter(|row| is(row, "alt"));
        let stored: f64 = stored.map(|row| number(row, "weight_bytes")).sum();
        let taken = rows.iter().filter(|row| !is(row, if module { "alt" } else { "primary" }));
        let [layers, routed] = self.shares(rows, phase);
        let mut all = Vec::new();
        for row in taken {
            let args: Json = serde_json::from_str(row["params"]).expect("arguments");
            let label = self.label(row, &args);
            let share = if EXPERTS.contains(&label.as_str()) { layers * routed } else { layers };
            let part = args["full_frac"].as_f64().unwrap_or(1.0);
            let weight = if is(row, "primary") { stored } else { number(row, "weight_bytes") };
            for (i, work) in self.work(row, &args, phase, at).into_iter().enumerate() {
                all.push(Row {
                    label: label.clone(),
                    op: work.op,
                    arguments: arguments(work, row),
                    count: number(row, "count") * share * part,
                    // The first op of a row carries its weight.
                    weight: if i == 0 { weight * share } else { 0.0 },
                });
            }
        }
        all
    }

    /// Which share of all their layers are layers of the model, and of these layers of experts.
    fn shares(&self, rows: &[&Theirs<'_>], phase: Phase) -> [f64; 2] {
        if rows.iter().any(|row| row["name"].contains("_draft_")) {
            return [1.0, 1.0];
        }
        let layers = self.worker.number(&self.axes, "layers");
        // There, drafts are layers more; here, rows of a phase of their own.
        let drafts = if phase == Phase::Generation { self.axis("nextn") } else { 0.0 };
        let routed = match self.golden.experts_everywhere {
            true => self.worker.number(&self.axes, "per_moe_layer"),
            false => layers,
        };
        [layers / (layers + drafts), routed / layers]
    }

    /// What a row is called: as here, where rows are compared one by one.
    fn label(&self, row: &Theirs<'_>, args: &Json) -> String {
        let name = short(row["name"]);
        let Some(own) = self.golden.labels else { return name.to_owned() };
        match (name, args["attn_kind"].as_str(), args["window_size"].as_f64()) {
            (_, Some("Csa"), _) => "csa_attention",
            (_, Some("Hca"), _) => "hca_attention",
            ("attention", _, Some(window)) if window > 0.0 => "attention_window",
            _ => label(name, own),
        }
        .to_owned()
    }
}

/// The arguments of a row's work, with the lane where files have lanes.
fn arguments(work: Work, row: &Theirs<'_>) -> Vec<(&'static str, String)> {
    let numbers = work.numbers.into_iter().map(|(name, n)| (name, whole(n)));
    let lane = row.get("block_kind").map(|kind| match (*kind, row["lane"]) {
        ("overlap", "a") => "0",
        ("overlap", _) => "1",
        _ => "-",
    });
    let lane = lane.map(|lane| ("lane", lane.to_owned()));
    work.text.into_iter().chain(numbers).chain(lane).collect()
}

/// A name without its phase.
pub(super) fn short(name: &str) -> &str {
    name.trim_start_matches("context_").trim_start_matches("generation_")
}

pub(super) fn number(row: &Theirs<'_>, column: &str) -> f64 {
    row[column].parse().expect("a number")
}
