//! Routed experts (op tables 1.3, 3.5, 3.6).

use crate::perf::hardware::Hardware;
use crate::perf::op::{Failure, OpSpec, Selection};
use crate::perf::pricer::{Pricer, Probe};
use crate::perf::quant::QuantModes;
use crate::perf::roofline::{Rates, Roofline};
use crate::perf::scheme::{HOLD, Value};
use crate::perf::spec;

/// A kernel that only small batches run; its rows sit beside those of the kernel that all can.
const MIN_LATENCY: &str = "moe_torch_flow_min_latency";
/// Largest number of tokens that it is used for.
const MIN_LATENCY_TOKENS: f64 = 128.0;
/// Up, gate and down projections. Experts without a gate have two; their bound is overstated.
const PROJECTIONS: f64 = 3.0;

/// `tokens` routed to the `topk` of `experts`, on the busiest rank; `distribution` says how uneven.
///
/// Above the measured tokens the share of the roofline is held: experts fill with tokens, so the
/// last two points overstate what comes (op tables 6.2: ×2 11 % against 16 % affine). Below, the
/// least measured latency stands, since a single token still loads its experts.
pub(crate) const MOE: OpSpec = OpSpec {
    name: "moe",
    text: &["quant", "distribution"],
    numbers: &["tokens", "hidden", "inter", "topk", "experts", "moe_tp", "moe_ep"],
    table: Some(&spec::MOE),
    axes: &[HOLD],
    rates,
    roofline,
    select,
    answer,
    ..OpSpec::PLAIN
};

pub(super) fn rates(
    hardware: &Hardware,
    quants: &QuantModes,
    text: &[&str],
) -> crate::Result<Rates> {
    Ok(Rates {
        flops: quants.flops(text[0], hardware)?,
        bytes: quants.bytes(text[0])?,
        ..Rates::default()
    })
}

pub(super) fn roofline(hardware: &Hardware, rates: &Rates, numbers: &[f64]) -> Roofline {
    let [tokens, hidden, inter, topk] = [numbers[0], numbers[1], numbers[2], numbers[3]];
    let [experts, tp, ep] = [numbers[4], numbers[5].max(1.0), numbers[6].max(1.0)];
    let routed = tokens * topk;
    let here = (routed / ep).floor();
    let expert = hidden * inter * PROJECTIONS;
    let ops = ((routed * expert * 2.0 / ep).floor() / tp).floor();
    let activations = here * hidden * 2.0 + (here * inter * PROJECTIONS / tp).floor();
    let weights = (expert / tp).floor() * (experts / ep).floor().min(here);
    Roofline::local(hardware, rates.flops, ops, rates.bytes * (activations + weights))
}

/// Precisions that differ from another in the kernel only are stored under its name.
fn select(text: &[&str]) -> Vec<Selection> {
    let [quant, distribution] = [text[0], text[1]];
    let of = |quant, kernel: fn(&str) -> bool| Selection::of(&[quant, distribution], kernel);
    match quant {
        "w4a8_mxfp4_mxfp8_trtllm" => vec![of("w4a8_mxfp4_mxfp8", is_mxfp4_trtllm)],
        "w4a8_mxfp4_mxfp8" => vec![of(quant, |kernel| !is_mxfp4_trtllm(kernel))],
        "w4a16_mxfp4_cutlass" => vec![of("w4a16_mxfp4", is_cutlass)],
        "w4a16_mxfp4" => vec![of(quant, |kernel| !is_cutlass(kernel))],
        "nvfp4" => vec![
            of(quant, |kernel| kernel != MIN_LATENCY),
            of(quant, |kernel| kernel == MIN_LATENCY),
        ],
        _ => vec![of(quant, |kernel| kernel != MIN_LATENCY)],
    }
}

fn is_mxfp4_trtllm(kernel: &str) -> bool {
    kernel.starts_with("sglang") && kernel.contains("mxfp4_flashinfer_trtllm")
}

fn is_cutlass(kernel: &str) -> bool {
    kernel.starts_with("sglang") && kernel.contains("flashinfer_cutlass")
}

fn answer(pricer: &Pricer, numbers: &[f64], probe: &mut Probe) -> Result<Value, Failure> {
    if numbers[0] <= MIN_LATENCY_TOKENS && pricer.has_finder(1) {
        match pricer.lookup(1, numbers, probe) {
            Err(Failure::Miss(_)) => {}
            answer => return answer,
        }
    }
    pricer.lookup(0, numbers, probe)
}
