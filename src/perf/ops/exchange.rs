//! Exchange of tokens between the ranks of expert parallelism (op tables 3.5, 3.6).

use crate::perf::hardware::Hardware;
use crate::perf::op::{Failure, OpSpec, Part, Selection};
use crate::perf::pricer::{Pricer, Probe};
use crate::perf::quant::QuantModes;
use crate::perf::roofline::{Rates, Roofline};
use crate::perf::scheme::{LINEAR, Value};
use crate::perf::spec;

use super::numbers::take;

/// Any exchange, by library (`comm_backend`), `phase` and precision of what is sent. Where the
/// common table has nothing, those of the libraries stand in.
pub(crate) const ALL_TO_ALL: OpSpec = OpSpec {
    name: "moe_a2a",
    text: &["comm_backend", "phase", "comm_dtype"],
    numbers: &["moe_ep", "nodes", "hidden", "topk", "experts", "sms", "tokens"],
    table: Some(&spec::MOE_A2A),
    axes: &[LINEAR, LINEAR],
    rates: |_, quants, text| rates(quants, text[1], text[2]),
    roofline: |hardware, rates, numbers| {
        let [ranks, _, hidden, topk, experts, _, tokens] = take(numbers);
        sent(hardware, rates, [ranks, hidden, topk, experts, tokens])
    },
    select: |text| {
        let dtype = if text[2] == "fp8_block" { "fp8" } else { text[2] };
        let [backend, phase] = [text[0], text[1]];
        vec![Selection::all(&[backend, phase, dtype]), Selection::all(&[backend, phase, "default"])]
    },
    parts,
    stand_in: true,
    answer,
    ..OpSpec::PLAIN
};

/// DeepEP with high throughput over `nodes` of 8 ranks; `sms` multiprocessors do the sending.
pub(crate) const DEEPEP_NORMAL: OpSpec = OpSpec {
    name: "wideep_deepep_normal",
    text: &["phase"],
    numbers: &["nodes", "hidden", "topk", "experts", "sms", "tokens"],
    table: Some(&spec::WIDEEP_DEEPEP_NORMAL),
    axes: &[LINEAR, LINEAR],
    rates: |_, quants, text| rates(quants, text[0], "default"),
    roofline: |hardware, rates, numbers| {
        let [nodes, hidden, topk, experts, _, tokens] = take(numbers);
        sent(hardware, rates, [nodes * DEEPEP_NODE, hidden, topk, experts, tokens])
    },
    ..OpSpec::PLAIN
};

/// DeepEP with low latency over `nodes` of 8 ranks.
pub(crate) const DEEPEP_LOW_LATENCY: OpSpec = OpSpec {
    name: "wideep_deepep_ll",
    text: &["phase"],
    numbers: &["nodes", "hidden", "topk", "experts", "tokens"],
    table: Some(&spec::WIDEEP_DEEPEP_LL),
    axes: &[LINEAR],
    rates: |_, quants, text| rates(quants, text[0], "default"),
    roofline: |hardware, rates, numbers| {
        let [nodes, hidden, topk, experts, tokens] = take(numbers);
        sent(hardware, rates, [nodes * DEEPEP_NODE, hidden, topk, experts, tokens])
    },
    ..OpSpec::PLAIN
};

/// TensorRT-LLM over NVLink; `transport` is `one_sided` or `two_sided`, `quant` that of the experts.
pub(crate) const NVLINK: OpSpec = OpSpec {
    name: "trtllm_alltoall",
    text: &["phase", "quant", "transport"],
    numbers: &["moe_ep", "hidden", "topk", "experts", "tokens"],
    table: Some(&spec::TRTLLM_ALLTOALL),
    axes: &[LINEAR],
    rates: |_, quants, text| match text[0] {
        "combine_low_precision" => rates(quants, "combine", "fp4"),
        phase => rates(quants, phase, text[1]),
    },
    roofline: |hardware, rates, numbers| {
        let [ranks, hidden, topk, experts, tokens] = take(numbers);
        sent(hardware, rates, [ranks, hidden, topk, experts, tokens])
    },
    select: |text| {
        let kernel = match text[2] {
            "one_sided" => "NVLinkOneSided",
            "two_sided" => "NVLinkTwoSided",
            other => other,
        };
        let kernel = kernel.to_owned();
        vec![Selection::of(text, move |k| k == kernel)]
    },
    ..OpSpec::PLAIN
};

/// Ranks of a node where DeepEP was measured.
const DEEPEP_NODE: f64 = 8.0;

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
    Roofline { link: 1e3 * bytes / hardware.link_bw(ranks), ..Roofline::default() }
}

/// The table of the library itself.
fn parts(text: &[&str]) -> Vec<Part> {
    let [backend, phase, dtype] = [text[0], text[1], text[2]];
    let nvlink = |transport| {
        let (phase, quant) = match (phase, dtype) {
            ("combine", "fp4") => ("combine_low_precision", "nvfp4"),
            (phase, "fp8_block") => (phase, "fp8"),
            (phase, quant) => (phase, quant),
        };
        vec![Part::new(&NVLINK, &[phase, quant, transport])]
    };
    match backend {
        "deepep_ht" => vec![Part::new(&DEEPEP_NORMAL, &[phase])],
        "deepep_ll" => vec![Part::new(&DEEPEP_LOW_LATENCY, &[phase])],
        "nvlink_one_sided" => nvlink("one_sided"),
        "nvlink_two_sided" => nvlink("two_sided"),
        _ => Vec::new(),
    }
}

fn answer(pricer: &Pricer, numbers: &[f64], probe: &mut Probe) -> Result<Value, Failure> {
    let first = pricer.lookup(0, numbers, probe);
    let Err(Failure::Miss(_)) = first else { return first };
    match pricer.lookup(1, numbers, probe) {
        Err(Failure::Miss(_)) => {}
        answer => return answer,
    }
    let [ranks, nodes, hidden, topk, experts, sms, tokens] = take(numbers);
    for part in pricer.parts() {
        let answer = match part.op().name {
            // Its table knows ranks by whole nodes only.
            "wideep_deepep_normal" | "wideep_deepep_ll" if ranks != nodes * DEEPEP_NODE => continue,
            "wideep_deepep_normal" => {
                part.answer(&[nodes, hidden, topk, experts, sms, tokens], probe)
            }
            "wideep_deepep_ll" => part.answer(&[nodes, hidden, topk, experts, tokens], probe),
            _ => part.answer(&[ranks, hidden, topk, experts, tokens], probe),
        };
        match answer {
            Err(Failure::Miss(_)) => {}
            answer => return answer,
        }
    }
    first
}
