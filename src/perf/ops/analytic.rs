//! Operations that are formulas, not measurements (op tables 3.5).

use crate::perf::op::OpSpec;
use crate::perf::origin::Origin;
use crate::perf::roofline::Roofline;
use crate::perf::scheme::Value;

/// An element-wise pass that moves `bytes` through memory: the reachable bandwidth plus a fixed
/// time.
pub(crate) const MEMORY: OpSpec = OpSpec {
    name: "memory",
    numbers: &["bytes"],
    roofline: |hardware, _, numbers| Roofline {
        memory: 1e3 * numbers[0] / hardware.mem_bw,
        ..Roofline::default()
    },
    answer: |pricer, numbers, _| {
        let hardware = pricer.hardware();
        let seconds =
            numbers[0] / (hardware.mem_bw * hardware.mem_efficiency) + hardware.mem_latency;
        Ok(Value::new(1e3 * seconds, Origin::Roofline))
    },
    ..OpSpec::PLAIN
};

/// `bytes` sent from one GPU to another, as pipeline stages do: over the network in any topology,
/// plus a fixed time.
pub(crate) const LINK: OpSpec = OpSpec {
    name: "link",
    numbers: &["bytes"],
    roofline: |hardware, _, numbers| Roofline {
        link: 1e3 * numbers[0] / hardware.inter_node_bw,
        ..Roofline::default()
    },
    answer: |pricer, numbers, _| {
        let hardware = pricer.hardware();
        let seconds = numbers[0] / hardware.inter_node_bw + hardware.p2p_latency;
        Ok(Value::new(1e3 * seconds, Origin::Roofline))
    },
    ..OpSpec::PLAIN
};
