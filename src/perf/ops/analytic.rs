//! Operations that are formulas, not measurements.

use crate::perf::machine::Roofline;
use crate::perf::op::{Estimate, Formula, Origin};

/// An element-wise pass that moves `bytes` through memory: the reachable bandwidth plus a fixed
/// time.
pub(super) const MEMORY: Formula = Formula {
    name: "memory",
    numbers: &["bytes"],
    roofline: |hardware, _, numbers| Roofline::of_memory(hardware, numbers[0]),
    answer: |measured, numbers, _| {
        let hardware = measured.hardware();
        let seconds =
            numbers[0] / (hardware.mem_bw * hardware.mem_efficiency) + hardware.mem_latency;
        Ok(Estimate::new(1e3 * seconds, Origin::Roofline))
    },
    ..Formula::PLAIN
};

/// `bytes` sent from one GPU to another, as pipeline stages do: over the network in any topology,
/// plus a fixed time.
pub(super) const LINK: Formula = Formula {
    name: "link",
    numbers: &["bytes"],
    roofline: |hardware, _, numbers| Roofline {
        link: 1e3 * numbers[0] / hardware.inter_node_bw,
        ..Roofline::default()
    },
    answer: |measured, numbers, _| {
        let hardware = measured.hardware();
        let seconds = numbers[0] / hardware.inter_node_bw + hardware.p2p_latency;
        Ok(Estimate::new(1e3 * seconds, Origin::Roofline))
    },
    ..Formula::PLAIN
};
