//! Exchange of tokens between the ranks of expert parallelism.

use crate::perf::machine::{Hardware, QuantModes, Rates, Roofline};
use crate::perf::op::{Estimate, Failure, Formula, Measurements, Probe, first_measured};

use super::numbers::take;

/// GPUs of a node where whole nodes were measured.
const GPUS_PER_NODE: &str = "gpus_per_node";

/// Any exchange, by library (`comm_backend`), `phase` and precision of what is sent. Where the
/// common table has nothing, those of the libraries stand in.
pub(super) const ANY: Formula = Formula {
    name: "exchange",
    text: &["comm_backend", "phase", "comm_dtype"],
    numbers: &["moe_ep", "nodes", "hidden", "topk", "experts", "sms", "tokens"],
    rates: |_, quants, text| rates(quants, text[1], text[2]),
    roofline: |hardware, rates, numbers| {
        let [ranks, _, hidden, topk, experts, _, tokens] = take(numbers);
        sent(hardware, rates, [ranks, hidden, topk, experts, tokens])
    },
    stand_in: true,
    answer,
    ..Formula::PLAIN
};

/// With high throughput over whole `nodes`; `sms` multiprocessors do the sending.
pub(super) const OF_NODES: Formula = Formula {
    name: "exchange_of_nodes",
    text: &["phase"],
    numbers: &["nodes", "hidden", "topk", "experts", "sms", "tokens"],
    assumed: &[GPUS_PER_NODE],
    rates: |_, quants, text| rates(quants, text[0], "default"),
    roofline: |hardware, rates, numbers| {
        let [nodes, hidden, topk, experts, _, tokens] = take(numbers);
        sent(hardware, rates, [nodes * rates.assumed[0], hidden, topk, experts, tokens])
    },
    ..Formula::PLAIN
};

/// With low latency over whole `nodes`.
pub(super) const OF_NODES_LOW_LATENCY: Formula = Formula {
    name: "exchange_of_nodes_low_latency",
    text: &["phase"],
    numbers: &["nodes", "hidden", "topk", "experts", "tokens"],
    assumed: &[GPUS_PER_NODE],
    rates: |_, quants, text| rates(quants, text[0], "default"),
    roofline: |hardware, rates, numbers| {
        let [nodes, hidden, topk, experts, tokens] = take(numbers);
        sent(hardware, rates, [nodes * rates.assumed[0], hidden, topk, experts, tokens])
    },
    ..Formula::PLAIN
};

/// Over fast links; `transport` is `one_sided` or `two_sided`, `quant` that of the experts.
pub(super) const OVER_LINKS: Formula = Formula {
    name: "exchange_over_links",
    text: &["phase", "quant", "transport"],
    numbers: &["moe_ep", "hidden", "topk", "experts", "tokens"],
    rates: |_, quants, text| match text[0] {
        "combine_low_precision" => rates(quants, "combine", "fp4"),
        phase => rates(quants, phase, text[1]),
    },
    roofline: |hardware, rates, numbers| {
        let [ranks, hidden, topk, experts, tokens] = take(numbers);
        sent(hardware, rates, [ranks, hidden, topk, experts, tokens])
    },
    ..Formula::PLAIN
};

/// What is sent: values, or only which experts were chosen.
const VALUES: u8 = 0;
const CHOICES: u8 = 1;

fn rates(quants: &QuantModes, phase: &str, dtype: &str) -> crate::Result<Rates> {
    let bytes = match (phase, dtype) {
        ("prepare", _) => return Ok(Rates { bytes: 4.0, variant: CHOICES, ..Rates::default() }),
        ("combine", "fp4") => 0.5,
        ("combine", _) => 2.0,
        // What a library sends by default is 8 or 16 bits: the bound is the fewer.
        (_, "default") => 1.0,
        (_, "fp4") => 0.5,
        (_, dtype) => quants.bytes(dtype)?,
    };
    Ok(Rates { bytes, variant: VALUES, ..Rates::default() })
}

/// Each token goes to as many other ranks as it has experts, at most.
fn sent(
    hardware: &Hardware,
    rates: &Rates,
    [ranks, hidden, topk, experts, tokens]: [f64; 5],
) -> Roofline {
    let copies = topk.min(experts).min((ranks - 1.0).max(0.0));
    let sent = if rates.variant == CHOICES { topk } else { copies * hidden };
    let bytes = tokens * sent * rates.bytes;
    // Of the other ranks those of the own domain are reached over fast links.
    let domain = f64::from(hardware.gpus_per_domain());
    let outside = ((ranks - domain) / (ranks - 1.0).max(1.0)).max(0.0);
    let near = bytes * (1.0 - outside) / hardware.link_bw(ranks.min(domain));
    let far = bytes * outside / hardware.link_bw(ranks);
    Roofline { link: 1e3 * near.max(far), ..Roofline::default() }
}

/// What was measured for any library, else what the table of the library itself has.
fn answer(
    measured: &dyn Measurements,
    numbers: &[f64],
    probe: &mut Probe,
) -> Result<Estimate, Failure> {
    let common = first_measured(measured, numbers, probe);
    let Err(Failure::Miss(_)) = common else { return common };
    let [ranks, nodes] = take(numbers);
    for part in 0..measured.parts() {
        let node = measured.part_measured_at(part, GPUS_PER_NODE);
        // Such a table knows ranks by whole nodes only.
        if node.is_some_and(|node| ranks != nodes * node) {
            continue;
        }
        match measured.answer_part(part, numbers, probe) {
            Err(Failure::Miss(_)) => {}
            answer => return answer,
        }
    }
    common
}
